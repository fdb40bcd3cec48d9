import { tmpdir } from 'node:os';
import { isGitOpsError } from '@bowline/gitops-errors';
import { inOrder } from './branch-queue.ts';
import { withDeadline } from './deadline.ts';
import { editBranchOnce } from './edit-branch.ts';
import type { EngineOptions, GitEngine, RemoteSession } from './engine.ts';
import { GitError } from './errors.ts';
import type { Git, OpenGitOptions } from './git.ts';
import { checkPerson } from './person.ts';
import { checkBranchName, checkRevision, isObjectId } from './ref-name.ts';
import { parseRemoteUrl, type RemoteUrl } from './remote-url.ts';
import { checkDepth, checkedRepository, checkLogLimit } from './repository.ts';
import { checkRepositoryPath } from './repository-path.ts';
import type { GitEngineName, RemoteOptions } from './types.ts';

const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';

/**
 * Opens Git: with the git program when there is one, otherwise with isomorphic-git, which needs nothing installed.
 *
 * Nothing is read or started before the first call. Neither the user's nor the machine's Git configuration is used, no hook
 * runs, and a credential goes only to the host that it was looked up for.
 *
 * @example
 * ```ts
 * import { openGit } from '@bowline/gitops-git';
 *
 * const git = openGit();
 * const result = await git.editBranch({
 *   remote: 'https://git.example.com/acme/deploy.git',
 *   branch: 'prod',
 *   author: { name: 'Release', email: 'release@example.com' },
 *   edit: async (tree) => {
 *     const file = await tree.read('VERSION');
 *     if (file !== undefined && Buffer.from(file).toString() === '2.1.0\n') return undefined;
 *     return {
 *       message: 'chore: release 2.1.0',
 *       changes: [{ type: 'write', path: 'VERSION', content: Buffer.from('2.1.0\n') }],
 *     };
 *   },
 * });
 * console.log(result.changed, result.sha);
 * ```
 */
