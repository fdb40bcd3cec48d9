import * as Flags from '@oclif/core/flags';
import { CiCommand, repositoryArgument } from '../../ci-command.ts';
import { runData, stateText } from '../../presenters/runs.ts';
import { tableText } from '../../presenters/table.ts';

export default class CiList extends CiCommand {
  static override summary = 'List the runs of the CI of a repository, newest first.';
  static override examples = [
    '<%= config.bin %> ci list shop --org acme',
    '<%= config.bin %> ci list acme/shop --branch main --phase running --json',
  ];
  static override args = { REPO: repositoryArgument };
  static override flags = {
    branch: Flags.string({ description: 'Only runs on this branch.' }),
    commit: Flags.string({ description: 'Only runs of this commit.', helpValue: 'ID' }),
    phase: Flags.option({
      description: 'Only runs that are in this phase.',
      options: ['queued', 'running', 'waiting', 'completed'] as const,
    })(),
    'max-count': Flags.integer({
      char: 'n',
      description: 'At most this many.',
      default: 20,
      min: 1,
      max: 10_000,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiList);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const filter = { branch: flags.branch, sha: flags.commit, phase: flags.phase };
    const runs: ReturnType<typeof runData>[] = [];
    for await (const run of ci.list(filter, { signal: session.signal })) {
      runs.push(runData(run));
      if (runs.length === flags['max-count']) break;
    }
    const { fullName } = repository;
    session.result({ success: true, repository: fullName, count: runs.length, runs }, (paint) =>
      runs.length === 0
        ? `No runs in "${fullName}".`
        : tableText(
            ['RUN', 'STATE', 'NAME', 'REF', 'COMMIT', 'CREATED', 'URL'],
            runs.map((run) => [
              `${run.number ?? run.id}`,
              stateText({ phase: run.phase, result: run.result ?? undefined }),
              run.name ?? '',
              run.ref ?? '',
              run.commit?.slice(0, 12) ?? '',
              run.created_on.slice(0, 19),
              run.url,
            ]),
            paint,
          ),
    );
  }
}
