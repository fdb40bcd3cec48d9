import { stat } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import { withDeadline } from '../deadline.ts';
import type { EngineRepository } from '../engine.ts';
import { GitError } from '../errors.ts';
import { withoutUserName } from '../remote-url.ts';
import { commitIndex } from './commit.ts';
import { hardenedEnvironment, hardenedSettings, settingArguments } from './environment.ts';
import { gitFailure } from './failure.ts';
import { type GitProcessResult, runGitProcess } from './git-process.ts';
import { checkHttpSettings } from './http-settings.ts';
import {
  type LocalGit,
  listBranches,
  listTags,
  personEnvironment,
  resolveCommit,
} from './local-git.ts';
import { logArguments, parseLog } from './log-format.ts';
import { ObjectReader } from './object-reader.ts';
import { parseStatus, statusArguments } from './status-format.ts';
import { fetchRemote, pullBranch, pushBranch } from './synchronize.ts';
import { openTransport, type TransportContext } from './transport.ts';
import { programsOff } from './work-tree-settings.ts';

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Opens the repository at a folder or above it. */
export async function openRepository(
  directory: string,
  context: TransportContext,
): Promise<EngineRepository> {
  if (!(await isFolder(directory))) {
    throw new GitError('GIT_NOT_A_REPOSITORY', `There is no folder "${directory}".`);
  }
  const environment = hardenedEnvironment(context.engine.environment);
  const settings = settingArguments(hardenedSettings);
  const found = await runGitProcess({
    args: [...settings, 'rev-parse', '--absolute-git-dir', '--is-bare-repository', '--show-cdup'],
    environment,
    cwd: directory,
  });
  if (found.code !== 0) {
    throw gitFailure(
      `Opening the repository at "${directory}"`,
      found.stderr,
      'GIT_NOT_A_REPOSITORY',
    );
  }
  const [gitFolder = '', isBare, up = ''] = found.stdout.toString('utf8').split('\n');
  const bare = isBare === 'true';
  const top = bare ? gitFolder : resolvePath(directory, up);
  return systemRepository(localGit({ top, bare, gitFolder }, context));
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    )
      return false;
    throw error;
  }
}

function localGit(
  at: { readonly top: string; readonly bare: boolean; readonly gitFolder: string },
  context: TransportContext,
): LocalGit {
  const settings = settingArguments(hardenedSettings);
  const environment = hardenedEnvironment(context.engine.environment);
  const raw = (
    args: readonly string[],
    more: Parameters<LocalGit['run']>[1] = {},
  ): Promise<GitProcessResult> =>
    runGitProcess({
      args: [...settings, ...args],
      environment: { ...environment, ...more.environment },
      cwd: at.top,
      ...(more.input === undefined ? {} : { input: more.input }),
    });
  const git: LocalGit = {
    ...at,
    clock: context.engine.clock,
    run: raw,
    ok: async (what, args, more) => {
      const result = await raw(args, more);
      if (result.code !== 0) throw gitFailure(what, result.stderr);
      return result.stdout.toString('utf8');
    },
    inWorkTree: async (args, more) => {
      if (at.bare) {
        throw new GitError('GIT_NO_WORK_TREE', `The repository "${at.top}" has no work tree.`);
      }
      return raw([...(await programsOff(at.gitFolder, raw)), ...args], more);
    },
    overTransport: (remote, options, work) =>
      withDeadline(`Git with the remote "${remote.name}"`, options, async (signal) => {
        const transport = await openTransport(
          withoutUserName(await addressOf(git, remote)),
          { ...options, signal },
          context,
        );
        try {
          if (options.credentials !== undefined) {
            await checkHttpSettings({ gitFolder: at.gitFolder, url: transport.url }, raw);
          }
          return await work(transport);
        } finally {
          await transport.close();
        }
      }),
    programsOff: () => programsOff(at.gitFolder, raw),
    reader: () => new ObjectReader({ directory: at.top, environment, settings }),
  };
  return git;
}

async function addressOf(
  git: LocalGit,
  remote: { readonly name: string; readonly push?: boolean },
): Promise<string> {
  const address = await remoteAddress(git, remote);
  if (address === undefined) {
    throw new GitError('GIT_REF_NOT_FOUND', `The repository has no remote "${remote.name}".`);
  }
  return address;
}

async function remoteAddress(
  git: LocalGit,
  remote: { readonly name: string; readonly push?: boolean },
): Promise<string | undefined> {
  const push = remote.push === true ? ['--push'] : [];
  const result = await git.run(['remote', 'get-url', ...push, '--', remote.name]);
  return result.code === 0 ? result.stdout.toString('utf8').split('\n')[0] : undefined;
}

