import type { Ci } from '../ci-types.ts';
import type { RepositoryApi } from './api.ts';
import { jobLog } from './ci-logs.ts';
import { cancelRun, getRun, listJobs, listRuns, rerunRun } from './ci-runs.ts';
import { triggerRun } from './ci-trigger.ts';
import { variables } from './ci-variables.ts';

/** GitHub Actions of one repository. */
export function ci(api: RepositoryApi): Ci {
  return {
    trigger: (input, options) => triggerRun(api, input, options),
    list: (filter, options) => listRuns(api, filter, options),
    get: (id, options) => getRun(api, id, options),
    jobs: (id, options) => listJobs(api, id, options),
    logs: (job, options) => jobLog(api, job, options),
    cancel: (id, options) => cancelRun(api, id, options),
    rerun: (id, options) => rerunRun(api, id, options),
    variables: variables(api),
  };
}
