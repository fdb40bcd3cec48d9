import { send } from '../http/json-api.ts';
import type { AutoMerge } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { pullRequestPath, requirePullRequest } from './pull-request-answer.ts';
import { mergePullRequest } from './pull-request-merge.ts';

/**
 * Merges by the server itself, which drops the wish when commits are pushed to the source.
 *
 * A source branch that is to go is deleted when the merge happens at once. Nobody is there to delete it later; merging the merged
 * pull request once more does.
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
    path: `${pullRequestPath(id)}/auto-merge`,
    // 409: the pull request is closed, so that there is nothing to take back.
    expect: [204, 404, 409],
    doing: `cancel the merge of pull request ${id} of "${api.fullName}" by the server`,
    signal,
  });
  // 404 stands for "was not asked for" and for "no such pull request".
  if (response.status === 404) await requirePullRequest(api, id, { signal });
}
