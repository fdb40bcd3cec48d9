import { readLog, readLogPiece } from '../ci-log.ts';
import type { Ci, CiLogOptions } from '../ci-types.ts';
import type { RepositoryApi } from './api.ts';
import { cancelRun, getRun, isStepCompleted, listJobs, listRuns, pathOfUuid } from './ci-runs.ts';
import { rerunRun, triggerRun } from './ci-start.ts';
import { variables } from './ci-variables.ts';

/** Bitbucket Pipelines of one repository. */
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
  job: { readonly run: string; readonly job: string },
  options: CiLogOptions = {},
) {
  const { signal } = options;
  const step = `/pipelines/${pathOfUuid(job.run, 'pipeline')}/steps/${pathOfUuid(job.job, 'step')}`;
  const request = {
    path: `${step}/log`,
    doing: `read the log of step ${job.job} of pipeline ${job.run} of "${api.fullName}"`,
    maxBytes: api.maxResponseBytes,
    signal,
  };
  return readLog(
    {
      read: (offset) => readLogPiece(api, request, offset),
      completed: () => isStepCompleted(api, job, { signal }),
    },
    api.clock,
    options,
  );
}
