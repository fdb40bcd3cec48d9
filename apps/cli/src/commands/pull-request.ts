import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { openForgeRepository } from '../forge.ts';
import { JobCommand } from '../job-command.ts';
import { pullRequestText } from '../presenters/jobs.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class PullRequest extends JobCommand {
  static override summary = 'Open a pull request, or find the open one.';
  static override description =
    'There is never a second pull request for the same two branches: the open one is found, and its title and description are brought up to date.';
  static override examples = [
    '<%= config.bin %> pull-request gitops-k8s release-2.1 prod --org acme --delete-after-merge',
    '<%= config.bin %> pull-request gitops-k8s hotfix prod --title "Roll back web" --json',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
    SRC: argument({ required: true, description: 'Branch with the change.' }),
    DEST: argument({ required: true, description: 'Branch to merge into.' }),
  };
  static override flags = {
    'delete-after-merge': Flags.boolean({
      description: 'Delete the source branch when it is merged.',
      default: false,
    }),
    title: Flags.string({ description: 'Title. Default: "Merge SRC into DEST".' }),
    description: Flags.string({ description: 'Description, in the Markdown of the forge.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PullRequest);
    await this.runJob(flags, {
      name: 'pull-request',
      subject: `${args.SRC} to ${args.DEST}`,
      text: pullRequestText,
      run: async ({ session, options, setRepository }) => {
        const address = await readRepositoryAddress(args.REPO, flags, await session.config());
        const { provider, repository } = await openForgeRepository(session, address);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { createPullRequest } = await import('@bowline/gitops-operations');
        return createPullRequest(
          {
            repository,
            source: args.SRC,
            destination: args.DEST,
            title: flags.title,
            description: flags.description,
            deleteAfterMerge: flags['delete-after-merge'],
          },
          options,
        );
      },
    });
  }
}
