import { readLog, readLogPiece } from '../ci-log.ts';
import type { Ci, CiLogOptions } from '../ci-types.ts';
import type { RepositoryApi } from './api.ts';
import { getRun, isJobCompleted, listJobs, listRuns, pathOfId } from './ci-runs.ts';
import { cancelRun, rerunRun } from './ci-steer.ts';
import { triggerRun } from './ci-trigger.ts';
import { variables } from './ci-variables.ts';

/** Actions of one repository. */
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
  { job }: { readonly run: string; readonly job: string },
  options: CiLogOptions = {},
) {
  const { signal } = options;
  const request = {
    path: `/actions/jobs/${pathOfId(job, 'job')}/logs`,
    doing: `read the log of job ${job} of "${api.fullName}"`,
    maxBytes: api.maxResponseBytes,
    signal,
  };
  return readLog(
    {
      read: (offset) => readLogPiece(api, request, offset),
      completed: () => isJobCompleted(api, job, { signal }),
    },
    api.clock,
    options,
  );
}
