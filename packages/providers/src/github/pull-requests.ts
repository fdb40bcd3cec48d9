import { ProviderError } from '../errors.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { checkRefName } from '../names.ts';
import type { PullRequest, PullRequestFilter, PullRequests } from '../pull-request-types.ts';
import { readSourceBranchMark, writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { autoMerge } from './auto-merge.ts';
import { writeComment } from './comments.ts';
import {
  checkPullRequestId,
  readPullRequest,
  requirePullRequest,
  stateOf,
  toPullRequest,
} from './pull-request-answer.ts';
import { createPullRequest } from './pull-request-create.ts';
import { listAnswers } from './pull-request-list.ts';
import { mergePullRequest } from './pull-request-merge.ts';
import { approve, unapprove } from './reviews.ts';
import { pullRequestSchema } from './schemas.ts';

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
    merge: (id, input, options) => mergePullRequest(api, { id, ...input }, options),
    autoMerge: autoMerge(api),
    approve: (id, options) => approve(api, id, options),
    unapprove: (id, options) => unapprove(api, id, options),
    decline: (id, options) => declinePullRequest(api, id, options),
    comment: (id, body, options) => writeComment(api, { id, body }, options),
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

async function updatePullRequest(
  api: RepositoryApi,
  update: {
    readonly id: number;
    readonly changes: {
      readonly title?: string;
      readonly description?: string;
      readonly destination?: string;
    };
  },
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { id, changes } = update;
  const { title, description, destination } = changes;
  if (destination !== undefined) checkRefName(destination, 'branch');
  const body =
    description === undefined ? undefined : await noted(api, { id, description }, options);
  const json = {
    ...(title === undefined ? {} : { title }),
    ...(body === undefined ? {} : { body }),
    ...(destination === undefined ? {} : { base: destination }),
  };
  return toPullRequest(api, await patch(api, { id, json, doing: 'update' }, options));
}

/** Keeps the wish to delete the source branch, which stands in the description. */
async function noted(
  api: RepositoryApi,
  { id, description }: { readonly id: number; readonly description: string },
  options: RequestOptions,
): Promise<string> {
  const { body } = await requirePullRequest(api, id, options);
  const { deleteSourceBranch } = readSourceBranchMark(body ?? '');
  return writeSourceBranchMark({ description, deleteSourceBranch });
}

function patch(
  api: RepositoryApi,
  { id, json, doing }: { readonly id: number; readonly json: object; readonly doing: string },
  { signal }: RequestOptions,
) {
  return sendForJson(api, pullRequestSchema, {
    method: 'PATCH',
    path: `/pulls/${checkPullRequestId(id)}`,
    json,
    expect: [200],
    doing: `${doing} pull request ${id} of "${api.fullName}"`,
    // It says what is to be, so a second time changes nothing.
    idempotent: true,
    signal,
  });
}

async function declinePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const json = { state: 'closed' };
  const answer = await patch(api, { id, json, doing: 'close' }, options);
  if (stateOf(answer) === 'declined') return toPullRequest(api, answer);
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `Pull request ${id} of "${api.fullName}" is ${stateOf(answer)}, so it cannot be closed.`,
  );
}

async function readDiff(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<string> {
  const response = await send(api, {
    path: `/pulls/${checkPullRequestId(id)}`,
    accept: 'application/vnd.github.diff',
    // 406: more than 300 files or 20,000 lines.
    expect: [200, 406],
    doing: `read the diff of pull request ${id} of "${api.fullName}"`,
    signal,
  });
  if (response.status === 200) return Buffer.from(response.body).toString('utf8');
  throw new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `GitHub does not show the diff of pull request ${id} of "${api.fullName}": it is too large.`,
    { hint: 'Compare the branches in a clone.' },
  );
}
