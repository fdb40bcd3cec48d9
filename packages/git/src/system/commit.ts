import type { CommitOptions, CommitSigner } from '../engine.ts';
import { GitError } from '../errors.ts';
import { parseCommit } from '../isomorphic/git-objects.ts';
import type { CommitInfo } from '../types.ts';
import { gitFailure } from './failure.ts';
import { type LocalGit, personEnvironment, resolveCommit } from './local-git.ts';

/** Commits the index, all tracked files, or some paths. */
export async function commitIndex(git: LocalGit, options: CommitOptions): Promise<CommitInfo> {
  const paths = options.paths ?? [];
  if (paths.length > 0) {
    const added = await git.inWorkTree(['add', '--all', '--', ...paths]);
    if (added.code !== 0) {
      throw gitFailure('Adding the paths to commit', added.stderr, 'GIT_INVALID_ARGUMENT');
    }
  }
  const result = await git.inWorkTree(
    [
      'commit',
      '--quiet',
      '--no-verify',
      '--no-gpg-sign',
      '--no-status',
      '--cleanup=whitespace',
      '--file=-',
      ...(options.signOff === true ? ['--signoff'] : []),
      ...(options.all === true ? ['--all'] : []),
      ...(paths.length > 0 ? ['--only', '--', ...paths] : []),
    ],
    {
      input: options.message,
      environment: personEnvironment(git, options.author, options.author),
    },
  );
  if (result.code !== 0) {
    const said = `${result.stdout.toString('utf8')}\n${result.stderr}`;
    if (
      /nothing to commit|nothing added to commit|no changes added/i.test(said) ||
      said.trim() === ''
    ) {
      throw new GitError('GIT_NOTHING_TO_COMMIT', 'There is no change to commit.');
    }
    if (/unmerged files|merge conflict|partial commit during a merge/i.test(said)) {
      throw new GitError('GIT_MERGE_CONFLICT', 'A merge with conflicts is not finished.');
    }
    throw gitFailure('Committing', result.stderr);
  }
  const head = await resolveCommit(git, 'HEAD');
  if (head === undefined) throw new GitError('GIT_COMMAND_FAILED', 'The new commit was not found.');
  const data = await readCommitBytes(git, head);
  if (options.sign === undefined) return parseCommit(head, data);
  return signCommit(git, { id: head, data, sign: options.sign });
}

async function readCommitBytes(git: LocalGit, id: string): Promise<Buffer> {
  const result = await git.run(['cat-file', 'commit', id]);
  if (result.code !== 0) throw gitFailure('Reading the new commit', result.stderr);
  return result.stdout;
}

/** Puts the signature into the commit that was just made: the header `gpgsig`, over the bytes without it. */
async function signCommit(
  git: LocalGit,
  commit: { readonly id: string; readonly data: Buffer; readonly sign: CommitSigner },
): Promise<CommitInfo> {
  const armoured = (await commit.sign(commit.data)).replace(/\n+$/, '').replaceAll('\n', '\n ');
  const end = commit.data.indexOf('\n\n');
  const signed = Buffer.concat([
    commit.data.subarray(0, end + 1),
    Buffer.from(`gpgsig ${armoured}\n`, 'utf8'),
    commit.data.subarray(end + 1),
  ]);
  const id = (
    await git.ok('Writing the signed commit', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      input: signed,
    })
  ).trim();
  // With the old value, so that a commit that somebody made in between is not lost.
  await git.ok('Moving the branch to the signed commit', [
    'update-ref',
    '-m',
    'commit: sign',
    'HEAD',
    id,
    commit.id,
  ]);
  return parseCommit(id, signed);
}
