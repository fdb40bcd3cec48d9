import { setTimeout as delay } from 'node:timers/promises';
import type {
  Ci,
  CiJob,
  CiRun,
  ProviderRepository,
  RequestOptions,
} from '@bowline/gitops-providers';
import { OperationError } from './errors.ts';
import { isProviderError } from './provider-error.ts';

/**
 * Returns the CI of a repository.
 *
 * @throws OperationError `OPERATION_NOT_SUPPORTED` where the forge has none (local repositories, Bitbucket Data Center).
 */
export function requireCi(repository: ProviderRepository): Ci {
  if (repository.ci !== undefined) return repository.ci;
  throw new OperationError(
    'OPERATION_NOT_SUPPORTED',
    `Repository "${repository.fullName}" is on a forge without CI.`,
  );
}

const NUMBERS_LOOKED_AT = 1_000;

/**
 * Finds a run by its id, by the number that people see, or as `latest`.
 *
 * @throws OperationError `OPERATION_RUN_NOT_FOUND`; a number is looked for among the newest 1,000 runs.
 */
export async function findRun(
  repository: ProviderRepository,
  name: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  const ci = requireCi(repository);
  const found =
    name === 'latest'
      ? await firstOf(ci.list({}, options), 1, () => true)
      : ((await byId(ci, name, options)) ?? (await byNumber(ci, name, options)));
  if (found !== undefined) return found;
  throw new OperationError(
    'OPERATION_RUN_NOT_FOUND',
    `Repository "${repository.fullName}" has no run "${name}".`,
  );
}

async function byId(ci: Ci, id: string, options: RequestOptions): Promise<CiRun | undefined> {
  try {
    return await ci.get(id, options);
  } catch (error) {
    // Where ids are no numbers, a number is none.
    if (isNumber(id) && isProviderError(error, 'PROVIDER_INVALID_ARGUMENT')) return undefined;
    throw error;
  }
}

async function byNumber(ci: Ci, text: string, options: RequestOptions): Promise<CiRun | undefined> {
  if (!isNumber(text)) return undefined;
  return firstOf(ci.list({}, options), NUMBERS_LOOKED_AT, ({ number }) => number === Number(text));
}

function isNumber(text: string): boolean {
  return /^[1-9][0-9]{0,9}$/.test(text);
}

async function firstOf(
  runs: AsyncIterable<CiRun>,
  limit: number,
  wanted: (run: CiRun) => boolean,
): Promise<CiRun | undefined> {
  let seen = 0;
  for await (const run of runs) {
    if (wanted(run)) return run;
    seen += 1;
    if (seen >= limit) return undefined;
  }
  return undefined;
}

/** A job that begins to be shown, or a piece of its log. */
export type RunOutput =
  | { readonly type: 'job'; readonly job: CiJob }
  | { readonly type: 'log'; readonly job: CiJob; readonly bytes: Uint8Array };

/** How a run is followed. */
export interface FollowRunOptions extends RequestOptions {
  /**
   * Goes on until the run is completed, asking again after 2 to 10 seconds. Without it, it ends at what there is now.
   *
   * @default false
   */
  readonly follow?: boolean | undefined;
  /** Waits; rejects with `signal.reason`. @default a timer */
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 10_000;

/**
 * Reads the logs of the jobs of a run, one job after the other in the order in which they begin. A job that waits, for a person or for its turn, is
 * shown when it runs; one that is skipped is not shown.
 *
 * @returns The run as it is at the end.
 * @throws ProviderError `PROVIDER_NOT_FOUND` when the run is gone.
 */
export async function* followRun(
  repository: ProviderRepository,
  run: CiRun,
  options: FollowRunOptions = {},
): AsyncGenerator<RunOutput, CiRun, undefined> {
  const { signal, follow = false, sleep = wait } = options;
  const ci = requireCi(repository);
  const shown = new Set<string>();
  let waitMs = FIRST_WAIT_MS;
  for (;;) {
    // Before the jobs: what is completed now adds none to the list that is read next.
    const now = (await ci.get(run.id, { signal })) ?? run;
    const before = shown.size;
    for await (const job of ci.jobs(run.id, { signal })) {
      if (shown.has(job.id) || !hasBegun(job)) continue;
      shown.add(job.id);
      yield { type: 'job', job };
      const of = { run: run.id, job: job.id };
      for await (const { bytes } of ci.logs(of, { follow, signal }))
        yield { type: 'log', job, bytes };
    }
    if (!follow || (now.phase === 'completed' && shown.size === before)) return now;
    if (shown.size > before) {
      waitMs = FIRST_WAIT_MS;
      continue;
    }
    await sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
  }
}

function hasBegun({ phase, result }: CiJob): boolean {
  return phase === 'running' || (phase === 'completed' && result !== 'skipped');
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    // A timer has an error of its own for this.
    signal?.throwIfAborted();
    throw error;
  });
}
