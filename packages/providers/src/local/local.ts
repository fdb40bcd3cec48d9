import { realpathSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository } from '../repository-types.ts';
import type { Person } from '../vocabulary.ts';
import { branches } from './branches.ts';
import { commits } from './commits.ts';
import { files } from './files.ts';
import { GitDirectories, type GitDirectory } from './git-directory.ts';
import { mergeStrategies } from './merge-pull-request.ts';
import { checkPerson, invalid, repositoryName } from './names.ts';
import { isAbsent } from './object-store.ts';
import { pullRequests } from './pull-requests.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { parseWebUrl, webUrl } from './web-url.ts';

/** Options of {@link local}. */
export interface LocalOptions {
  /** The folder below which the repositories are, such as `/srv/git`. An absolute path. */
  readonly root: string;
  /** Who opens, approves and comments, and the author of commits that name none. @default Bowline <bowline@localhost> */
  readonly author?: Person | undefined;
  /** @default `author` */
  readonly committer?: Person | undefined;
  /** Tells the time. @default the clock of the system */
  readonly clock?: (() => Date) | undefined;
  /** Milliseconds that the lock of another process is waited for. @default 10_000 */
  readonly lockTimeoutMs?: number | undefined;
}

const defaultAuthor: Person = { name: 'Bowline', email: 'bowline@localhost' };

/**
 * Makes a provider for bare Git repositories on disk. No account, no network and no `git` program is needed.
 *
 * The repository `acme/shop` is the folder `acme/shop.git` or `acme/shop` below the root. Pull requests and statuses live in
 * the repository itself, below `refs/bowline/`: `git fetch origin 'refs/bowline/*:refs/bowline/*'` carries them. Git and other
 * processes may work on the repository at the same time; every ref is changed by compare-and-swap under Git's own locks.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the root is not an absolute path, or a person cannot be written.
 *
 * @example
 * ```ts
 * import { createLocalRepository, local } from '@bowline/gitops-providers/local';
 *
 * export async function demo(root: string): Promise<string> {
 *   await createLocalRepository({ root, name: 'shop', branches: { main: { 'app.yaml': 'image: web:1\n' } } });
 *   const shop = local({ root }).repository('shop');
 *   const head = await shop.branches.get('main');
 *   await shop.commits.create({
 *     branch: 'web-2',
 *     create: true,
 *     expectedHead: head?.sha ?? '',
 *     message: 'chore: update image to web:2',
 *     changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
 *   });
 *   const pull = await shop.pullRequests.create({ title: 'web:2', source: 'web-2', destination: 'main' });
 *   const merged = await shop.pullRequests.merge(pull.id, { strategy: 'squash' });
 *   return merged.mergeCommit ?? '';
 * }
 * ```
 */
export function local(options: LocalOptions): Provider {
  const author = checkPerson(options.author ?? defaultAuthor);
  const root = checkRoot(options.root);
  const directories = new GitDirectories({
    root,
    author,
    committer: options.committer === undefined ? author : checkPerson(options.committer),
    clock: options.clock ?? (() => new Date()),
    lockTimeoutMs: options.lockTimeoutMs ?? 10_000,
  });
  return {
    kind: 'local',
    host: 'local',
    mergeStrategies,
    repository: (fullName) => repository(directories, repositoryName(fullName)),
    parsePullRequestUrl: (url) => parseWebUrl(url, realRoot(root)) ?? parseWebUrl(url, root),
  };
}

/** Checks that a root is absolute, since a package does not know which folder a relative one is relative to. */
export function checkRoot(root: string): string {
  if (root === '' || root.includes('\0') || !isAbsolute(root)) {
    throw invalid(`the root folder "${root}" is not an absolute path`);
  }
  return resolve(root);
}

function realRoot(root: string): string {
  try {
    return realpathSync.native(root);
  } catch (error) {
    if (isAbsent(error)) return root;
    throw error;
  }
}

function repository(directories: GitDirectories, fullName: string): ProviderRepository {
  const open = (): GitDirectory => directories.require(fullName);
  return {
    fullName,
    get: async (options = {}) => {
      options.signal?.throwIfAborted();
      const directory = directories.find(fullName);
      if (directory === undefined) return undefined;
      const defaultBranch = directory.refs.defaultBranch();
      const exists =
        defaultBranch !== undefined &&
        directory.refs.resolve(`refs/heads/${defaultBranch}`) !== undefined;
      return {
        fullName,
        defaultBranch: exists ? defaultBranch : undefined,
        private: true,
        webUrl: webUrl(directory.path),
        cloneUrl: directory.path,
      };
    },
    branches: branches(open),
    files: files(open),
    commits: commits(open),
    pullRequests: pullRequests(open),
    statuses: statuses(open),
    tags: tags(open),
  };
}
