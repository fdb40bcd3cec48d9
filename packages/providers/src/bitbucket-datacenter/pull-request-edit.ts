import type { HttpResponse } from '../http/http-message.ts';
import { type JsonRequest, parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName } from '../names.ts';
import type { PullRequest } from '../pull-request-types.ts';
import { readSourceBranchMark, writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { exceptionOf, refused } from './errors.ts';
import { pullRequestPath, requirePullRequest, toPullRequest } from './pull-request-answer.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const MAX_ATTEMPTS = 3;

/** Tells whether a write was refused because somebody else has changed the pull request. */
export function isOutOfDate(response: HttpResponse): boolean {
  return exceptionOf(response) === 'PullRequestOutOfDateException';
}

/** A change of a pull request that goes with its version. */
interface VersionedWrite {
  readonly id: number;
  /** Makes the request for the state that was read; `undefined` when that is what is wanted. */
  readonly request: (current: PullRequestAnswer) => Omit<JsonRequest, 'signal'> | undefined;
  /** What is refused, for messages. */
  readonly what: string;
}

/** Reads a pull request and changes it; again from the start when its version has moved on in between. */
async function writeVersioned(
  api: RepositoryApi,
  { id, request: requestFor, what }: VersionedWrite,
  options: RequestOptions,
): Promise<PullRequest> {
  for (let attempts = 1; ; attempts += 1) {
    const current = await requirePullRequest(api, id, options);
    const request = requestFor(current);
    if (request === undefined) return toPullRequest(api, current);
    try {
      const response = await send(api, { ...request, signal: options.signal });
      if (response.status === 200) {
        return toPullRequest(api, parseAnswer(api, pullRequestSchema, { response, request }));
      }
      const stale = isOutOfDate(response);
      if (!stale || attempts === MAX_ATTEMPTS)
        throw refused(stale ? 'PROVIDER_CONFLICT' : 'PROVIDER_REJECTED', what, response);
    } catch (error) {
      // The version lets one through at most, so that the next attempt finds what this one has done.
      if (!isUncertain(error) || attempts === MAX_ATTEMPTS) throw error;
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

/** Changes title, description or destination. */
export function updatePullRequest(
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
  if (changes.destination !== undefined) checkRefName(changes.destination, 'branch');
  const path = pullRequestPath(id);
  return writeVersioned(
    api,
    {
      id,
      what: `Pull request ${id} of "${api.fullName}" cannot be updated`,
      request: (current) => ({
        method: 'PUT',
        path,
        json: updated(current, changes),
        expect: [200, 409],
        doing: `update pull request ${id} of "${api.fullName}"`,
      }),
    },
    options,
  );
}

/** PUT replaces: what is left out may be emptied (reviewers are), so everything that can be written is sent. */
function updated(
  current: PullRequestAnswer,
  changes: {
    readonly title?: string;
    readonly description?: string;
    readonly destination?: string;
  },
): Record<string, unknown> {
  const former = readSourceBranchMark(current.description ?? '');
  const { toRef } = current;
  return {
    version: current.version,
    title: changes.title ?? current.title,
    description: writeSourceBranchMark({
      description: changes.description ?? former.description,
      deleteSourceBranch: former.deleteSourceBranch,
    }),
    toRef: {
      id: changes.destination === undefined ? toRef.id : `refs/heads/${changes.destination}`,
      ...(toRef.repository
        ? {
            repository: {
              slug: toRef.repository.slug,
              project: { key: toRef.repository.project.key },
            },
          }
        : {}),
    },
    reviewers: current.reviewers?.flatMap(({ user }) =>
      user?.name ? [{ user: { name: user.name } }] : [],
    ),
    ...(typeof current.draft === 'boolean' ? { draft: current.draft } : {}),
  };
}

/** Declines; a declined one is answered with. */
export function declinePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const path = `${pullRequestPath(id)}/decline`;
  return writeVersioned(
    api,
    {
      id,
      what: `Pull request ${id} of "${api.fullName}" cannot be declined`,
      request: (current) =>
        current.state === 'DECLINED'
          ? undefined
          : {
              method: 'POST',
              path,
              query: [['version', String(current.version)]],
              json: {},
              expect: [200, 409],
              doing: `decline pull request ${id} of "${api.fullName}"`,
            },
    },
    options,
  );
}
