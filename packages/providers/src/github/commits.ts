import { checkCommit } from '../check-commit.ts';
import type { CommitInfo, Commits, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch, movedAway } from './branches.ts';
import { type FormerModes, readFormerModes } from './commit-base.ts';
import { writeObjects } from './commit-objects.ts';
import { commitInOneCall, findLanded, fitsOneCall } from './commit-one-call.ts';
import { compare, diff } from './comparison.ts';
import { NO_COMMIT, updateRef } from './refs.ts';

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
 * Writes many files in one commit.
 *
 * The mutation `createCommitOnBranch` does it in one request, but takes neither a mode nor an author, and what it makes of the
 * mode of a file that is there is not documented. So it is used where every file written is a regular one or new, and the modes
 * that are not known from a read are asked for first. Everything else is written as Git objects.
 */
async function createCommit(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions = {},
): Promise<CommitInfo> {
  checkCommit(commit);
  const modes = await readFormerModes(api, commit, options);
  const sha = fitsOneCall(commit, modes)
    ? await inOneCall(api, commit, options)
    : await byObjects(api, { commit, modes }, options);
  return { sha, webUrl: `${api.webUrl}/commit/${sha}` };
}

async function inOneCall(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<string> {
  for (let attempts = 1; ; attempts += 1) {
    const outcome = await commitInOneCall(api, commit, options);
    if (typeof outcome === 'string') return outcome;
    const lost = isUncertain(outcome);
    if (lost || attempts > 1) {
      // An earlier request may have been carried out; the expected head makes it safe to send it again, since it lands once at most.
      const landed = await findLanded(api, commit, options);
      if (landed !== undefined) return landed;
    }
    if (!lost || attempts === MAX_ATTEMPTS) throw await reasonOf(api, { commit, outcome }, options);
    await api.clock.sleep(1000 * attempts, options.signal);
  }
}

async function byObjects(
  api: RepositoryApi,
  { commit, modes }: { readonly commit: CreateCommit; readonly modes: FormerModes },
  options: RequestOptions,
): Promise<string> {
  const { branch, create, expectedHead } = commit;
  const after = await writeObjects(api, { commit, modes }, options);
  // A branch that stands at the expected head, with no commit of its own, counts as new.
  let before = create === true ? NO_COMMIT : expectedHead;
  let lost = false;
  for (let attempts = 1; ; attempts += 1) {
    const doing = `commit to branch "${branch}" of "${api.fullName}"`;
    const move = { name: `refs/heads/${branch}`, before, after, doing };
    const outcome = await updateRef(api, move, options);
    if (outcome === undefined) return after;
    lost ||= isUncertain(outcome);
    const now = await getBranch(api, branch, options);
    if (now?.sha === after) return after;
    const moved = now !== undefined && now.sha !== expectedHead;
    if (lost && moved && (await isBelow(api, { after, tip: now.sha }, options))) return after;
    const again = isUncertain(outcome) || (now?.sha === expectedHead && before === NO_COMMIT);
    if (!again || attempts === MAX_ATTEMPTS)
      throw await reasonOf(api, { commit, outcome }, options);
    if (now?.sha === expectedHead) before = expectedHead;
    if (isUncertain(outcome)) await api.clock.sleep(1000 * attempts, options.signal);
  }
}

/** Tells whether a commit is below another one, which was pushed on top of it. */
async function isBelow(
  api: RepositoryApi,
  { after, tip }: { readonly after: string; readonly tip: string },
  options: RequestOptions,
): Promise<boolean> {
  try {
    return (await compare(api, { base: after, head: tip }, options)).mergeBase === after;
  } catch (error) {
    // Histories that have nothing in common cannot be compared.
    if (error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND') return false;
    throw error;
  }
}

/** Tells why a commit was refused: the state of the branch says more than the words of GitHub, which are not documented. */
async function reasonOf(
  api: RepositoryApi,
  { commit, outcome }: { readonly commit: CreateCommit; readonly outcome: ProviderError },
  options: RequestOptions,
): Promise<ProviderError> {
  if (isUncertain(outcome)) return outcome;
  const { branch, create, expectedHead } = commit;
  const now = await getBranch(api, branch, options);
  if (now !== undefined && now.sha !== expectedHead) return movedAway(api, now, expectedHead);
  if (now === undefined && create !== true) {
    return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no branch "${branch}".`);
  }
  return outcome;
}
