import { ProviderError } from '../errors.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName } from '../names.ts';
import type { PullRequest, PullRequestFilter, PullRequests } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { writeComment } from './comments.ts';
import {
  noPullRequest,
  pullRequestPath,
  readPullRequest,
  toFullPullRequest,
  toPullRequest,
} from './pull-request-answer.ts';
import { createPullRequest, listAnswers } from './pull-request-create.ts';
import { mergePullRequest } from './pull-request-merge.ts';
import { pullRequestSchema } from './schemas.ts';

/** Pull requests of one repository. */
export function pullRequests(api: RepositoryApi): PullRequests {
  return {
    create: (input, options) => createPullRequest(api, input, options),
    get: async (id, options) => {
      const answer = await readPullRequest(api, id, options);
      return answer === undefined ? undefined : toFullPullRequest(api, answer, options);
    },
    list: (filter, options) => listPullRequests(api, filter, options),
    update: (id, changes, options) => updatePullRequest(api, { id, changes }, options),
    merge: (id, input, options) => mergePullRequest(api, { id, ...input }, options),
    approve: (id, options) => setApproval(api, { id, approved: true }, options),
    unapprove: (id, options) => setApproval(api, { id, approved: false }, options),
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
  const path = pullRequestPath(id);
  if (changes.destination !== undefined) checkRefName(changes.destination, 'branch');
  const current = await readPullRequest(api, id, options);
  if (current === undefined) throw noPullRequest(api, id);
  const title = changes.title ?? current.title;
  const description = changes.description ?? current.description ?? current.summary?.raw;
  const answer = await sendForJson(api, pullRequestSchema, {
    method: 'PUT',
    path,
    // PUT replaces: what is left out may be emptied (reviewers are), so everything that can be written is sent.
    json: {
      type: 'pullrequest',
      title,
      ...(typeof description === 'string' ? { description } : {}),
      destination: { branch: { name: changes.destination ?? current.destination.branch.name } },
      ...(current.reviewers ? { reviewers: current.reviewers.flatMap(reviewer) } : {}),
      ...(typeof current.draft === 'boolean' ? { draft: current.draft } : {}),
      ...(typeof current.close_source_branch === 'boolean'
        ? { close_source_branch: current.close_source_branch }
        : {}),
    },
    expect: [200],
    doing: `update pull request ${id} of "${api.fullName}"`,
    signal: options.signal,
  });
  return toFullPullRequest(api, answer, options);
}

function reviewer(account: { readonly type: string; readonly uuid?: string | null | undefined }) {
  return account.uuid ? [{ type: account.type, uuid: account.uuid }] : [];
}

async function setApproval(
  api: RepositoryApi,
  { id, approved }: { readonly id: number; readonly approved: boolean },
  { signal }: RequestOptions = {},
): Promise<void> {
  const path = `${pullRequestPath(id)}/approve`;
  const doing = `${approved ? 'approve' : 'take back the approval of'} pull request ${id} of "${api.fullName}"`;
  if (approved) {
    // 409: approved already.
    const expect = [200, 409];
    await send(api, { method: 'POST', path, expect, doing, idempotent: true, signal });
    return;
  }
  const response = await send(api, { method: 'DELETE', path, expect: [204, 404], doing, signal });
  // 404 stands for "was not approved" and for "no such pull request".
  if (response.status === 404 && (await readPullRequest(api, id, { signal })) === undefined) {
    throw noPullRequest(api, id);
  }
}

async function declinePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const path = `${pullRequestPath(id)}/decline`;
  const doing = `decline pull request ${id} of "${api.fullName}"`;
  try {
    const answer = await sendForJson(api, pullRequestSchema, {
      method: 'POST',
      path,
      expect: [200],
      doing,
      signal: options.signal,
    });
    return await toFullPullRequest(api, answer, options);
  } catch (error) {
    const status = error instanceof ProviderError ? error.details?.['status'] : undefined;
    if (!isUncertain(error) && status !== 400 && status !== 409) throw error;
    // Declining is final: a pull request that is declined now is what was asked for.
    const now = await readPullRequest(api, id, options);
    if (now !== undefined && toPullRequest(api, now).state === 'declined') {
      return toFullPullRequest(api, now, options);
    }
    throw error;
  }
}

async function readDiff(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<string> {
  const response = await send(api, {
    path: `${pullRequestPath(id)}/diff`,
    accept: 'text/plain',
    // Answers 302 to the diff of two commits on the same host, which is followed.
    expect: [200],
    doing: `read the diff of pull request ${id} of "${api.fullName}"`,
    signal,
  });
  return Buffer.from(response.body).toString('utf8');
}
