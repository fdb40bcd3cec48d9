import type { FetchOptions, PullOptions, PushOptions, UpdatedRef } from '../engine.ts';
import { GitError } from '../errors.ts';
import { gitFailure } from './failure.ts';
import {
  currentBranch,
  type LocalGit,
  personEnvironment,
  resolveCommit,
  trackingBranches,
} from './local-git.ts';
import { readPushReport, remoteWords } from './push-report.ts';
import { pushSettings } from './transport.ts';

const fetchArguments: readonly string[] = [
  'fetch',
  '--progress',
  '--no-auto-gc',
  '--no-recurse-submodules',
  '--upload-pack=git-upload-pack',
];

export async function fetchRemote(
  git: LocalGit,
  options: FetchOptions,
): Promise<readonly UpdatedRef[]> {
  const remote = options.remote ?? 'origin';
  const before = await trackingBranches(git, remote);
  await git.overTransport({ name: remote }, options, async (transport) => {
    const result = await transport.run({
      args: [
        ...fetchArguments,
        ...(options.depth === undefined ? [] : [`--depth=${options.depth}`]),
        ...(options.tags === undefined ? [] : [options.tags ? '--tags' : '--no-tags']),
        ...(options.prune === true ? ['--prune'] : []),
        '--',
        remote,
        ...(options.branch === undefined ? [] : [tracking(remote, options.branch)]),
      ],
      cwd: git.top,
    });
    if (result.code !== 0) throw transport.failure(`Fetching from "${remote}"`, result);
  });
  const after = await trackingBranches(git, remote);
  return [...after]
    .filter(([name, sha]) => before.get(name) !== sha)
    .map(([name, sha]) => ({ branch: name, before: before.get(name), after: sha }));
}

function tracking(remote: string, branch: string): string {
  return `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`;
}

export async function pullBranch(git: LocalGit, options: PullOptions): Promise<UpdatedRef> {
  if (git.bare) {
    throw new GitError(
      'GIT_NO_WORK_TREE',
      `The repository "${git.top}" has no work tree to pull into.`,
    );
  }
  const remote = options.remote ?? 'origin';
  const branch = options.branch ?? (await branchOrThrow(git));
  await fetchRemote(git, {
    credentials: options.credentials,
    ssh: options.ssh,
    onProgress: options.onProgress,
    signal: options.signal,
    timeoutMs: options.timeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    allowInsecureHttp: options.allowInsecureHttp,
    remote,
    branch,
  });
  const before = await resolveCommit(git, 'HEAD');
  const theirs = `refs/remotes/${remote}/${branch}`;
  const author = options.author ?? { name: '', email: '' };
  const merge = options.strategy === 'merge';
  const result = await git.inWorkTree(
    [
      'merge',
      '--quiet',
      '--no-gpg-sign',
      '--no-verify',
      '--no-stat',
      ...(merge
        ? ['--ff', '--no-edit', '-m', `Merge branch '${branch}' of ${remote}`]
        : ['--ff-only']),
      theirs,
    ],
    // An empty name makes git refuse a merge commit with "empty ident", but not a fast-forward, which needs none.
    { environment: personEnvironment(git, author, author) },
  );
  if (result.code !== 0)
    await explainMerge(git, { branch, stdout: result.stdout, stderr: result.stderr });
  const after = await resolveCommit(git, 'HEAD');
  return { branch, before, after: after ?? '' };
}

async function explainMerge(
  git: LocalGit,
  merge: { readonly branch: string; readonly stdout: Buffer; readonly stderr: string },
): Promise<never> {
  const list = await git.run(['diff', '--name-only', '--diff-filter=U', '-z']);
  const files = list.stdout
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== '');
  if (files.length > 0) {
    await git.inWorkTree(['merge', '--abort']);
    throw new GitError(
      'GIT_MERGE_CONFLICT',
      `Pulling "${merge.branch}" failed: ${files.length === 1 ? 'a file was' : `${files.length} files were`} changed on both sides.`,
      { details: { files: files.slice(0, 1000) } },
    );
  }
  throw gitFailure(
    `Pulling "${merge.branch}"`,
    `${merge.stderr}\n${merge.stdout.toString('utf8')}`,
  );
}

async function branchOrThrow(git: LocalGit): Promise<string> {
  const branch = await currentBranch(git);
  if (branch !== undefined) return branch;
  throw new GitError('GIT_REF_NOT_FOUND', 'No branch is checked out (HEAD is detached).', {
    hint: 'Name the branch, or check one out.',
  });
}

export async function pushBranch(git: LocalGit, options: PushOptions): Promise<UpdatedRef> {
  const remote = options.remote ?? 'origin';
  const branch = options.branch ?? (await branchOrThrow(git));
  const ref = `refs/heads/${branch}`;
  const after = await resolveCommit(git, ref);
  if (after === undefined) {
    throw new GitError('GIT_REF_NOT_FOUND', `There is no branch "${branch}" to push.`);
  }
  const known = (await trackingBranches(git, remote)).get(branch);
  return git.overTransport({ name: remote, push: true }, options, async (transport) => {
    const result = await transport.run({
      args: [
        ...pushSettings,
        'push',
        '--porcelain',
        '--progress',
        '--no-verify',
        '--receive-pack=git-receive-pack',
        '--recurse-submodules=no',
        ...(options.force === true ? [`--force-with-lease=${ref}:${known ?? ''}`] : []),
        '--',
        remote,
        `${ref}:${ref}`,
      ],
      cwd: git.top,
    });
    const report = result.stdout.toString('utf8');
    const outcome = readPushReport(report);
    if (outcome?.type === 'same') return { branch, before: after, after };
    if (outcome?.type === 'pushed' && result.code === 0) {
      return { branch, before: await formerTip(git, report), after };
    }
    if (outcome?.type === 'moved' || outcome?.type === 'refused') {
      const words = remoteWords(result.stderr);
      throw new GitError(
        'GIT_PUSH_REJECTED',
        `The push of "${branch}" to "${remote}" was refused (${outcome.reason})${words === '' ? '.' : `: ${words}`}`,
        { details: { reason: outcome.reason, server: words } },
      );
    }
    throw transport.failure(`Pushing "${branch}" to "${remote}"`, result);
  });
}

/** `git push --porcelain` names the former tip by a short id: `a1b2c3d..e4f5a6b`. */
async function formerTip(git: LocalGit, report: string): Promise<string | undefined> {
  const short = /\t([0-9a-f]{4,64})\.{2,3}[0-9a-f]{4,64}/.exec(report)?.[1];
  return short === undefined ? undefined : ((await resolveCommit(git, short)) ?? short);
}
