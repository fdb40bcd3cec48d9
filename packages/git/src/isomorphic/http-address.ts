import { GitError } from '../errors.ts';

/** Where a repository is reached over HTTP. */
export interface HttpAddress {
  readonly protocol: 'https' | 'http';
  /** With the port if it is not the protocol's own. */
  readonly host: string;
  /** Without a leading and a trailing slash. */
  readonly path: string;
  /** Protocol, host and path, without a trailing slash; safe to show. */
  readonly href: string;
  /** True for this machine itself: `localhost`, `127.0.0.0/8`, `::1`. */
  readonly loopback: boolean;
}

/**
 * Reads an HTTP address and refuses everything else.
 *
 * isomorphic-git would take `git@host:a/b` for a path on port 80 of this machine, so nothing but what `URL` reads as
 * http or https gets further than here.
 *
 * @throws {@link GitError} `GIT_EXECUTABLE_NOT_FOUND` for SSH, `GIT_INVALID_REMOTE` for anything else that is not HTTP.
 */
export function httpAddress(remote: string): HttpAddress {
  if (/^ssh:\/\//i.test(remote) || /^[^/@:\s]+@[^/@:\s]+:/.test(remote))
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      'Reaching an SSH remote needs the git program, which the isomorphic engine does not use.',
    );
  // URL would quietly drop tabs and line breaks, and turn backslashes into slashes.
  const wellFormed = /^https?:\/\/[^\s\\]+$/i.test(remote) && !hasControls(remote);
  if (!wellFormed || !URL.canParse(remote)) throw invalid('it is not an http or https address');
  const url = new URL(remote);
  if (url.username !== '' || url.password !== '') throw invalid('it carries a credential');
  if (url.search !== '' || url.hash !== '') throw invalid('it has a query or a fragment');
  const path = url.pathname.replace(/^\/+|\/+$/g, '');
  if (path === '') throw invalid('it names no repository');
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  return {
    protocol,
    host: url.host,
    path,
    href: `${protocol}://${url.host}/${path}`,
    loopback: isLoopback(url.hostname),
  };
}

function invalid(reason: string): GitError {
  // The address itself may hold a credential in a form that nothing recognizes, so it is not repeated.
  return new GitError('GIT_INVALID_REMOTE', `The address of the remote cannot be used: ${reason}.`);
}

function hasControls(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
