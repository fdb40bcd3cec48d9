import type { CiJob, CiProgress, CiRun } from '../ci-types.ts';
import { type RepositoryApi, webLink } from './api.ts';
import type { JobAnswer, RunAnswer } from './ci-schemas.ts';
import { progressOf, type RunState } from './run-state.ts';

/** Reads a workflow run as GitHub answers. Runs again are attempts of the same one. */
export function toRun(api: RepositoryApi, answer: RunAnswer): CiRun {
  const { id, run_number, name, path, head_branch, head_sha, conclusion } = answer;
  const progress = progressOf(answer);
  return {
    id: String(id),
    number: run_number ?? undefined,
    name: name ?? path ?? undefined,
    ref: head_branch ?? undefined,
    sha: head_sha ?? undefined,
    webUrl: webLink(answer.html_url, `${api.webUrl}/actions/runs/${id}`),
    createdAt: answer.created_at,
    ...progress,
    startedAt: progress.phase === 'queued' ? undefined : (answer.run_started_at ?? undefined),
    // GitHub does not say when a run ended; nothing of it is written after that.
    completedAt: progress.phase === 'completed' ? (answer.updated_at ?? undefined) : undefined,
    ...(conclusion === 'startup_failure'
      ? { problem: 'GitHub could not start the run; the workflow file is not valid.' }
      : {}),
  };
}

/** Reads a job of a run. */
export function toJob(answer: JobAnswer): CiJob {
  const { id, name, html_url, steps } = answer;
  return {
    id: String(id),
    name,
    webUrl: html_url ?? undefined,
    steps: (steps ?? []).map((step) => ({ name: step.name, ...timedOf(step) })),
    ...timedOf(answer),
  };
}

function timedOf(answer: RunState & Pick<JobAnswer, 'started_at' | 'completed_at'>): CiProgress {
  return {
    ...progressOf(answer),
    startedAt: answer.started_at ?? undefined,
    completedAt: answer.completed_at ?? undefined,
  };
}
