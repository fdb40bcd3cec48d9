import { argument } from '../argument.ts';
import { openForgeRepository, usesForgeApi } from '../forge.ts';
import { connectionOptions, openGitFor, remoteOf } from '../git-access.ts';
import { imageFlags } from '../image-flags.ts';
import { JobCommand, type JobRun } from '../job-command.ts';
import { imageText } from '../presenters/jobs.ts';
import { type RepositoryAddress, readRepositoryAddress } from '../repository-address.ts';

export default class SetImageYaml extends JobCommand {
  static override summary = 'Set an image in a YAML file of a branch, and commit it.';
  static override description =
    'Changes the bytes of the image and nothing else: comments, quotes and order stay. On a forge it takes two to four requests and no clone; ' +
    'on any other Git server a shallow fetch and a push. A file that has the image already is a success without a commit.';
  static override examples = [
    '<%= config.bin %> set-image-yaml gitops-k8s staging shop/web_deployment.yaml registry.example.com/shop/web:2.1.0 --org acme',
    '<%= config.bin %> set-image-yaml gitops-k8s staging shop/web_deployment.yaml 2.1.0 --container web --dry-run',
    '<%= config.bin %> set-image-yaml git@git.example.com:acme/gitops.git main app.yaml registry.example.com/app:7',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    REFS: argument({ required: true, description: 'Branch to commit on.' }),
    YAML_PATH: argument({ required: true, description: 'Path of the file in the repository.' }),
    IMAGE: argument({
      required: true,
      description: 'Image reference, bare tag, or @sha256:… digest.',
    }),
  };
  static override flags = {
    ...imageFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SetImageYaml);
    await this.runJob(flags, {
      name: 'set-image',
      subject: `${args.YAML_PATH} on ${args.REFS}`,
      text: imageText,
      run: async (run) => {
        const { session, options } = run;
        const address = await readRepositoryAddress(args.REPO, flags, await session.config());
        const { setImage } = await import('@bowline/gitops-operations');
        return setImage(
          {
            repository: await openTarget(run, address),
            branch: args.REFS,
            path: args.YAML_PATH,
            image: args.IMAGE,
            container: flags.container,
            all: flags.all,
          },
          options,
        );
      },
    });
  }
}

/** The API of a configured forge, plain Git otherwise. */
async function openTarget({ session, setRepository }: JobRun, address: RepositoryAddress) {
  const config = await session.config();
  if (usesForgeApi(config, address)) {
    const { provider, repository } = await openForgeRepository(session, address);
    setRepository({ fullName: repository.fullName, provider: provider.kind });
    return repository;
  }
  setRepository({ fullName: address.repository });
  const { toolAuthor } = await import('@bowline/gitops-operations/configured');
  return {
    git: await openGitFor(session, address),
    remote: await remoteOf(session, address, config),
    author: (await session.author()) ?? toolAuthor,
    connection: await connectionOptions(session),
  };
}
