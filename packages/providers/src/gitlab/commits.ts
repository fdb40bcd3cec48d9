import { randomBytes } from 'node:crypto';
import { checkCommit } from '../check-commit.ts';
import type { CommitInfo, Commits, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { compare, diff } from './comparison.ts';
import { commitOnNewBranch } from './new-branch-commit.ts';
import { pushRefs } from './ref-push.ts';
import { commitSchema } from './schemas.ts';

/** Commits of one project. */
export function commits(api: RepositoryApi): Commits {
  return {
    create: (commit, options) => createCommit(api, commit, options),
    compare: (base, head, options) => compare(api, { base, head }, options),
    diff: (base, head, options) => diff(api, { base, head }, options),
  };
}

/**
 * Writes many files in one commit.
 *
 * A new branch takes one request. For an existing one the commits API knows no expected head: it commits on whatever the tip is by
 * then. So GitLab makes the commit on a temporary branch, whose beginning it does take, and a push moves the branch to it: Git
 * compares the branch with the expected head under its lock, and deletes the temporary one in the same push. Two requests.
 */
async function createCommit(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions = {},
): Promise<CommitInfo> {
  checkCommit(commit);
  if (commit.create === true) {
    const { branch } = commit;
    return info(api, await commitOnNewBranch(api, { commit, branch, temporary: false }, options));
  }
  const temporary = `${api.temporaryBranches}${randomBytes(12).toString('hex')}`;
  // Whether it may be there: what was refused outright needs no cleaning.
  let left = true;
  try {
    const input = { commit, branch: temporary, temporary: true };
    const sha = await commitOnNewBranch(api, input, options).catch((error: unknown) => {
      left = isUncertain(error) || options.signal?.aborted === true;
      throw error;
    });
    ({ left } = await moveBranch(api, { commit, sha, temporary }, options));
    return info(api, sha);
  } finally {
    if (left) await removeTemporary(api, temporary, options);
  }
}

interface Move {
  readonly commit: CreateCommit;
  readonly sha: string;
  readonly temporary: string;
}

const MAX_PUSHES = 3;

/** Moves the branch to the commit. @returns Whether the temporary branch is still there. @throws ProviderError */
async function moveBranch(
  api: RepositoryApi,
  { commit, sha, temporary }: Move,
  options: RequestOptions,
): Promise<{ readonly left: boolean }> {
  const { branch, expectedHead } = commit;
  const doing = `commit to branch "${branch}" of "${api.fullName}"`;
  const updates = [
    { branch, from: expectedHead, to: sha },
    { branch: temporary, from: sha },
  ];
  for (let pushes = 1; ; pushes += 1) {
    const report = await pushRefs(api, { updates, doing }, options).catch((error: unknown) => {
      options.signal?.throwIfAborted();
      if (error instanceof ProviderError) return error;
      throw error;
    });
    const failed = report instanceof ProviderError;
    if (!failed && !report.refused.has(branch)) return { left: report.refused.has(temporary) };
    // The branch itself says whether the push, or one before whose answer was lost, was carried out.
    const head = (await getBranch(api, branch, options))?.sha;
    if (head !== undefined && (await holds(api, { sha, head, expectedHead }, options))) {
      return { left: true };
    }
    if (failed) throw report;
    if (head !== expectedHead) {
      throw new ProviderError(
        'PROVIDER_CONFLICT',
        `Branch "${branch}" of "${api.fullName}" is not at "${expectedHead}" any more.`,
        { details: { expectedHead } },
      );
    }
    const reason = report.refused.get(branch) ?? '';
    if (!isBusy(reason) || pushes === MAX_PUSHES) {
      throw new ProviderError(
        'PROVIDER_REJECTED',
        `GitLab does not ${doing}: ${reason}${report.said}.`,
        {
          hint: 'Check that the account of the token may push to this branch, or open a merge request.',
        },
      );
    }
    await api.clock.sleep(1000 * pushes, options.signal);
  }
}

/** Tells a branch that another push holds under lock from one that may not be pushed to. */
function isBusy(reason: string): boolean {
  return /\block\b|\blocked\b|failed to update ref/i.test(reason);
}

/** Tells whether a branch is at the commit, or somebody has committed on top of it since. */
async function holds(
  api: RepositoryApi,
  {
    sha,
    head,
    expectedHead,
  }: { readonly sha: string; readonly head: string; readonly expectedHead: string },
  { signal }: RequestOptions,
): Promise<boolean> {
  if (head === sha || head === expectedHead) return head === sha;
  const request = {
    path: '/repository/merge_base',
    query: [
      ['refs[]', sha],
      ['refs[]', head],
    ] as const,
    // 400: the commit was thrown away with its push. 404: the branch is of another history by now.
    expect: [200, 400, 404],
    doing: `look for commit "${sha}" in a branch of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return (
    response.status === 200 && parseAnswer(api, commitSchema, { response, request }).id === sha
  );
}

/**
 * Deletes a temporary branch that the push did not delete.
 *
 * What became of the commit is known by now. A branch that is left behind does no harm, so it never takes the place of that.
 */
async function removeTemporary(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions,
): Promise<void> {
  const removed = api.http
    .send({
      method: 'DELETE',
      path: `${api.path}/repository/branches/${encodeURIComponent(name)}`,
      expect: [204, 404],
      doing: `delete branch "${name}" of "${api.fullName}"`,
      // Once is enough for cleaning; a forge in trouble is not waited for.
      idempotent: false,
    })
    .catch(() => undefined);
  // Whoever gave up does not wait for the cleaning.
  if (signal?.aborted !== true) await removed;
}

function info(api: RepositoryApi, sha: string): CommitInfo {
  return { sha, webUrl: `${api.webUrl}/-/commit/${sha}` };
}