export function openGit(options: OpenGitOptions = {}): Git {
  const environment = options.environment ?? { PATH: DEFAULT_PATH };
  const engineOptions: EngineOptions = {
    environment,
    temporaryDirectory: options.temporaryDirectory ?? environment['TMPDIR'] ?? tmpdir(),
    clock: options.clock ?? Date.now,
  };
  const engines = new EngineChoice(options, engineOptions);
  const parse = (remote: string): RemoteUrl =>
    parseRemoteUrl(remote, { allowFile: options.allowFile });

  const inSession = async <Result>(
    what: string,
    at: { readonly remote: string; readonly options: RemoteOptions },
    work: (session: RemoteSession, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> => {
    const url = parse(at.remote);
    return withDeadline(`${what} "${describe(url)}"`, at.options, async (signal) => {
      const engine = await engines.forRemote(url);
      const session = await engine.openRemote(url.href, { ...at.options, signal });
      try {
        return await work(session, signal);
      } finally {
        await session.close();
      }
    });
  };

  return {
    clone: async (remote, directory, cloneOptions = {}) => {
      const url = parse(remote);
      if (cloneOptions.ref !== undefined) checkRevision(cloneOptions.ref);
      checkDepth(cloneOptions.depth);
      const engine = await engines.forRemote(url);
      await engine.clone(url.href, directory, cloneOptions);
      return checkedRepository(await engine.open(directory), repositoryContext(engine, parse));
    },
    open: async (directory) => {
      const engine = await engines.forDisk();
      return checkedRepository(await engine.open(directory), repositoryContext(engine, parse));
    },
    listRemoteRefs: async (remote, listOptions = {}) => {
      const url = parse(remote);
      return (await engines.forRemote(url)).listRemoteRefs(url.href, listOptions);
    },
    editBranch: async (edit) => {
      const url = parse(edit.remote);
      checkBranchName(edit.branch);
      if (edit.from !== undefined) checkBranchName(edit.from);
      checkPerson(edit.author, 'author');
      if (edit.committer !== undefined) checkPerson(edit.committer, 'committer');
      checkAttempts(edit.attempts);
      const what = `Editing the branch "${edit.branch}" of "${describe(url)}"`;
      return withDeadline(what, edit, (signal) =>
        inOrder(`${url.href}\0${edit.branch}`, signal, async () =>
          editBranchOnce(
            await engines.forRemote(url),
            { ...edit, remote: url.href },
            { signal, clock: engineOptions.clock },
          ),
        ),
      );
    },
    readRemoteFile: async (remote, read) => {
      checkRevision(read.ref);
      checkRepositoryPath(read.path);
      return inSession('Reading a file of', { remote, options: read }, async (session) => {
        const sha = await findCommit(session, read.ref, { fetch: true });
        await session.fetch(sha, { ref: read.ref });
        const content = await session.tree(sha).read(read.path);
        return content === undefined ? undefined : { sha, content };
      });
    },
    remoteLog: async (remote, log) => {
      checkRevision(log.ref);
      checkLogLimit(log.limit);
      return inSession('Reading the log of', { remote, options: log }, async (session) => {
        const sha = await findCommit(session, log.ref, { fetch: false });
        // One more than is shown: the commit at the edge of a shallow history seems to have no parents.
        await session.fetch(sha, { ref: log.ref, depth: log.limit + 1 });
        return session.log(sha, { limit: log.limit });
      });
    },
    engineFor: async (remote) =>
      (remote === undefined ? await engines.forDisk() : await engines.forRemote(parse(remote)))
        .name,
  };
}

async function findCommit(
  session: RemoteSession,
  ref: string,
  options: { readonly fetch: boolean },
): Promise<string> {
  const sha = isObjectId(ref) ? ref : await session.resolve(ref, options);
  if (sha !== undefined) return sha;
  throw new GitError('GIT_REF_NOT_FOUND', `There is no branch or tag "${ref}".`, {
    details: { ref },
  });
}

function repositoryContext(engine: GitEngine, parse: (remote: string) => RemoteUrl) {
  return {
    engine,
    checkRemote: (address: string): RemoteUrl => {
      const url = parse(address);
      if (engine.name !== 'system' && needsProgram(url)) throw programNeeded(url);
      return url;
    },
  };
}

class EngineChoice {
  readonly #engine: 'auto' | GitEngineName;
  readonly #options: EngineOptions;
  readonly #made = new Map<GitEngineName, Promise<GitEngine>>();

  constructor(options: OpenGitOptions, engineOptions: EngineOptions) {
    this.#engine = options.engine ?? 'auto';
    this.#options = engineOptions;
  }

  async forRemote(url: RemoteUrl): Promise<GitEngine> {
    if (!needsProgram(url)) return this.forDisk();
    try {
      return await this.#make('system');
    } catch (error) {
      throw isMissing(error) ? programNeeded(url, error) : error;
    }
  }

  async forDisk(): Promise<GitEngine> {
    if (this.#engine !== 'auto') return this.#make(this.#engine);
    try {
      return await this.#make('system');
    } catch (error) {
      if (isMissing(error)) return this.#make('isomorphic');
      throw error;
    }
  }

  #make(name: GitEngineName): Promise<GitEngine> {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#load(name);
    this.#made.set(name, made);
    return made;
  }

  async #load(name: GitEngineName): Promise<GitEngine> {
    if (name === 'isomorphic') {
      const { isomorphicEngine } = await import('./isomorphic/index.ts');
      return isomorphicEngine({ clock: this.#options.clock });
    }
    const { systemEngine, systemGitVersion } = await import('./system/index.ts');
    await systemGitVersion(this.#options);
    return systemEngine(this.#options);
  }
}

function needsProgram(url: RemoteUrl): boolean {
  return url.protocol === 'ssh' || url.protocol === 'file';
}

function isMissing(error: unknown): boolean {
  return isGitOpsError(error) && error.code === 'GIT_EXECUTABLE_NOT_FOUND';
}

function programNeeded(url: RemoteUrl, cause?: unknown): GitError {
  return new GitError(
    'GIT_EXECUTABLE_NOT_FOUND',
    `The address "${describe(url)}" needs the git program, since isomorphic-git does not speak ${url.protocol}.`,
    cause === undefined ? {} : { cause },
  );
}

function describe(url: RemoteUrl): string {
  return url.protocol === 'file' ? url.path : `${url.host}/${url.path}`;
}

function checkAttempts(attempts: number | undefined): void {
  if (
    attempts !== undefined &&
    !(Number.isInteger(attempts) && attempts >= 1 && attempts <= 1000)
  ) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      `The number of attempts "${attempts}" is not a whole number from 1 to 1000.`,
    );
  }
}
