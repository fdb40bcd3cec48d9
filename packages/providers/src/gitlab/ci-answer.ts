import type { CiJob, CiPhase, CiProgress, CiResult, CiRun } from '../ci-types.ts';
import { isFullSha, isWebAddress } from '../names.ts';
import { type RepositoryApi, webLink } from './api.ts';
import type { JobAnswer, PipelineAnswer } from './ci-schemas.ts';

const phases: ReadonlyMap<string, CiPhase> = new Map([
  ['created', 'queued'],
  ['waiting_for_resource', 'queued'],
  ['waiting_for_callback', 'queued'],
  ['preparing', 'queued'],
  ['pending', 'queued'],
  ['scheduled', 'queued'],
  ['running', 'running'],
  ['canceling', 'running'],
  ['manual', 'waiting'],
  ['success', 'completed'],
  ['failed', 'completed'],
  ['canceled', 'completed'],
  ['skipped', 'completed'],
]);

const results: ReadonlyMap<string, CiResult> = new Map([
  ['success', 'success'],
  ['failed', 'failed'],
  ['canceled', 'cancelled'],
  ['skipped', 'skipped'],
]);

/** Why a job failed, where it is not its work ("Job failure reasons"). */
const reasons: ReadonlyMap<string, CiResult> = new Map([
  ['job_execution_timeout', 'timed-out'],
  ['stuck_or_timeout_failure', 'timed-out'],
  ['stale_schedule', 'timed-out'],
  ['runner_system_failure', 'error'],
  ['runner_unsupported', 'error'],
  ['scheduler_failure', 'error'],
  ['data_integrity_failure', 'error'],
  ['api_failure', 'error'],
  ['unmet_prerequisites', 'error'],
  ['missing_dependency_failure', 'error'],
]);

/** Reads a pipeline. Lists do not tell when it began and ended. */
export function toRun(api: RepositoryApi, answer: PipelineAnswer): CiRun {
  const problem = answer.yaml_errors || undefined;
  const progress = progressOf(answer.status, undefined);
  const failed = progress.result === 'failed' && problem !== undefined;
  return {
    id: String(answer.id),
    number: answer.iid ?? undefined,
    name: answer.name ?? undefined,
    ref: answer.ref ?? undefined,
    sha: answer.sha && isFullSha(answer.sha) ? answer.sha : undefined,
    webUrl: webLink(answer.web_url, `${api.webUrl}/-/pipelines/${answer.id}`),
    createdAt: answer.created_at,
    ...progress,
    ...(failed ? { result: 'error' as const } : {}),
    startedAt: answer.started_at ?? undefined,
    completedAt: answer.finished_at ?? undefined,
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Reads a job. GitLab shows no steps inside of one. */
export function toJob(answer: JobAnswer): CiJob {
  const address = answer.web_url ?? '';
  return {
    id: String(answer.id),
    name: answer.name,
    webUrl: isWebAddress(address) ? address : undefined,
    steps: [],
    ...progressOf(answer.status, answer.failure_reason ?? undefined),
    startedAt: answer.started_at ?? undefined,
    completedAt: answer.finished_at ?? undefined,
  };
}

/** Reads where a pipeline or job is, and what came of it. A status that is new to us is under way. */
export function progressOf(
  status: string,
  reason: string | undefined,
): Pick<CiProgress, 'phase' | 'result'> {
  const phase = phases.get(status) ?? 'running';
  if (phase !== 'completed') return { phase, result: undefined };
  const result = results.get(status) ?? 'error';
  return { phase, result: result === 'failed' ? (reasons.get(reason ?? '') ?? result) : result };
}
