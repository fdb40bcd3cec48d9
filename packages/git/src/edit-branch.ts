import { setTimeout as delay } from 'node:timers/promises';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { GitEngine, RemoteSession } from './engine.ts';
import { GitError } from './errors.ts';
import type { EditBranchOptions, EditBranchResult } from './git.ts';
import { checkRepositoryPath } from './repository-path.ts';
import type { Signature, TreeEditResult } from './types.ts';

const DEFAULT_ATTEMPTS = 10;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

interface Landing {
  readonly tip: string | undefined;
  readonly base: string;
}

/** Runs the optimistic loop: read the tip, edit, commit, push if the tip is still the same, otherwise once more. */
export async function editBranchOnce(
  engine: GitEngine,
  options: EditBranchOptions,
  context: { readonly signal: AbortSignal; readonly clock: () => number },
): Promise<EditBranchResult> {
  const { signal } = context;
  const limit = options.attempts ?? DEFAULT_ATTEMPTS;
  const session = await engine.openRemote(options.remote, { ...options, signal });
  const tips = new Set<string | undefined>();
  try {
    for (let attempt = 1; ; attempt += 1) {
      const landing = await findBase(session, options);
      const result = await options.edit(session.tree(landing.base));
      signal.throwIfAborted();
      const sha = result && (await writeCommit(session, options, { landing, result, ...context }));
      if (sha === undefined) return { changed: false, sha: landing.base, attempts: attempt };
      const outcome = await push(session, { branch: options.branch, sha, expected: landing.tip });
      if (outcome === 'pushed') {
        return { changed: true, sha, before: landing.tip, attempts: attempt };
      }
      tips.add(landing.tip);
      if (attempt >= limit) {
        const stood = attempt > 1 && tips.size === 1;
        throw stood ? refused(options.branch, attempt) : moved(options.branch, attempt);
      }
      await delay(pause(attempt), undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }
  } finally {
    await session.close();
  }
}

async function findBase(session: RemoteSession, options: EditBranchOptions): Promise<Landing> {
  const { branch, from } = options;
  const ref = `refs/heads/${branch}`;
  const tip = await session.resolve(ref, { fetch: true });
  if (tip !== undefined) {
    await session.fetch(tip, { ref });
    return { tip, base: tip };
  }
  if (from === undefined) {
    throw new GitError('GIT_REF_NOT_FOUND', `There is no branch "${branch}" to edit.`, {
      details: { branch },
    });
  }
  const fromRef = `refs/heads/${from}`;
  const base = await session.resolve(fromRef, { fetch: true });
  if (base === undefined) {
    throw new GitError(
      'GIT_REF_NOT_FOUND',
      `There is neither a branch "${branch}" to edit nor a branch "${from}" to create it from.`,
      { details: { branch, from } },
    );
  }
  await session.fetch(base, { ref: fromRef });
  return { tip: undefined, base };
}

async function writeCommit(
  session: RemoteSession,
  options: EditBranchOptions,
  edit: {
    readonly landing: Landing;
    readonly result: TreeEditResult;
    readonly clock: () => number;
  },
): Promise<string | undefined> {
  const seen = new Set<string>();
  for (const { path } of edit.result.changes) {
    checkRepositoryPath(path);
    if (seen.has(path)) {
      throw new GitError(
        'GIT_INVALID_ARGUMENT',
        `The path "${path}" is changed twice in one edit.`,
      );
    }
    seen.add(path);
  }
  checkMessage(edit.result.message);
  if (edit.result.changes.length === 0) return undefined;
  const when = { timestamp: Math.floor(edit.clock() / 1000), timezoneOffset: 0 };
  const author: Signature = { ...options.author, ...when };
  return session.commit({
    parent: edit.landing.base,
    message: edit.result.message,
    changes: edit.result.changes,
    author,
    committer: options.committer === undefined ? author : { ...options.committer, ...when },
    sign: options.sign,
  });
}

async function push(
  session: RemoteSession,
  target: { readonly branch: string; readonly sha: string; readonly expected: string | undefined },
): Promise<'pushed' | 'rejected'> {
  const { branch, sha, expected } = target;
  try {
    return await session.push(sha, { branch, expected });
  } catch (error) {
    // A connection that broke after the server had taken the push: the branch itself knows what happened.
    const broken =
      isGitOpsError(error) &&
      (error.code === 'GIT_REMOTE_UNREACHABLE' || error.code === 'GIT_REMOTE_INVALID_ANSWER');
    if (broken && (await landed(session, branch, sha))) return 'pushed';
    throw error;
  }
}

async function landed(session: RemoteSession, branch: string, sha: string): Promise<boolean> {
  try {
    return (await session.resolve(`refs/heads/${branch}`)) === sha;
  } catch (error) {
    // The first failure is what the caller needs to hear; a second one of the same connection adds nothing.
    if (isGitOpsError(error)) return false;
    throw error;
  }
}

/** Full jitter: writers that collided once do not collide again in step. */
function pause(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));
}

function moved(branch: string, attempts: number): GitError {
  return new GitError(
    'GIT_BRANCH_MOVED',
    `The branch "${branch}" moved in each of ${attempts} attempts to commit on it.`,
    { details: { branch, attempts } },
  );
}

/** The server reports a race each time, and yet nobody moves the branch: such as a lock that a crash left there. */
function refused(branch: string, attempts: number): GitError {
  return new GitError(
    'GIT_PUSH_REJECTED',
    `The server refused ${attempts} pushes to "${branch}" as if it moved, but it did not.`,
    {
      hint: 'Look for a lock file of the branch in the repository on the server.',
      details: { branch, attempts },
    },
  );
}

/**
 * Checks the message of a commit or tag.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` when it is empty or contains NUL.
 */
export function checkMessage(message: string): string {
  if (message.trim() === '') {
    throw new GitError('GIT_INVALID_ARGUMENT', 'The message of a commit must not be empty.');
  }
  if (message.includes('\0') || !message.isWellFormed()) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      'The message of a commit must be valid Unicode without NUL.',
    );
  }
  return message;
}
