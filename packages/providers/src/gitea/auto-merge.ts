import { send } from '../http/json-api.ts';
import type { AutoMerge } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { pullRequestPath, requirePullRequest } from './pull-request-answer.ts';
import { mergePullRequest } from './pull-request-merge.ts';

/**
 * Merges by the server itself.
 *
 * The server keeps no expected head for later: it is compared when the merge is scheduled, and what is pushed after that is merged
 * too, unless the branch is protected so that new commits want new approvals and checks.
 */
export function autoMerge(api: RepositoryApi): AutoMerge {
  return {
    enable: (id, input, options) => mergePullRequest(api, { ...input, id, auto: true }, options),
    disable: (id, options) => cancelAutoMerge(api, id, options),
  };
}

async function cancelAutoMerge(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const response = await send(api, {
    method: 'DELETE',
    path: `${pullRequestPath(id)}/merge`,
    expect: [204, 404],
    doing: `cancel the merge of pull request ${id} of "${api.fullName}" by the server`,
    signal,
  });
  if (response.status === 204) return;
  // 404 stands for "was not scheduled" and for "no such pull request".
  await requirePullRequest(api, id, { signal });
}
