import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { PullRequestAddress } from '../pull-request-types.ts';
import { repositoryName } from './names.ts';

/** Makes the address of a thing in a repository, such as `file:///srv/git/shop.git#pull/3`. */
export function webUrl(
  gitDirectory: string,
  fragment?: readonly [kind: 'pull' | 'branch' | 'commit', name: string],
): string {
  const url = pathToFileURL(gitDirectory);
  if (fragment !== undefined) {
    const name = fragment[1].split('/').map(encodeURIComponent).join('/');
    url.hash = `${fragment[0]}/${name}`;
  }
  return url.href;
}

/** Reads `file:///srv/git/acme/shop.git#pull/3` and the short `local:acme/shop#pull/3`; `undefined` for anything else. */
export function parseWebUrl(url: string, root: string): PullRequestAddress | undefined {
  const match = /^(file:\/\/[^#]+|local:[^#]+)#pull\/([1-9]\d{0,8})$/i.exec(url);
  if (match?.[1] === undefined) return undefined;
  const name = match[1].toLowerCase().startsWith('local:')
    ? decoded(match[1].slice('local:'.length))
    : nameBelow(match[1], root);
  if (name === undefined) return undefined;
  try {
    return { repository: repositoryName(name), id: Number(match[2]) };
  } catch (error) {
    if (isGitOpsError(error)) return undefined;
    throw error;
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // A broken escape: not an address of ours.
    return undefined;
  }
}

function nameBelow(url: string, root: string): string | undefined {
  let path: string;
  try {
    path = fileURLToPath(url);
  } catch {
    // Another host, or an escaped slash: not an address of ours.
    return undefined;
  }
  const below = relative(resolve(root), path);
  if (below === '' || below.startsWith('..') || isAbsolute(below)) return undefined;
  return below.split(sep).join('/');
}
