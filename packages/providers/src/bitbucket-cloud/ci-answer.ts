import type { CiPhase, CiProgress, CiResult, CiRun } from '../ci-types.ts';
import { isFullSha } from '../names.ts';
import type { RepositoryApi } from './api.ts';
import type { PipelineAnswer, PipelineState } from './ci-schemas.ts';

/** Reads a pipeline as Bitbucket answers. It tells when one was made, not when it began. */
export function toRun(api: RepositoryApi, answer: PipelineAnswer): CiRun {
  const { target, state } = answer;
  const hash = target?.commit?.hash ?? undefined;
  const problem = state.result?.error?.message ?? undefined;
  return {
    id: answer.uuid,
    number: answer.build_number,
    name: target?.selector?.type === 'custom' ? (target.selector.pattern ?? undefined) : undefined,
    ref: target?.ref_name ?? target?.source ?? undefined,
    sha: hash !== undefined && isFullSha(hash) ? hash : undefined,
    webUrl: `${api.webUrl}/pipelines/results/${answer.build_number}`,
    createdAt: answer.created_on,
    ...progressOf(state),
    startedAt: undefined,
    completedAt: answer.completed_on ?? undefined,
    ...(problem === undefined ? {} : { problem }),
  };
}

const phases: Readonly<Record<string, CiPhase>> = {
  PARSING: 'queued',
  PENDING: 'queued',
  READY: 'queued',
  IN_PROGRESS: 'running',
  BUILDING: 'running',
  PAUSED: 'waiting',
  HALTED: 'waiting',
  COMPLETED: 'completed',
};

const results: Readonly<Record<string, CiResult>> = {
  SUCCESSFUL: 'success',
  FAILED: 'failed',
  ERROR: 'error',
  STOPPED: 'cancelled',
  EXPIRED: 'timed-out',
  NOT_RUN: 'skipped',
};

/** Reads where a pipeline or step is, and what came of it. */
export function progressOf(state: PipelineState | undefined): Pick<CiProgress, 'phase' | 'result'> {
  const stage = state?.stage?.name;
  const paused = stage === 'PAUSED' || stage === 'HALTED';
  const phase = phases[state?.name ?? 'PENDING'] ?? 'running';
  if (phase !== 'completed') return { phase: paused ? 'waiting' : phase, result: undefined };
  // A result that is new to us is no success.
  return { phase, result: results[state?.result?.name ?? ''] ?? 'error' };
}
