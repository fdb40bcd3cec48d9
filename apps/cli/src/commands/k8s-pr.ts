import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { askMissing } from '../ask-missing.ts';
import { openForgeRepository } from '../forge.ts';
import { imageFlags } from '../image-flags.ts';
import { JobCommand } from '../job-command.ts';
import { kubernetesPullRequestText } from '../presenters/jobs.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class K8sPr extends JobCommand {
  static override summary =
    'Move an image into an environment: branch, edit, pull request and, if asked, merge.';
  static override description =
    'The branch and the file come from the templates K8S_PR_BRANCH_TEMPLATE and K8S_PR_YAML_TEMPLATE. A bare tag is completed with ' +
    'DEFAULT_IMAGE_REGISTRY and the name of the deployment if that is set, and otherwise keeps the repository that the file has. ' +
    'Running it again finds what is there: an environment that has the image already is a success without any write. ' +
    'Arguments that are missing are asked for on a terminal.';
  static override examples = [
    '<%= config.bin %> k8s-pr prod shop web registry.example.com/shop/web:2.1.0 --org acme',
    '<%= config.bin %> k8s-pr prod shop web 2.1.0 --approve-merge --json',
    '<%= config.bin %> k8s-pr prod shop web 2.1.0 --dry-run --remote local --org ./repositories',
  ];
  static override args = {
    CLUSTER: argument({ description: 'Branch of the environment, such as prod.' }),
    NAMESPACE: argument({ description: 'Kubernetes namespace.' }),
    DEPLOY: argument({ description: 'Name of the deployment.' }),
    IMAGE: argument({ description: 'Image reference, bare tag, or @sha256:… digest.' }),
  };
  static override flags = {
    'approve-merge': Flags.boolean({
      description: 'Merge the pull request and wait until it is merged.',
      default: false,
    }),
    repo: Flags.string({
      description: 'Repository of the manifests. Default: K8S_PR_REPO, gitops-k8s.',
    }),
    ...imageFlags,
    strategy: Flags.option({
      description: 'How to merge. Default: what the repository prefers.',
      options: ['merge', 'squash', 'fast-forward', 'rebase'] as const,
    })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(K8sPr);
    const { cluster, namespace, deploy, image } = await askMissing(this.session(flags), {
      cluster: { question: 'Cluster (branch of the environment)', value: args.CLUSTER },
      namespace: { question: 'Namespace', value: args.NAMESPACE },
      deploy: { question: 'Deployment', value: args.DEPLOY },
      image: { question: 'Image (reference or tag)', value: args.IMAGE },
    });
    await this.runJob(flags, {
      name: 'k8s-pr',
      subject: `${namespace}/${deploy} in ${cluster}`,
      text: kubernetesPullRequestText,
      run: async ({ session, options, setRepository }) => {
        const config = await session.config();
        const { renderTemplate } = await import('@bowline/gitops-config');
        const {
          repository: defaultRepository,
          branchTemplate,
          yamlTemplate,
        } = config.kubernetesPullRequest;
        const values = { cluster, namespace, deploy };
        const address = await readRepositoryAddress(flags.repo ?? defaultRepository, flags, config);
        const { provider, repository } = await openForgeRepository(session, address);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { completeImage, kubernetesPullRequest } = await import('@bowline/gitops-operations');
        return kubernetesPullRequest(
          {
            repository,
            ...values,
            image: completeImage(image, { deploy, registry: config.defaults.imageRegistry }),
            branch: renderTemplate(branchTemplate, values),
            path: renderTemplate(yamlTemplate, values),
            container: flags.container,
            all: flags.all,
            approveMerge: flags['approve-merge'],
            strategy: flags.strategy,
          },
          options,
        );
      },
    });
  }
}
