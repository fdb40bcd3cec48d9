import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import { checkRefName } from '../names.ts';
import type { PullRequest, PullRequestFilter, PullRequests } from '../pull-request-types.ts';
import { readSourceBranchMark, writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { approve, unapprove } from './approvals.ts';
import { autoMerge } from './auto-merge.ts';
import { writeComment } from './comments.ts';
import {
  pullRequestPath,
  readDraft,
  readPullRequest,
  requirePullRequest,
  stateOf,
  toPullRequest,
  writeDraft,
} from './pull-request-answer.ts';
import { createPullRequest, listAnswers, patchPullRequest } from './pull-request-create.ts';
import { mergePullRequest } from './pull-request-merge.ts';

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
    approve: (id, options) => approve(api, id, options),
    unapprove: (id, options) => unapprove(api, id, options),
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
  // Title and description also hold what is not of people: that it is a draft, and what happens to the branch.
  const current = await requirePullRequest(api, id, options);
  const { deleteSourceBranch } = readSourceBranchMark(current.body ?? '');
  const json = {
    ...(title === undefined
      ? {}
      : { title: writeDraft(title, current.draft ?? readDraft(current.title).draft) }),
    ...(description === undefined
      ? {}
      : { body: writeSourceBranchMark({ description, deleteSourceBranch }) }),
    ...(destination === undefined ? {} : { base: destination }),
  };
  return toPullRequest(api, await patchPullRequest(api, { id, json, doing: 'update' }, options));
}

async function declinePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const current = await requirePullRequest(api, id, options);
  const state = stateOf(current);
  if (state === 'declined') return toPullRequest(api, current);
  if (state === 'merged') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pull request ${id} of "${api.fullName}" is merged, so it cannot be declined.`,
    );
  }
  const json = { state: 'closed' };
  return toPullRequest(api, await patchPullRequest(api, { id, json, doing: 'close' }, options));
}

async function readDiff(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<string> {
  const response = await send(api, {
    path: `${pullRequestPath(id)}.diff`,
    accept: 'text/plain',
    expect: [200],
    doing: `read the diff of pull request ${id} of "${api.fullName}"`,
    signal,
  });
  return Buffer.from(response.body).toString('utf8');
}
