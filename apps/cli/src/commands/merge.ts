import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { JobCommand } from '../job-command.ts';
import { mergeText } from '../presenters/jobs.ts';
import { openPullRequest } from '../pull-request-address.ts';

export default class Merge extends JobCommand {
  static override summary = 'Merge a pull request and wait until it is merged.';
  static override description =
    'Merges exactly the commit that it saw: commits that arrive in between are not merged unseen. A merged pull request is a success. ' +
    'The host of the address must be configured.';
  static override examples = [
    '<%= config.bin %> merge https://bitbucket.org/acme/gitops-k8s/pull-requests/42 --delete-after-merge',
    '<%= config.bin %> merge https://bitbucket.org/acme/gitops-k8s/pull-requests/42 --strategy squash',
    '<%= config.bin %> merge https://github.com/acme/gitops-k8s/pull/42 --auto',
  ];
  static override args = {
    PR_URL: argument({ required: true, description: 'Web address of the pull request.' }),
  };
  static override flags = {
    auto: Flags.boolean({
      description:
        'Let the forge merge as soon as checks and approvals allow it, and do not wait (GitHub, GitLab, Gitea, Bitbucket Data Center).',
      default: false,
    }),
    'delete-after-merge': Flags.boolean({
      description: 'Delete the source branch after the merge.',
      default: false,
    }),
    strategy: Flags.option({
      description: 'How to merge. Default: what the repository prefers.',
      options: ['merge', 'squash', 'fast-forward', 'rebase'] as const,
    })(),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Merge);
    await this.runJob(flags, {
      name: 'merge',
      subject: args.PR_URL,
      text: mergeText,
      run: async ({ session, options, setRepository }) => {
        const { provider, repository, id } = await openPullRequest(session, args.PR_URL);
        setRepository({ fullName: repository.fullName, provider: provider.kind });
        const { mergePullRequest } = await import('@bowline/gitops-operations');
        return mergePullRequest(
          {
            repository,
            id,
            strategy: flags.strategy,
            auto: flags.auto,
            // Without the flag the pull request's own setting holds.
            deleteAfterMerge: flags['delete-after-merge'] ? true : undefined,
          },
          options,
        );
      },
    });
  }
}
