import { readLog, readLogPiece } from '../ci-log.ts';
import type { Ci, CiLogOptions } from '../ci-types.ts';
import type { RepositoryApi } from './api.ts';
import {
  cancelRun,
  getRun,
  isJobCompleted,
  jobPath,
  listJobs,
  listRuns,
  rerunRun,
} from './ci-runs.ts';
import { triggerRun } from './ci-trigger.ts';
import { variables } from './ci-variables.ts';

/** Pipelines of one project. */
export function ci(api: RepositoryApi): Ci {
  return {
    trigger: (input, options) => triggerRun(api, input, options),
    list: (filter, options) => listRuns(api, filter, options),
    get: (id, options) => getRun(api, id, options),
    jobs: (id, options) => listJobs(api, id, options),
    logs: (job, options) => logsOf(api, job, options),
    cancel: (id, options) => cancelRun(api, id, options),
    rerun: (id, options) => rerunRun(api, id, options),
    variables: variables(api),
  };
}

function logsOf(
  api: RepositoryApi,
  place: { readonly run: string; readonly job: string },
  options: CiLogOptions = {},
) {
  const { job } = place;
  const { signal } = options;
  const request = {
    path: `${jobPath(job)}/trace`,
    doing: `read the log of job ${job} of "${api.fullName}"`,
    maxBytes: api.maxResponseBytes,
    signal,
  };
  return readLog(
    {
      read: (offset) => readLogPiece(api, request, offset),
      completed: () => isJobCompleted(api, place, { signal }),
    },
    api.clock,
    options,
  );
}
