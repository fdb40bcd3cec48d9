import type * as v from 'valibot';
import type { CommitInfo, CreateCommit, FileChange, FileMode } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, sendForJson } from '../http/json-api.ts';
import { type FormPart, multipartBody } from '../http/multipart.ts';
import { encodePath } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { noXsrfCheck, type RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { exceptionOf, refused } from './errors.ts';
import { readFileMode } from './file-mode.ts';
import { readRaw } from './files.ts';
import { commitSchema } from './schemas.ts';

type FileWrite = Extract<FileChange, { readonly type: 'write' }>;

interface PreparedWrite {
  readonly commit: CreateCommit;
  readonly write: FileWrite;
  /** True when the file is not there yet. */
  readonly added: boolean;
}

/**
 * Checks whether the API can make a commit, and returns what makes it, or the error that says why it takes a push.
 *
 * The API takes one file. What it does with an executable bit or a link is not documented, so that only regular files are written:
 * the mode is read before, in one request.
 */
export async function prepareFile(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<(() => Promise<CommitInfo>) | ProviderError> {
  const { changes, author, expectedHead, create } = commit;
  const [write] = changes;
  if (changes.length !== 1 || write === undefined) return wantsPush(api, 'of several files');
  if (write.type !== 'write') return wantsPush(api, 'that deletes a file');
  if (author !== undefined) return wantsPush(api, 'with an author of its own');
  const { path } = write;
  const [mode] = await Promise.all([
    readFileMode(api, { path, sha: expectedHead }, options),
    // A new branch begins at the expected head.
    create === true ? undefined : checkTip(api, commit, options),
  ]);
  const wanted = write.mode ?? (mode === 'absent' ? '100644' : mode);
  if (wanted !== '100644' || (mode !== 'absent' && mode !== '100644')) {
    return wantsPush(api, `of "${path}", which is or becomes ${nameOf(wanted ?? mode)}`);
  }
  const prepared = { commit, write, added: mode === 'absent' };
  return () => writeFile(api, prepared, options);
}

async function checkTip(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<void> {
  const tip = await getBranch(api, commit.branch, options);
  if (tip === undefined) {
    throw new ProviderError(
      'PROVIDER_NOT_FOUND',
      `"${api.fullName}" has no branch "${commit.branch}".`,
    );
  }
  if (tip.sha !== commit.expectedHead) throw moved(api, commit, tip.sha);
}

function nameOf(mode: FileMode | 'absent' | undefined): string {
  if (mode === '100755') return 'an executable file';
  if (mode === '120000') return 'a symbolic link';
  return 'a file of another or an unknown mode';
}

function wantsPush(api: RepositoryApi, what: string): ProviderError {
  return new ProviderError(
    'PROVIDER_REJECTED',
    `The API of Bitbucket Data Center cannot make a commit ${what} in "${api.fullName}".`,
    {
      hint: 'Such a commit is pushed with Git, which wants the name of the account beside its token: set BITBUCKET_DC_USER, or hand in the option `commitFiles` in a program of your own.',
    },
  );
}

/**
 * Writes one file as a commit.
 *
 * The call commits on whatever the tip is then, and refuses when the file differs from the one at the expected head. So the tip is
 * compared right before, and the answer says on what the commit stands. A push of other files in the round trip between the two lies
 * below the commit and is kept; it is reported as a conflict, with the commit in `details.landed`.
 */
async function writeFile(
  api: RepositoryApi,
  prepared: PreparedWrite,
  options: RequestOptions,
): Promise<CommitInfo> {
  const { branch, expectedHead } = prepared.commit;
  const request = {
    method: 'PUT' as const,
    path: `${api.path}/browse/${encodePath(prepared.write.path)}`,
    headers: noXsrfCheck,
    body: multipartBody(formOf(prepared)),
    expect: [200, 201, 409],
    doing: `commit to branch "${branch}" of "${api.fullName}"`,
    signal: options.signal,
  };
  let made: v.InferOutput<typeof commitSchema>;
  try {
    // May be repeated: after the first time the file is another one, so that a second commit is refused.
    const response = await api.http.send(request);
    if (response.status === 409) return await explainConflict(api, { prepared, response }, options);
    made = parseAnswer(api, commitSchema, { response, request });
  } catch (error) {
    if (!isLost(error)) throw error;
    const landed = await findLanded(api, prepared, options);
    if (landed === undefined) throw error;
    return landed;
  }
  const parent = made.parents[0]?.id;
  if (parent === expectedHead) return info(api, made.id);
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${branch}" of "${api.fullName}" moved from "${expectedHead}" while the commit "${made.id}" was made, which stands on "${parent ?? 'nothing'}" now.`,
    {
      hint: 'Nothing is lost: the other change does not touch the file of the commit. Run it again, and it finds the commit in place.',
      details: { expectedHead, landed: made.id, webUrl: info(api, made.id).webUrl },
    },
  );
}

/** Tells whether the commit may have been made although the call failed: no answer, or one that cannot be read. */
function isLost(error: unknown): error is ProviderError {
  if (!(error instanceof ProviderError) || error.code === 'PROVIDER_CONFLICT') return false;
  return error.retryable || error.code === 'PROVIDER_BAD_RESPONSE';
}

function formOf({ commit, write, added }: PreparedWrite): readonly FormPart[] {
  const field = (name: string, value: string) => ({ name, content: Buffer.from(value, 'utf8') });
  return [
    field('branch', commit.branch),
    field('message', commit.message),
    ...(added ? [] : [field('sourceCommitId', commit.expectedHead)]),
    { name: 'content', filename: 'content', content: write.content },
  ];
}

/** 409 stands for a file that changed, one that is there already, one that is the same already, and an archived repository. */
async function explainConflict(
  api: RepositoryApi,
  { prepared, response }: { readonly prepared: PreparedWrite; readonly response: HttpResponse },
  options: RequestOptions,
): Promise<CommitInfo> {
  const { commit, write } = prepared;
  const { branch, expectedHead } = commit;
  if (response.attempts > 1) {
    const landed = await findLanded(api, prepared, options);
    if (landed !== undefined) return landed;
  }
  const tip = await getBranch(api, branch, options);
  if (tip?.sha !== expectedHead) throw moved(api, commit, tip?.sha);
  const now = await readRaw(api, { path: write.path, sha: expectedHead }, options);
  // Nothing to commit is not a failure: the branch has what was asked for.
  if (now !== undefined && Buffer.compare(now, write.content) === 0) return info(api, expectedHead);
  const code = /OutOfDate|AlreadyExists/.test(exceptionOf(response) ?? '')
    ? 'PROVIDER_CONFLICT'
    : 'PROVIDER_REJECTED';
  throw refused(
    code,
    `"${write.path}" cannot be written to branch "${branch}" of "${api.fullName}"`,
    response,
  );
}

/** Looks whether the tip of the branch is the commit that was asked for: its parent, its message and its file. */
async function findLanded(
  api: RepositoryApi,
  { commit, write }: PreparedWrite,
  options: RequestOptions,
): Promise<CommitInfo | undefined> {
  const { branch, expectedHead, message } = commit;
  const tip = await getBranch(api, branch, options);
  if (tip === undefined || tip.sha === expectedHead) return undefined;
  const made = await sendForJson(api, commitSchema, {
    path: `/commits/${tip.sha}`,
    expect: [200],
    doing: `read commit "${tip.sha}" of "${api.fullName}"`,
    signal: options.signal,
  });
  if (made.parents.length !== 1 || made.parents[0]?.id !== expectedHead) return undefined;
  if (made.message?.trim() !== message.trim()) return undefined;
  const file = await readRaw(api, { path: write.path, sha: tip.sha }, options);
  const same = file !== undefined && Buffer.compare(file, write.content) === 0;
  return same ? info(api, tip.sha) : undefined;
}

function moved(
  api: RepositoryApi,
  { branch, expectedHead }: CreateCommit,
  now: string | undefined,
): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${branch}" of "${api.fullName}" is at "${now ?? 'no commit'}", not at "${expectedHead}".`,
    { details: { expectedHead } },
  );
}

function info(api: RepositoryApi, sha: string): CommitInfo {
  return { sha, webUrl: `${api.webUrl}/commits/${sha}` };
}
