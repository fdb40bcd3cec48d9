import { checkMessage } from './edit-branch.ts';
import type { EngineRepository, GitEngine } from './engine.ts';
import { GitError } from './errors.ts';
import type { Repository } from './git.ts';
import { checkPerson } from './person.ts';
import { checkBranchName, checkRemoteName, checkRevision, checkTagName } from './ref-name.ts';
import { type RemoteUrl, redactedAddress, withoutUserName } from './remote-url.ts';
import { checkRepositoryPath } from './repository-path.ts';

const MAX_LOG = 10_000;

/** What a checked repository needs to know of its surroundings. */
export interface RepositoryContext {
  readonly engine: GitEngine;
  /** Parses the address of a remote, and refuses one that the engine cannot or must not reach. */
  checkRemote(address: string): RemoteUrl;
}

/** Puts the checks of every argument before an engine's repository. */
export function checkedRepository(inner: EngineRepository, context: RepositoryContext): Repository {
  const addressOf = async (name: string): Promise<string> => {
    const address = await inner.remoteUrl(checkRemoteName(name));
    if (address === undefined) {
      throw new GitError('GIT_REF_NOT_FOUND', `The repository has no remote "${name}".`, {
        hint: 'Add it with `git remote add`.',
      });
    }
    checkConfigured(name, address, context);
    return name;
  };
  return {
    directory: inner.directory,
    bare: inner.bare,
    engine: context.engine.name,
    fetch: async (options = {}) => {
      if (options.branch !== undefined) checkBranchName(options.branch);
      checkDepth(options.depth);
      const remote = await addressOf(options.remote ?? 'origin');
      return inner.fetch({ ...options, remote });
    },
    pull: async (options = {}) => {
      if (options.branch !== undefined) checkBranchName(options.branch);
      if (options.author !== undefined) checkPerson(options.author, 'author');
      const remote = await addressOf(options.remote ?? 'origin');
      return inner.pull({ ...options, remote });
    },
    push: async (options = {}) => {
      if (options.branch !== undefined) checkBranchName(options.branch);
      const remote = await addressOf(options.remote ?? 'origin');
      return inner.push({ ...options, remote });
    },
    status: () => inner.status(),
    add: async (paths) => {
      if (paths.length > 0) await inner.add(paths.map(checkAddPath));
    },
    commit: async (options) => {
      checkMessage(options.message);
      checkPerson(options.author, 'author');
      return inner.commit({
        ...options,
        ...(options.paths === undefined ? {} : { paths: options.paths.map(checkAddPath) }),
      });
    },
    branches: () => inner.branches(),
    createBranch: async (name, options = {}) => {
      if (options.start !== undefined) checkRevision(options.start);
      return inner.createBranch(checkBranchName(name), options.start);
    },
    deleteBranch: async (name, options = {}) =>
      inner.deleteBranch(checkBranchName(name), { force: options.force ?? false }),
    checkout: async (ref, options = {}) =>
      options.create === true
        ? inner.checkout(checkBranchName(ref), { create: true })
        : inner.checkout(checkRevision(ref), { create: false }),
    log: async (options = {}) => {
      if (options.ref !== undefined) checkRevision(options.ref);
      if (options.path !== undefined) checkRepositoryPath(options.path);
      if (options.limit !== undefined) checkLogLimit(options.limit);
      return inner.log(options);
    },
    diff: async (options = {}) => {
      if (options.from !== undefined) checkRevision(options.from);
      if (options.to !== undefined) checkRevision(options.to);
      options.paths?.forEach(checkRepositoryPath);
      return inner.diff(options);
    },
    tags: () => inner.tags(),
    createTag: async (name, options = {}) => {
      if (options.target !== undefined) checkRevision(options.target);
      if (options.tagger !== undefined) checkPerson(options.tagger, 'tagger');
      if (options.message !== undefined) checkMessage(options.message);
      await inner.createTag(checkTagName(name), {
        ...(options.target === undefined ? {} : { target: options.target }),
        ...(options.message === undefined ? {} : { message: options.message }),
        ...(options.tagger === undefined ? {} : { tagger: options.tagger }),
      });
    },
    resolve: async (ref) => inner.resolve(checkRevision(ref)),
    readFile: async (ref, path) => inner.readFile(checkRevision(ref), checkRepositoryPath(path)),
    remoteUrl: async (name = 'origin') => {
      const address = await inner.remoteUrl(checkRemoteName(name));
      // An old clone may have a password in it; what is handed out is printed sooner or later.
      return address === undefined ? undefined : redactedAddress(address);
    },
  };
}

function checkConfigured(name: string, address: string, context: RepositoryContext): void {
  try {
    context.checkRemote(withoutUserName(address));
  } catch (error) {
    if (redactedAddress(address) === address) throw error;
    throw new GitError(
      'GIT_INVALID_REMOTE',
      `The address of the remote "${name}" in the configuration of the repository contains a password or token.`,
      {
        cause: error,
        hint: `Take it out with \`git remote set-url ${name} ${redactedAddress(address)}\`, and change it: it was readable.`,
      },
    );
  }
}

function checkAddPath(path: string): string {
  return path === '.' ? path : checkRepositoryPath(path.replace(/^\.\/|\/$/g, ''));
}

/** @throws {@link GitError} `GIT_INVALID_ARGUMENT` when a depth is not a whole number above 0. */
export function checkDepth(depth: number | undefined): void {
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1 && depth <= 2 ** 31 - 1)) {
    throw new GitError('GIT_INVALID_ARGUMENT', `The depth "${depth}" is not a positive number.`);
  }
}

/** @throws {@link GitError} `GIT_INVALID_ARGUMENT` when a number of commits is not a whole number from 1 to 10,000. */
export function checkLogLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LOG) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      `The number of commits "${limit}" is not a whole number from 1 to ${MAX_LOG}.`,
    );
  }
}
