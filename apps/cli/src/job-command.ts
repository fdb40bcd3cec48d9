import type { EventJob, EventRepository } from '@bowline/gitops-notify';
import type { CommitOptions, JobOptions, JobOutcome } from '@bowline/gitops-operations';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base-command.ts';
import { markOutcome } from './interrupt.ts';
import { hasChannels, notifyPeople, triggeredBy } from './notify-people.ts';
import { startProgress } from './progress.ts';
import { repositoryFlags } from './repository-flags.ts';
import type { GlobalFlags, Session } from './session.ts';
import type { Paint } from './terminal.ts';

/** The flags of every job. */
export interface JobFlags extends GlobalFlags {
  readonly org?: string | undefined;
  readonly remote?: string | undefined;
  readonly 'dry-run': boolean;
}

/** What a job runs with. */
export interface JobRun {
  readonly session: Session;
  readonly options: JobOptions & CommitOptions;
  /** Names the repository for the notification of a failure. */
  setRepository(repository: EventRepository): void;
}

type Result = Extract<JobOutcome, { readonly result: unknown }>['result'];

/** What a command says of its job. */
export interface Job<R extends Result> {
  readonly name: EventJob;
  /** What the job is about, for the notification of a failure. */
  readonly subject: string;
  readonly run: (run: JobRun) => Promise<R>;
  readonly text: (result: R, paint: Paint) => string;
}

/** The base of the commands that work on a forge: one address, one job, one result. */
export abstract class JobCommand extends BaseCommand {
  static override baseFlags = {
    ...BaseCommand.baseFlags,
    ...repositoryFlags,
    'dry-run': Flags.boolean({
      description: 'Show what would happen, with the diff, and write nothing.',
      default: false,
    }),
  };

  /** Runs a job, shows its progress and result, and tells the configured channels. */
  protected async runJob<R extends Result>(flags: JobFlags, job: Job<R>): Promise<void> {
    const session = this.session(flags);
    const progress = await startProgress(session);
    let repository: EventRepository | undefined;
    const run: JobRun = {
      session,
      setRepository: (named) => {
        repository = named;
      },
      options: {
        dryRun: flags['dry-run'],
        signal: session.signal,
        onProgress: (step) => progress.report(step),
        // Without one, a forge names the account of the credential.
        author: await session.author(),
      },
    };
    let result: R;
    try {
      result = await job.run(run);
      progress.stop('done');
    } catch (error) {
      progress.stop('failed');
      if (!session.signal.aborted) {
        markOutcome(error);
        await this.#tell(session, { job: job.name, error, subject: job.subject }, repository);
      }
      throw error;
    }
    const outcome = { job: job.name, result } as Exclude<JobOutcome, { readonly error: unknown }>;
    const notifications = await this.#tell(session, outcome, repository);
    const data = notifications === undefined ? result : { ...result, notifications };
    session.result(data, (paint) => job.text(result, paint));
  }

  async #tell(session: Session, outcome: JobOutcome, repository: EventRepository | undefined) {
    if (!(await hasChannels(session))) return undefined;
    const { jobEvent } = await import('@bowline/gitops-operations');
    const actor = triggeredBy(session);
    return notifyPeople(session, jobEvent(outcome, { actor, repository }));
  }
}
