import type { CiPhase, CiResult } from '../ci-types.ts';
import type { CommitState } from '../commit-types.ts';

/** How far a check run, check suite, workflow run, job or step is: GitHub has one vocabulary for all of them. */
export interface RunState {
  readonly status?: string | null | undefined;
  readonly conclusion?: string | null | undefined;
}

const phases: Readonly<Record<string, CiPhase>> = {
  queued: 'queued',
  requested: 'queued',
  pending: 'queued',
  in_progress: 'running',
  // For a person: a deployment to approve, or a first contribution.
  waiting: 'waiting',
  action_required: 'waiting',
  completed: 'completed',
};

const results: Readonly<Record<string, CiResult>> = {
  success: 'success',
  // Neither good nor bad; what waits for it goes on.
  neutral: 'success',
  failure: 'failed',
  cancelled: 'cancelled',
  skipped: 'skipped',
  timed_out: 'timed-out',
  startup_failure: 'error',
  stale: 'error',
  action_required: 'failed',
};

/** Reads phase and result. A word that GitHub adds later is `queued` before the end and `error` after it. */
export function progressOf({ status, conclusion }: RunState): {
  readonly phase: CiPhase;
  readonly result: CiResult | undefined;
} {
  const phase = phases[status ?? ''] ?? 'queued';
  return {
    phase,
    result: phase === 'completed' ? (results[conclusion ?? ''] ?? 'error') : undefined,
  };
}

const states = {
  success: 'success',
  failed: 'failed',
  error: 'error',
  cancelled: 'cancelled',
  skipped: 'skipped',
  'timed-out': 'failed',
} as const satisfies Record<CiResult, CommitState>;

/** Reads phase and result as the state of a commit. */
export function checkRunState(run: RunState): CommitState {
  const { phase, result } = progressOf(run);
  if (result !== undefined) return states[result];
  return phase === 'running' ? 'running' : 'pending';
}