function systemRepository(git: LocalGit): EngineRepository {
  const failed = (what: string, result: GitProcessResult): GitError =>
    gitFailure(what, result.stderr);
  return {
    directory: git.top,
    bare: git.bare,
    fetch: (options) => fetchRemote(git, options),
    pull: (options) => pullBranch(git, options),
    push: (options) => pushBranch(git, options),
    status: async () => {
      const result = await git.inWorkTree(statusArguments);
      if (result.code !== 0) throw failed('Reading the status', result);
      return parseStatus(result.stdout.toString('utf8'));
    },
    add: async (paths) => {
      const result = await git.inWorkTree(['add', '--all', '--', ...paths]);
      if (result.code !== 0) throw addFailure(result);
    },
    commit: (options) => commitIndex(git, options),
    branches: () => listBranches(git),
    createBranch: async (name, start) => {
      await git.ok(`Creating the branch "${name}"`, [
        'branch',
        '--no-track',
        name,
        start ?? 'HEAD',
      ]);
      const sha = await resolveCommit(git, `refs/heads/${name}`);
      return { name, sha: sha ?? '', current: false };
    },
    deleteBranch: async (name, { force }) => {
      const result = await git.run(['branch', force ? '-D' : '-d', '--', name]);
      if (result.code === 0) return;
      const kept = /not fully merged|checked out at|used by worktree/i.test(result.stderr);
      if (/branch '.*' not found/i.test(result.stderr)) {
        throw new GitError('GIT_REF_NOT_FOUND', `There is no branch "${name}".`);
      }
      throw gitFailure(
        `Deleting the branch "${name}"`,
        result.stderr,
        kept ? 'GIT_INVALID_ARGUMENT' : undefined,
      );
    },
    checkout: async (ref, { create }) => {
      const result = await git.inWorkTree([
        'checkout',
        '--quiet',
        '--no-recurse-submodules',
        ...(create ? ['-b', ref] : [ref, '--']),
      ]);
      if (result.code !== 0) throw failed(`Checking out "${ref}"`, result);
    },
    log: async (options) => {
      const result = await git.run([
        ...logArguments,
        `--max-count=${options.limit ?? 10}`,
        '--end-of-options',
        options.ref ?? 'HEAD',
        '--',
        ...(options.path === undefined ? [] : [options.path]),
      ]);
      if (result.code === 0) return parseLog(result.stdout);
      if (options.ref === undefined && (await resolveCommit(git, 'HEAD')) === undefined) return [];
      throw failed('Reading the log', result);
    },
    diff: async (options) => {
      const from =
        options.from ?? ((await resolveCommit(git, 'HEAD')) === undefined ? EMPTY_TREE : 'HEAD');
      const args = [
        'diff',
        '--no-ext-diff',
        '--no-textconv',
        // Both engines show a renamed file as one that was deleted and one that was added.
        '--no-renames',
        '--no-color',
        '--src-prefix=a/',
        '--dst-prefix=b/',
        '--end-of-options',
        from,
        ...(options.to === undefined ? [] : [options.to]),
        '--',
        ...(options.paths ?? []),
      ];
      const result = options.to === undefined ? await git.inWorkTree(args) : await git.run(args);
      if (result.code !== 0) throw failed('Comparing', result);
      return result.stdout.toString('utf8');
    },
    tags: () => listTags(git),
    createTag: async (name, { target, message, tagger }) => {
      if (message !== undefined && tagger === undefined) {
        throw new GitError(
          'GIT_IDENTITY_MISSING',
          `The tag "${name}" has a message and no tagger.`,
        );
      }
      await git.ok(
        `Creating the tag "${name}"`,
        [
          'tag',
          '--no-sign',
          ...(message === undefined ? [] : ['-a', '-F', '-']),
          name,
          target ?? 'HEAD',
        ],
        {
          input: message ?? '',
          ...(tagger === undefined ? {} : { environment: personEnvironment(git, tagger, tagger) }),
        },
      );
    },
    resolve: (ref) => resolveCommit(git, ref),
    readFile: async (ref, path) => {
      const reader = git.reader();
      try {
        const object = await reader.read(`${ref}:${path}`);
        if (object?.type === 'blob') return object.data;
      } finally {
        await reader.close();
      }
      if ((await resolveCommit(git, ref)) === undefined) {
        throw new GitError('GIT_REF_NOT_FOUND', `There is no branch, tag or commit "${ref}".`);
      }
      return undefined;
    },
    remoteUrl: (name) => remoteAddress(git, { name }),
  };
}

function addFailure(result: GitProcessResult): GitError {
  const unknown = /pathspec|is outside repository|ignored by one of/i.test(result.stderr);
  if (!unknown) return gitFailure('Adding files', result.stderr);
  return new GitError(
    'GIT_INVALID_ARGUMENT',
    `Adding files failed: ${result.stderr.split('\n')[0]?.replace(/^fatal: /, '') ?? ''}.`,
  );
}
