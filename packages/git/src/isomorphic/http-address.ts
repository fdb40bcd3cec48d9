import { GitError } from '../errors.ts';
import { isLoopbackHost, parseRemoteUrl } from '../remote-url.ts';

/** Where a repository is reached over HTTP. */
export interface HttpAddress {
  readonly protocol: 'https' | 'http';
  /** With the port if it is not the protocol's own. */
  readonly host: string;
  /** Without a leading slash. */
  readonly path: string;
  /** The whole address; it carries no credential. */
  readonly href: string;
  /** True for this machine itself. */
  readonly loopback: boolean;
}

/**
 * Reads an HTTP address and refuses everything else.
 *
 * isomorphic-git would take `git@host:a/b` for a path on port 80 of this machine, so nothing but http and https gets further
 * than here.
 *
 * @throws {@link GitError} `GIT_INVALID_REMOTE`, `GIT_EXECUTABLE_NOT_FOUND` for SSH and files.
 */
export function httpAddress(remote: string): HttpAddress {
  const url = parseRemoteUrl(remote, { allowFile: true });
  if (url.protocol === 'ssh' || url.protocol === 'file')
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      `The isomorphic engine does not speak ${url.protocol}, which needs the git program.`,
    );
  return {
    protocol: url.protocol,
    host: url.port === undefined ? url.host : `${url.host}:${url.port}`,
    path: url.path,
    href: url.href.replace(/\/+$/, ''),
    loopback: isLoopbackHost(url.host),
  };
}
