import { areInPlace } from '../changes-in-place.ts';
import type { CommitInfo, Commits, CreateCommit, FileChange } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { sendForJson } from '../http/json-api.ts';
import { isUncertain, uncertain } from '../http/transport-error.ts';
import { isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { checkFormCommit, commitForm, type ResolvedChange } from './commit-form.ts';
import { compare, diff } from './comparison.ts';
import { files, readMeta } from './files.ts';
import { commitSchema } from './schemas.ts';

/** Commits of one repository. */
export function commits(api: RepositoryApi): Commits {
  return {
    create: (commit, options) => createCommit(api, commit, options),
    compare: (base, head, options) => compare(api, { base, head }, options),
    diff: (base, head, options) => diff(api, { base, head }, options),
  };
}

const MAX_ATTEMPTS = 3;

/**
 * Writes many files in one commit: one request, and one more for each write without a mode.
 *
 * Bitbucket makes a regular file of everything that comes without an attribute, so the mode of such a file is read first.
 */
async function createCommit(
  api: RepositoryApi,
  commit: CreateCommit,
  { signal }: RequestOptions = {},
): Promise<CommitInfo> {
  checkFormCommit(commit);
  const changes = await Promise.all(
    commit.changes.map((change) =>
      resolveMode(api, { change, at: commit.expectedHead }, { signal }),
    ),
  );
  const body = commitForm(commit, changes);
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await post(api, { commit, body }, { signal });
    } catch (error) {
      const lost = isUncertain(error);
      if (!lost && attempts === 1) throw error;
      const conflict = error instanceof ProviderError && error.code === 'PROVIDER_CONFLICT';
      if (!lost && !conflict) throw error;
      // An earlier request may have been carried out; `parents` makes it safe to send it again, since it lands once at most.
      const landed = await findLanded(api, { commit, changes }, { signal });
      if (landed !== undefined) return landed;
      if (!lost || attempts === MAX_ATTEMPTS) throw error;
      await api.clock.sleep(1000 * attempts, signal);
    }
  }
}

async function resolveMode(
  api: RepositoryApi,
  write: { readonly change: FileChange; readonly at: string },
  options: RequestOptions,
): Promise<ResolvedChange> {
  const { change, at } = write;
  if (change.type === 'delete') return change;
  if (change.mode !== undefined) return { ...change, mode: change.mode };
  const meta = await readMeta(api, { path: change.path, at }, options);
  if (meta?.mode === 'folder' || meta?.mode === 'submodule' || meta?.lfs === true) {
    const what = meta.lfs ? 'kept in Git LFS' : `a ${meta.mode}`;
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `"${change.path}" in "${api.fullName}" is ${what}, so it cannot be written as a file.`,
    );
  }
  return { ...change, mode: meta?.mode ?? '100644' };
}

async function post(
  api: RepositoryApi,
  input: { readonly commit: CreateCommit; readonly body: { type: string; bytes: Uint8Array } },
  { signal }: RequestOptions,
): Promise<CommitInfo> {
  const { commit, body } = input;
  const doing = `commit to branch "${commit.branch}" of "${api.fullName}"`;
  const response = await api.http.send({
    method: 'POST',
    path: `${api.path}/src`,
    body,
    expect: [200, 201, 409],
    doing,
    signal,
  });
  if (response.status === 409) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `Branch "${commit.branch}" of "${api.fullName}" is not at "${commit.expectedHead}" any more.`,
      { details: { status: 409, expectedHead: commit.expectedHead } },
    );
  }
  const sha = committed(response);
  if (sha !== undefined && sha !== commit.expectedHead) return info(api, sha);
  throw uncertain(
    new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `Bitbucket answered ${response.status} without the address of a new commit when asked to ${doing}.`,
    ),
  );
}

/** Reads the id of the new commit from `Location`: the body is empty. */
function committed(response: HttpResponse): string | undefined {
  const location = response.headers.get('location') ?? '';
  const sha = /\/commits?\/([0-9a-f]{7,64})(?:[/?#]|$)/.exec(location)?.[1];
  return sha !== undefined && isFullSha(sha) ? sha : undefined;
}

/** Looks whether the tip of the branch is the commit that was asked for: its parent, its message and its files. */
async function findLanded(
  api: RepositoryApi,
  wanted: { readonly commit: CreateCommit; readonly changes: readonly ResolvedChange[] },
  { signal }: RequestOptions,
): Promise<CommitInfo | undefined> {
  const { commit, changes } = wanted;
  const branch = await getBranch(api, commit.branch, { signal });
  if (branch === undefined || branch.sha === commit.expectedHead) return undefined;
  const tip = await sendForJson(api, commitSchema, {
    path: `/commit/${branch.sha}`,
    expect: [200],
    doing: `read commit "${branch.sha}" of "${api.fullName}"`,
    signal,
  });
  const parent = tip.parents[0]?.hash;
  if (tip.parents.length !== 1 || parent === undefined || !commit.expectedHead.startsWith(parent)) {
    return undefined;
  }
  if (tip.message.trim() !== commit.message.trim()) return undefined;
  const expected = { changes, at: branch.sha };
  return (await areInPlace(files(api), expected, { signal })) ? info(api, branch.sha) : undefined;
}

function info(api: RepositoryApi, sha: string): CommitInfo {
  return { sha, webUrl: `${api.webUrl}/commits/${sha}` };
}
