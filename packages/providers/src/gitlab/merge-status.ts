import type { MergeRequestAnswer } from './schemas.ts';

/** What GitLab says about merging a merge request now. */
export type MergeReadiness = {
  readonly type: 'ready' | 'wait' | 'pipeline' | 'conflict' | 'rebase' | 'blocked';
  readonly status: string;
};

// GitLab docs, "Merge status". What is not here blocks, and is shown as it is.
const readiness: Readonly<Record<string, MergeReadiness['type']>> = {
  mergeable: 'ready',
  unchecked: 'wait',
  checking: 'wait',
  preparing: 'wait',
  approvals_syncing: 'wait',
  ci_still_running: 'pipeline',
  ci_must_pass: 'pipeline',
  conflict: 'conflict',
  need_rebase: 'rebase',
};

/** Reads whether a merge request can be merged. */
export function readinessOf(answer: MergeRequestAnswer): MergeReadiness {
  const status = answer.detailed_merge_status;
  if (typeof status === 'string') {
    const type = Object.hasOwn(readiness, status) ? readiness[status] : undefined;
    return { type: type ?? 'blocked', status };
  }
  // Before 15.6.
  const old = answer.merge_status ?? 'unchecked';
  if (old === 'can_be_merged') return { type: 'ready', status: old };
  if (old !== 'cannot_be_merged') return { type: 'wait', status: old };
  return { type: answer.has_conflicts === true ? 'conflict' : 'blocked', status: old };
}
