import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CommitFiles, CommitFilesByPush } from '../src/bitbucket-datacenter/options.ts';
import type { FileChange } from '../src/commit-types.ts';
import { ProviderError } from '../src/errors.ts';

/** True when there is a git program. The simulator serves Git by it, and the commits of many files are pushed by it. */
export const gitPresent = isPresent();

function isPresent(): boolean {
  try {
    execFileSync('git', ['--version']);
    return true;
  } catch {
    return false;
  }
}

const { PATH = '' } = process.env;
const author = { name: 'Deploy Bot', email: 'deploy@example.com' };

/** Makes commits as a program does that hands in `commitFiles`: fetch, commit without a work tree, push. Nobody but the server compares. */
export function pushWithGit(token: string): CommitFilesByPush {
  return async (commit) => {
    commit.signal?.throwIfAborted();
    const folder = await mkdtemp(join(tmpdir(), 'bowline-push-'));
    try {
      return await push(folder, commit, token);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function push(
  folder: string,
  commit: CommitFiles,
  token: string,
): Promise<{ readonly sha: string }> {
  const { cloneUrl, branch, expectedHead, message, changes, signal } = commit;
  const person = commit.author ?? author;
  const env = {
    PATH,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_DIR: folder,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'http.extraHeader',
    GIT_CONFIG_VALUE_0: `Authorization: Bearer ${token}`,
    GIT_AUTHOR_NAME: person.name,
    GIT_AUTHOR_EMAIL: person.email,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
  };
  const git = async (parameters: readonly string[], input?: Uint8Array): Promise<string> => {
    const running = promisify(execFile)('git', [...parameters], { env, signal });
    running.child.stdin?.on('error', () => undefined);
    running.child.stdin?.end(input);
    return (await running).stdout.trim();
  };
  await git(['init', '--quiet', '--bare', folder]);
  await git(['fetch', '--quiet', '--depth=1', cloneUrl, `refs/heads/${branch}`]);
  if ((await git(['rev-parse', 'FETCH_HEAD'])) !== expectedHead) throw moved(branch);
  await git(['read-tree', 'FETCH_HEAD']);
  for (const change of changes) await stage(git, change);
  const tree = await git(['write-tree']);
  const sha = await git(['commit-tree', tree, '-p', expectedHead], Buffer.from(message, 'utf8'));
  try {
    await git(['push', '--quiet', cloneUrl, `${sha}:refs/heads/${branch}`]);
  } catch (cause) {
    throw /rejected|fetch first|failed to (?:lock|update)|cannot lock/i.test(String(cause))
      ? moved(branch)
      : cause;
  }
  return { sha };
}

async function stage(
  git: (parameters: readonly string[], input?: Uint8Array) => Promise<string>,
  change: FileChange,
): Promise<void> {
  const { path } = change;
  if (change.type === 'delete') {
    const removal = `0 ${'0'.repeat(40)}\t${path}\0`;
    await git(['update-index', '-z', '--index-info'], Buffer.from(removal, 'utf8'));
    return;
  }
  const blob = await git(['hash-object', '-w', '--stdin'], change.content);
  const [current = '100644'] = (await git(['ls-files', '--stage', '--', path])).split(' ');
  const mode = change.mode ?? (current === '' ? '100644' : current);
  await git(['update-index', '--add', '--cacheinfo', `${mode},${blob},${path}`]);
}

function moved(branch: string): ProviderError {
  return new ProviderError('PROVIDER_CONFLICT', `Branch "${branch}" moved.`);
}
