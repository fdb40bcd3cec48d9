import type { CiJob, CiPhase, CiProgress, CiResult, CiRun } from '../ci-types.ts';
import { isFullSha } from '../names.ts';
import { type RepositoryApi, webLink } from './api.ts';
import type { JobAnswer, RunAnswer } from './schemas.ts';

/** Reads a run. The server does not say when one was made, so that is when it began; until then the zero time that it sends. */
export function toRun(api: RepositoryApi, answer: RunAnswer): CiRun {
  const { id, head_sha: sha, path } = answer;
  const number = answer.run_number ?? undefined;
  return {
    id: String(id),
    number,
    name: path?.split('@')[0] || undefined,
    ref: answer.head_branch ?? undefined,
    sha: sha && isFullSha(sha) ? sha : undefined,
    webUrl: webLink(answer.html_url, `${api.webUrl}/actions/runs/${number ?? id}`),
    createdAt: answer.created_at ?? answer.started_at ?? '0001-01-01T00:00:00Z',
    ...progressOf(answer),
  };
}

/** Reads a job with its steps. */
export function toJob(answer: JobAnswer): CiJob {
  const address = webLink(answer.html_url, '');
  return {
    id: String(answer.id),
    name: answer.name ?? String(answer.id),
    webUrl: address === '' ? undefined : address,
    steps: answer.steps.map((step) => ({ name: step.name ?? '', ...progressOf(step) })),
    ...progressOf(answer),
  };
}

// "waiting" and "blocked" wait for other jobs, not for a person.
const phases = new Map<string, CiPhase>([
  ['requested', 'queued'],
  ['queued', 'queued'],
  ['pending', 'queued'],
  ['waiting', 'queued'],
  ['blocked', 'queued'],
  ['in_progress', 'running'],
  ['running', 'running'],
  ['completed', 'completed'],
]);

const results = new Map<string, CiResult>([
  ['success', 'success'],
  ['failure', 'failed'],
  ['cancelled', 'cancelled'],
  ['skipped', 'skipped'],
  ['timed_out', 'timed-out'],
]);

interface Progress {
  readonly status?: string | null | undefined;
  readonly conclusion?: string | null | undefined;
  readonly started_at?: string | null | undefined;
  readonly completed_at?: string | null | undefined;
}

/** Reads how far something is, and what came of it. */
export function progressOf(answer: Progress): CiProgress {
  const phase = phases.get(answer.status ?? 'queued') ?? 'running';
  return {
    phase,
    // A conclusion that is new to us is no success.
    result: phase === 'completed' ? (results.get(answer.conclusion ?? '') ?? 'error') : undefined,
    startedAt: timeOf(answer.started_at),
    completedAt: phase === 'completed' ? timeOf(answer.completed_at) : undefined,
  };
}

/** Go writes its zero time for "not yet". */
function timeOf(time: string | null | undefined): string | undefined {
  return time && !time.startsWith('0001-') && !time.startsWith('1970-01-01T00:00:00')
    ? time
    : undefined;
}
