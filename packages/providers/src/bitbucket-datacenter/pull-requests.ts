import { send } from '../http/json-api.ts';
import type { PullRequest, PullRequestFilter, PullRequests } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { autoMerge } from './auto-merge.ts';
import { writeComment } from './comments.ts';
import { withGitPrefixes } from './git-diff.ts';
import {
  noPullRequest,
  pullRequestPath,
  readPullRequest,
  toPullRequest,
} from './pull-request-answer.ts';
import { createPullRequest, listAnswers } from './pull-request-create.ts';
import { declinePullRequest, updatePullRequest } from './pull-request-edit.ts';
import { mergePullRequest } from './pull-request-merge.ts';
import { setApproval } from './reviews.ts';

/** Pull requests of one repository. */
export function pullRequests(api: RepositoryApi): PullRequests {
  return {
    create: (input, options) => createPullRequest(api, input, options),
    get: async (id, options) => {
      const answer = await readPullRequest(api, id, options);
      return answer === undefined ? undefined : toPullRequest(api, answer);
    },
    list: (filter, options) => listPullRequests(api, filter, options),
    update: (id, changes, options) => updatePullRequest(api, { id, changes }, options),
    merge: (id, input, options) => mergePullRequest(api, { ...input, id }, options),
    approve: (id, options) => setApproval(api, { id, status: 'APPROVED' }, options),
    unapprove: (id, options) => setApproval(api, { id, status: 'UNAPPROVED' }, options),
    decline: (id, options) => declinePullRequest(api, id, options),
    comment: (id, body, options) => writeComment(api, { id, body }, options),
    autoMerge: autoMerge(api),
    diff: (id, options) => readDiff(api, id, options),
  };
}

async function* listPullRequests(
  api: RepositoryApi,
  filter: PullRequestFilter = {},
  options: RequestOptions = {},
): AsyncGenerator<PullRequest, void, undefined> {
  for await (const answer of listAnswers(api, filter, options)) yield toPullRequest(api, answer);
}

async function readDiff(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<string> {
  const response = await send(api, {
    path: `${pullRequestPath(id)}.diff`,
    accept: 'text/plain',
    expect: [200, 404],
    doing: `read the diff of pull request ${id} of "${api.fullName}"`,
    signal,
  });
  if (response.status === 404) throw noPullRequest(api, id);
  return withGitPrefixes(Buffer.from(response.body).toString('utf8'));
}
