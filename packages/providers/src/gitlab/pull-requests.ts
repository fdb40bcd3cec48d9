import { ProviderError } from '../errors.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { checkRefName } from '../names.ts';
import type { PullRequest, PullRequestFilter, PullRequests } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { autoMerge, type VersionLookup } from './auto-merge.ts';
import { writeComment } from './comments.ts';
import { refused } from './errors.ts';
import { withoutQuickActions } from './names.ts';
import { unifiedPatch } from './patch.ts';
import {
  isDraft,
  pullRequestPath,
  readPullRequest,
  requirePullRequest,
  titleOf,
  toPullRequest,
} from './pull-request-answer.ts';
import { createPullRequest, listAnswers } from './pull-request-create.ts';
import { mergePullRequest } from './pull-request-merge.ts';
import { approvalsSchema, type DiffAnswer, diffSchema, mergeRequestSchema } from './schemas.ts';

/** Merge requests of one project. */
export function pullRequests(api: RepositoryApi, version: VersionLookup): PullRequests {
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
    autoMerge: autoMerge(api, version),
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
  const path = pullRequestPath(id);
  if (destination !== undefined) checkRefName(destination, 'branch');
  // The title says whether it is a draft, so that has to be known before it is written.
  const current =
    title === undefined && (description ?? destination) !== undefined
      ? undefined
      : await requirePullRequest(api, id, options);
  const written =
    title !== undefined && current !== undefined
      ? titleOf(title, isDraft(current))
      : current?.title;
  const answer = await sendForJson(api, mergeRequestSchema, {
    method: 'PUT',
    path,
    json: {
      ...(written === undefined ? {} : { title: written }),
      ...(description === undefined ? {} : { description: withoutQuickActions(description) }),
      ...(destination === undefined ? {} : { target_branch: destination }),
    },
    expect: [200],
    doing: `update merge request ${id} of "${api.fullName}"`,
    signal: options.signal,
  });
  return toPullRequest(api, answer);
}

async function approve(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const path = pullRequestPath(id);
  const doing = `approve merge request ${id} of "${api.fullName}"`;
  const response = await send(api, {
    method: 'POST',
    path: `${path}/approve`,
    expect: [200, 201, 401],
    doing,
    idempotent: true,
    signal,
  });
  if (response.status !== 401) return;
  // 401 stands for "approved already" and for "may not approve".
  const approvals = await sendForJson(api, approvalsSchema, {
    path: `${path}/approvals`,
    expect: [200],
    doing: `read the approvals of merge request ${id} of "${api.fullName}"`,
    signal,
  });
  if (approvals.user_has_approved === true) return;
  throw refused('PROVIDER_FORBIDDEN', `This account may not ${doing}`, response);
}

async function unapprove(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const response = await send(api, {
    method: 'POST',
    path: `${pullRequestPath(id)}/unapprove`,
    expect: [200, 201, 404],
    doing: `take back the approval of merge request ${id} of "${api.fullName}"`,
    idempotent: true,
    signal,
  });
  // 404 stands for "was not approved" and for "no such merge request".
  if (response.status === 404) await requirePullRequest(api, id, { signal });
}

async function declinePullRequest(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<PullRequest> {
  const answer = await sendForJson(api, mergeRequestSchema, {
    method: 'PUT',
    path: pullRequestPath(id),
    json: { state_event: 'close' },
    expect: [200],
    doing: `close merge request ${id} of "${api.fullName}"`,
    signal,
  });
  if (answer.state === 'closed') return toPullRequest(api, answer);
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `Merge request ${id} of "${api.fullName}" is ${answer.state}, so it cannot be closed.`,
  );
}

async function readDiff(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<string> {
  const pages = sendForList(api, diffSchema, {
    path: `${pullRequestPath(id)}/diffs`,
    query: [['per_page', '100']],
    expect: [200],
    doing: `read the diff of merge request ${id} of "${api.fullName}"`,
    signal,
  });
  const answers: DiffAnswer[] = [];
  let size = 0;
  for await (const answer of pages) {
    size += answer.diff?.length ?? 0;
    if (size > api.maxResponseBytes) {
      throw new ProviderError(
        'PROVIDER_LIMIT_EXCEEDED',
        `The diff of merge request ${id} of "${api.fullName}" is larger than ${api.maxResponseBytes} bytes.`,
      );
    }
    answers.push(answer);
  }
  return unifiedPatch(answers);
}
