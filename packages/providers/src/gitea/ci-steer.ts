import type { CiRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { toRun } from './ci-answer.ts';
import { requireRun } from './ci-runs.ts';
import { refused } from './errors.ts';

/** Refuses to cancel what still runs: the API has no call for it. A completed run is answered as it is. */
export async function cancelRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  const run = toRun(api, await requireRun(api, id, options));
  if (run.phase === 'completed') return run;
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `Run ${id} of "${api.fullName}" cannot be cancelled: the API of Gitea 1.26 has no call for it.`,
    { hint: `Cancel it on its page, ${run.webUrl}` },
  );
}

/** Runs a completed run again: another attempt of the same run. */
export async function rerunRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions & { readonly failedOnly?: boolean | undefined } = {},
): Promise<CiRun> {
  const { signal, failedOnly = false } = options;
  const before = await requireRun(api, id, { signal });
  try {
    const response = await send(api, {
      method: 'POST',
      path: `/actions/runs/${id}/${failedOnly ? 'rerun-failed-jobs' : 'rerun'}`,
      expect: [201, 400, 404, 409],
      doing: `run ${id} of "${api.fullName}" again`,
      signal,
    });
    if (response.status !== 201) {
      const what = `Run ${id} of "${api.fullName}" was not run again`;
      throw refused('PROVIDER_REJECTED', what, response);
    }
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const now = await requireRun(api, id, { signal });
    const again =
      (now.run_attempt ?? 1) > (before.run_attempt ?? 1) || now.status !== before.status;
    if (!again) throw error;
  }
  return toRun(api, await requireRun(api, id, { signal }));
}
