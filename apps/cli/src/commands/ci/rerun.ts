import * as Flags from '@oclif/core/flags';
import { CiCommand, repositoryArgument, runArgument } from '../../ci-command.ts';
import { runData, runText } from '../../presenters/runs.ts';
import { showRun } from '../../show-run.ts';

export default class CiRerun extends CiCommand {
  static override summary = 'Run a completed run of the CI again.';
  static override description =
    'With --follow the logs are shown until the run is completed, and a run that does not succeed ends with exit code 1.';
  static override examples = [
    '<%= config.bin %> ci rerun shop latest --org acme --failed',
    '<%= config.bin %> ci rerun acme/shop 214 --follow',
  ];
  static override args = { REPO: repositoryArgument, RUN: runArgument };
  static override flags = {
    failed: Flags.boolean({
      description: 'Only the jobs that failed, where the forge can.',
      default: false,
    }),
    follow: Flags.boolean({
      char: 'f',
      description: 'Show the logs until the run is completed.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiRerun);
    const { session, repository, ci } = await this.openCi(args.REPO, flags);
    const { signal } = session;
    const { findRun } = await import('@bowline/gitops-operations');
    const { id } = await findRun(repository, args.RUN, { signal });
    const run = await ci.rerun(id, { signal, failedOnly: flags.failed });
    if (flags.follow) {
      await showRun({ session, repository }, run, { follow: true });
      return;
    }
    session.result({ success: true, repository: repository.fullName, run: runData(run) }, (paint) =>
      runText(run, paint),
    );
  }
}
