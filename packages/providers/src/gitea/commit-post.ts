import { areInPlace } from '../changes-in-place.ts';
import type { CommitInfo, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch, leanCommit } from './branches.ts';
import type { GuardedChange } from './commit-changes.ts';
import { files } from './files.ts';
import { commitSchema, madeCommitSchema } from './schemas.ts';

/** A commit, its changes, and the branch that it is made from: its own, or the one that a new branch leaves. */
export interface PreparedCommit {
  readonly commit: CreateCommit;
  readonly changes: readonly GuardedChange[];
  readonly from: string;
}

/** A commit that was made, and what it stands on. */
export interface LandedCommit {
  readonly made: CommitInfo;
  readonly parent: string | undefined;
}

/** What came of asking for a commit: the commit, or a refusal that says "not as things are". */
export type CommitAnswer =
  | LandedCommit
  | { readonly made: undefined; readonly refusal: HttpResponse };

/** Asks for a commit of many files, once. */
export async function postCommit(
  api: RepositoryApi,
  { commit, changes, from }: PreparedCommit,
  { signal }: RequestOptions,
): Promise<CommitAnswer> {
  const { branch, message, author } = commit;
  const request = {
    method: 'POST' as const,
    path: '/contents',
    json: {
      branch: from,
      ...(from === branch ? {} : { new_branch: branch }),
      message,
      files: changes,
      ...(author === undefined ? {} : { author }),
    },
    // A blob that is another one, a file or branch that is there already or not any more.
    expect: [201, 404, 409, 422],
    doing: `commit to branch "${branch}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status !== 201) return { made: undefined, refusal: response };
  const answer = parseAnswer(api, madeCommitSchema, { response, request });
  const { sha, parents } = answer.commit;
  return { made: info(api, sha), parent: parents[0]?.sha };
}

/**
 * Looks whether the tip of the branch is the commit that was asked for: its message and its files. What it stands on is for the caller
 * to judge, as with an answer that was not lost.
 */
export async function findLanded(
  api: RepositoryApi,
  commit: CreateCommit,
  { signal }: RequestOptions,
): Promise<LandedCommit | undefined> {
  const branch = await getBranch(api, commit.branch, { signal });
  if (branch === undefined || branch.sha === commit.expectedHead) return undefined;
  const tip = await sendForJson(api, commitSchema, {
    path: `/git/commits/${branch.sha}`,
    query: leanCommit,
    expect: [200],
    doing: `read commit "${branch.sha}" of "${api.fullName}"`,
    signal,
  });
  const [parent, ...more] = tip.parents;
  if (more.length > 0) return undefined;
  // A server that signs may add trailers.
  const said = `${tip.commit?.message?.trim()}\n`;
  if (!said.startsWith(`${commit.message.trim()}\n`)) return undefined;
  const expected = { changes: commit.changes, at: branch.sha };
  return (await areInPlace(files(api), expected, { signal }))
    ? { made: info(api, branch.sha), parent: parent?.sha }
    : undefined;
}

/** Makes the error of a branch that is not where it was expected. */
export function moved(api: RepositoryApi, commit: CreateCommit): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${commit.branch}" of "${api.fullName}" is not at "${commit.expectedHead}" any more.`,
    { details: { expectedHead: commit.expectedHead } },
  );
}

function info(api: RepositoryApi, sha: string): CommitInfo {
  return { sha, webUrl: `${api.webUrl}/commit/${sha}` };
}
