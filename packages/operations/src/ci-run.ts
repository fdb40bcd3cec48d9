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
const NUMBERS_COMPARED = 50;

/**
 * Finds a run by its id (also as `id:ID`), by the number that people see, or as `latest`.
 *
 * Ids count over all repositories of a server and numbers over one (on GitHub over one workflow), so that one text can mean several runs: then none of
 * them is taken, since the next step may be to cancel it.
 *
 * @throws OperationError `OPERATION_RUN_NOT_FOUND`; a number is looked for among the newest 1,000 runs. `OPERATION_INVALID_ARGUMENT` when it is the id of
 * one run and the number of another one among the newest 50, or the number of several of those.
 */
export async function findRun(
  repository: ProviderRepository,
  name: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  const found = await runsOf(requireCi(repository), name, options);
  const [run, ...others] = found;
  if (run === undefined)
    throw new OperationError(
      'OPERATION_RUN_NOT_FOUND',
      `Repository "${repository.fullName}" has no run "${name}".`,
    );
  if (others.length === 0) return run;
  throw new OperationError(
    'OPERATION_INVALID_ARGUMENT',
    `"${name}" can mean ${found.length} runs of "${repository.fullName}".`,
    { hint: `Name one by its id: ${found.map(({ id }) => `id:${id}`).join(', ')}.` },
  );
}

async function runsOf(ci: Ci, name: string, options: RequestOptions): Promise<readonly CiRun[]> {
  if (name === 'latest') {
    for await (const run of ci.list({}, options)) return [run];
    return [];
  }
  const id = name.replace(/^id:/, '');
  const isPlain = id === name && isNumber(name);
  const byId = isPlain ? await getByNumericId(ci, id, options) : await ci.get(id, options);
  const found = byId === undefined ? [] : [byId];
  if (!isPlain) return found;
  let seen = 0;
  for await (const run of ci.list({}, options)) {
    if (run.number === Number(name) && run.id !== byId?.id) found.push(run);
    seen += 1;
    if (seen >= (found.length === 0 ? NUMBERS_LOOKED_AT : NUMBERS_COMPARED)) break;
  }
  return found;
}

async function getByNumericId(
  ci: Ci,
  id: string,
  options: RequestOptions,
): Promise<CiRun | undefined> {
  try {
    return await ci.get(id, options);
  } catch (error) {
    // Where ids are no numbers, a number is none.
    if (isProviderError(error, 'PROVIDER_INVALID_ARGUMENT')) return undefined;
    throw error;
  }
}

/** Ids of the large forges are longer than any number of a run. */
function isNumber(text: string): boolean {
  return /^[1-9][0-9]{0,6}$/.test(text);
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
