import * as Flags from '@oclif/core/flags';
import { CiCommand, repositoryArgument, runArgument } from '../../ci-command.ts';
import { showRun } from '../../show-run.ts';

export default class CiLogs extends CiCommand {
  static override summary = 'Show the logs of a run of the CI.';
  static override description =
    'One job after the other. With --follow until the run is completed, and a run that does not succeed ends with exit code 1.';
  static override examples = [
    '<%= config.bin %> ci logs shop latest --org acme --follow',
    '<%= config.bin %> ci logs acme/shop 214 --job build > build.log',
  ];
  static override args = { REPO: repositoryArgument, RUN: runArgument };
  static override flags = {
    job: Flags.string({ description: 'Only the job of this name or id.', helpValue: 'NAME' }),
    follow: Flags.boolean({
      char: 'f',
      description: 'Go on until the run is completed.',
      default: false,
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CiLogs);
    const { session, repository } = await this.openCi(args.REPO, flags);
    const { findRun } = await import('@bowline/gitops-operations');
    const run = await findRun(repository, args.RUN, { signal: session.signal });
    await showRun({ session, repository }, run, { follow: flags.follow, job: flags.job });
  }
}
