import type { LocalBranch } from '../engine.ts';
import type { Person, RemoteOptions } from '../types.ts';
import type { GitProcessResult } from './git-process.ts';
import type { ObjectReader } from './object-reader.ts';
import type { Transport } from './transport.ts';

interface RunMore {
  readonly input?: Uint8Array | string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Git in one repository on disk. */
export interface LocalGit {
  /** Top of the work tree, or the bare repository. */
  readonly top: string;
  readonly bare: boolean;
  readonly gitFolder: string;
  readonly clock: () => number;
  run(args: readonly string[], more?: RunMore): Promise<GitProcessResult>;
  /** Runs a command that must succeed; returns its output. `what` says what it is for. */
  ok(what: string, args: readonly string[], more?: RunMore): Promise<string>;
  /** Runs a command on the work tree, with the repository's own filters and drivers switched off. */
  inWorkTree(args: readonly string[], more?: RunMore): Promise<GitProcessResult>;
  /** Opens the transport of a remote for the time of `work`. */
  overTransport<Result>(
    remote: { readonly name: string; readonly push?: boolean },
    options: RemoteOptions,
    work: (transport: Transport) => Promise<Result>,
  ): Promise<Result>;
  programsOff(): Promise<readonly string[]>;
  reader(): ObjectReader;
}

export async function resolveCommit(git: LocalGit, ref: string): Promise<string | undefined> {
  const result = await git.run([
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  ]);
  const sha = result.stdout.toString('utf8').trim();
  return result.code === 0 && sha !== '' ? sha : undefined;
}

/** The branch that is checked out; `undefined` when HEAD is detached. */
export async function currentBranch(git: LocalGit): Promise<string | undefined> {
  const result = await git.run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
  return result.code === 0 ? result.stdout.toString('utf8').trim() : undefined;
}

export async function listBranches(git: LocalGit): Promise<readonly LocalBranch[]> {
  const output = await git.ok('Listing the branches', [
    'for-each-ref',
    '--format=%(HEAD)%(objectname) %(refname:strip=2)',
    'refs/heads/',
  ]);
  return lines(output).map((line) => {
    const space = line.indexOf(' ', 1);
    return {
      name: line.slice(space + 1),
      sha: line.slice(1, space),
      current: line.startsWith('*'),
    };
  });
}

export async function listTags(
  git: LocalGit,
): Promise<readonly { readonly name: string; readonly sha: string }[]> {
  const output = await git.ok('Listing the tags', [
    'for-each-ref',
    '--format=%(objectname) %(*objectname) %(refname:strip=2)',
    'refs/tags/',
  ]);
  return lines(output).map((line) => {
    const [sha = '', peeled = '', ...name] = line.split(' ');
    return { name: name.join(' '), sha: peeled === '' ? sha : peeled };
  });
}

/** Ids of the remote-tracking branches by their short name. */
export async function trackingBranches(
  git: LocalGit,
  remote: string,
): Promise<Map<string, string>> {
  const prefix = `refs/remotes/${remote}/`;
  const output = await git.ok('Listing the remote branches', [
    'for-each-ref',
    '--format=%(objectname) %(refname)',
    prefix,
  ]);
  const found = new Map<string, string>();
  for (const line of lines(output)) {
    const space = line.indexOf(' ');
    const name = line.slice(space + 1 + prefix.length);
    if (name !== 'HEAD') found.set(name, line.slice(0, space));
  }
  return found;
}

export function personEnvironment(
  git: LocalGit,
  author: Person,
  committer: Person,
): Record<string, string> {
  const date = `@${Math.floor(git.clock() / 1000)} +0000`;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  };
}

export function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}
