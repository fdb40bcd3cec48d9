import { CiCommand, repositoryArgument, runArgument } from '../../ci-command.ts';
import { runData, runText } from '../../presenters/runs.ts';

export default class CiCancel extends CiCommand {
  static override summary = 'Cancel a run of the CI.';
  static override description =
    'A run that is completed stays as it is, and that is a success. The forge may take time.';
  static override examples = ['<%= config.bin %> ci cancel shop latest --org acme'];
  static override args = { REPO: repositoryArgument, RUN: runArgument };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiCancel);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const { signal } = session;
    const { findRun } = await import('@bowline/gitops-operations');
    const { id } = await findRun(repository, args.RUN, { signal });
    const run = await ci.cancel(id, { signal });
    session.result({ success: true, repository: repository.fullName, run: runData(run) }, (paint) =>
      runText(run, paint),
    );
  }
}
