import * as Flags from '@oclif/core/flags';
import { argument } from '../argument.ts';
import { openForgeRepository } from '../forge.ts';
import { JobCommand } from '../job-command.ts';
import { diffText } from '../presenters/diff.ts';
import { tableText } from '../presenters/table.ts';
import { readRepositoryAddress } from '../repository-address.ts';

export default class Pr extends JobCommand {
  static override summary = 'List the pull requests of a repository, or show the diff of one.';
  static override examples = [
    '<%= config.bin %> pr gitops-k8s --org acme',
    '<%= config.bin %> pr gitops-k8s --status merged --json',
    '<%= config.bin %> pr gitops-k8s --diff 42',
  ];
  static override args = {
    REPO: argument({
      required: true,
      description: 'Repository: NAME, ORG/NAME or a Git address.',
    }),
  };
  static override flags = {
    status: Flags.option({
      char: 's',
      description: 'Which ones.',
      options: ['open', 'draft', 'merged', 'declined', 'all'] as const,
      default: 'open',
    })(),
    limit: Flags.integer({ description: 'At most this many.', default: 100, min: 1, max: 10_000 }),
    diff: Flags.integer({
      description: 'Show the diff of this pull request instead.',
      helpValue: 'ID',
      min: 1,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pr);
    const session = this.session(flags);
    const address = await readRepositoryAddress(args.REPO, flags, await session.config());
    const { repository } = await openForgeRepository(session, address);
    const { listPullRequests, pullRequestDiff } = await import('@bowline/gitops-operations');
    const { signal } = session;
    if (flags.diff !== undefined) {
      const shown = await pullRequestDiff({ repository, id: flags.diff }, { signal });
      session.result(shown, (paint) => diffText(shown.diff, paint));
      return;
    }
    const list = await listPullRequests(
      { repository, status: flags.status, limit: flags.limit },
      { signal },
    );
    session.result(list, (paint) =>
      list.count === 0
        ? list.message
        : tableText(
            ['ID', 'STATE', 'SOURCE', 'DESTINATION', 'AUTHOR', 'UPDATED', 'TITLE', 'URL'],
            list.pull_requests.map((each) => [
              `${each.id}`,
              each.state,
              each.source,
              each.destination,
              each.author ?? '',
              each.updated_on.slice(0, 10),
              each.title,
              each.url,
            ]),
            paint,
          ),
    );
    for (const reason of list.unreadable ?? []) session.warn(`Not listed: ${reason}`);
    if (list.truncated) session.warn(`There are more than ${list.count}; use --limit to see them.`);
  }
}
