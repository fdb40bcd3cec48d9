import type { EventRepository } from '@bowline/gitops-notify';
import { type JobOutcome, jobEvent, type StepProgress } from '@bowline/gitops-operations';
import type { FastifyBaseLogger } from 'fastify';
import type { Announce } from './announce.ts';
import type { ServerDependencies } from './dependencies.ts';
import type { JobEndpoint, JobResult, PreparedJob } from './endpoint.ts';
import { ServerError } from './errors.ts';
import type { Forges } from './forges.ts';
import { linkSignals } from './linked-signal.ts';
import type { Metrics } from './metrics.ts';

/** How one job is run. */
export interface JobRequest {
  /** Who asked, as notifications say it. */
  readonly caller: string;
  readonly log: FastifyBaseLogger;
  /** Stops the job. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: StepProgress) => void;
}

/** Runs jobs, and tells people of them. */
export interface JobRunner {
  run(endpoint: JobEndpoint, job: PreparedJob, request: JobRequest): Promise<JobResult>;
  /** Ends when the jobs of a repository that run now are done, and have said what they tell people. */
  endedIn(fullName: string): Promise<void>;
  /** Ends when all jobs and all notifications are done, those of callers that have left included. */
  settled(): Promise<void>;
}

interface JobToRun {
  readonly endpoint: JobEndpoint;
  readonly job: PreparedJob;
  readonly request: JobRequest;
}

/** What is known of a job that runs. */
interface RunningJob {
  /** `undefined` until the job has found it, which is the first thing that it does. */
  repository: EventRepository | undefined;
}

const TEN_MINUTES_MS = 600_000;

/** Makes the runner of all jobs of one server. */
export function jobRunner(
  { jobTimeoutMs = TEN_MINUTES_MS }: Pick<ServerDependencies, 'jobTimeoutMs'>,
  parts: {
    readonly forges: Forges;
    readonly metrics: Metrics;
    readonly announce: Announce | undefined;
  },
): JobRunner {
  const { forges, metrics, announce } = parts;
  const underway = new Set<Promise<unknown>>();
  const running = new Map<RunningJob, Promise<unknown>>();

  const tracked = <T>(work: Promise<T>): Promise<T> => {
    underway.add(work);
    const done = () => void underway.delete(work);
    work.then(done, done);
    return work;
  };

  const tell = async (
    outcome: JobOutcome,
    request: JobRequest,
    repository: EventRepository | undefined,
  ): Promise<void> => {
    if (announce === undefined) return;
    const event = jobEvent(outcome, { actor: { name: request.caller }, repository });
    if (event !== undefined) await announce(event, request.log);
  };

  const run = async (
    about: RunningJob,
    { endpoint, job, request }: JobToRun,
  ): Promise<JobResult> => {
    const deadline = withDeadline(request.signal, jobTimeoutMs);
    const ended = metrics.jobStarted(endpoint.job);
    // Nobody waits for the messages to people: the answer does not depend on them.
    const tellLater = (outcome: JobOutcome) => {
      const sending = tell(outcome, request, about.repository);
      tracked(sending).catch((err: unknown) => request.log.error({ err }, 'notification failed'));
    };
    try {
      deadline.signal.throwIfAborted();
      const result = await job.run({
        forges,
        options: { signal: deadline.signal, onProgress: request.onProgress },
        setRepository: (named) => {
          about.repository = named;
        },
      });
      ended('done');
      tellLater({ job: endpoint.job, result } as JobOutcome);
      return result;
    } catch (error) {
      ended(deadline.signal.aborted ? 'stopped' : 'failed');
      // Who stopped it knows; that it took too long is news.
      if (!request.signal.aborted) {
        tellLater({ job: endpoint.job, error, subject: job.subject });
      }
      throw error;
    } finally {
      deadline.clear();
      running.delete(about);
    }
  };

  return {
    run: (endpoint, job, request) => {
      const about: RunningJob = { repository: undefined };
      const work = tracked(run(about, { endpoint, job, request }));
      running.set(about, work);
      return work;
    },
    endedIn: async (fullName) => {
      const wanted = fullName.toLowerCase();
      const jobs = [...running].filter(
        ([{ repository }]) => (repository?.fullName.toLowerCase() ?? wanted) === wanted,
      );
      await Promise.allSettled(jobs.map(([, work]) => work));
    },
    settled: async () => {
      while (underway.size > 0) await Promise.allSettled(underway);
    },
  };
}

function withDeadline(signal: AbortSignal, milliseconds: number) {
  const deadline = linkSignals(signal);
  const timer = setTimeout(() => {
    deadline.abort(
      new ServerError('SERVER_TIMEOUT', `The job was stopped after ${milliseconds / 1_000} s.`),
    );
  }, milliseconds);
  return {
    signal: deadline.signal,
    clear: () => {
      clearTimeout(timer);
      deadline.release();
    },
  };
}
