import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { redact } from '@bowline/gitops-errors';
import { GitError } from './errors.ts';

/** Names how a remote is reached. */
export type RemoteProtocol = 'https' | 'http' | 'ssh' | 'file';

/** The parts of a remote's address, after every check. */
export interface RemoteUrl {
  readonly protocol: RemoteProtocol;
  /** Host name or address in lower case, IPv6 in brackets, without a port. Empty for `file`. */
  readonly host: string;
  /** `undefined` when it is the protocol's own (443, 80, 22). */
  readonly port: number | undefined;
  /** The SSH user. */
  readonly user: string | undefined;
  /** Path of the repository without a leading slash, such as `acme/shop.git`; an absolute path of this machine for `file`. */
  readonly path: string;
  /** The address in the form in which it is handed to Git. */
  readonly href: string;
}

/** Options of {@link parseRemoteUrl}. */
export interface ParseRemoteUrlOptions {
  /**
   * Takes `file://` addresses and absolute paths of this machine too.
   *
   * @default false
   */
  readonly allowFile?: boolean | undefined;
}

/** What {@link remoteUrl} builds an address from. */
export interface RemoteUrlParts {
  /** Host name, with a port if it is not the protocol's own, such as `git.example.com:8443`. Not for `file`. */
  readonly host?: string | undefined;
  /** Owner and name, such as `acme/shop` or, with GitLab subgroups, `acme/web/shop`; an absolute path for `file`. */
  readonly repository: string;
  /** @default 'https' */
  readonly protocol?: RemoteProtocol | undefined;
}

const MAX_LENGTH = 2048;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { https: 443, http: 80, ssh: 22 };

/**
 * Parses the address of a remote and refuses everything that Git, ssh or curl could take for something else.
 *
 * Knows `https://`, `http://`, `ssh://` and `user@host:path`. Refused are other transports (`ext::`, `fd::`, `git://`), options
 * (`-…`), user names and passwords in web addresses, hosts that are not plain ASCII names or addresses, dot segments, queries,
 * white space and control characters, escaped ones as well. Messages never repeat a refused address that may hold a password.
 *
 * @throws {@link GitError} `GIT_INVALID_REMOTE` with the rule that is broken.
 *
 * @example
 * ```ts
 * import { parseRemoteUrl } from '@bowline/gitops-git';
 *
 * console.log(parseRemoteUrl('git@bitbucket.org:acme/shop.git').host);
 * //=> bitbucket.org
 * ```
 */
export function parseRemoteUrl(text: string, options: ParseRemoteUrlOptions = {}): RemoteUrl {
  if (text === '') throw invalid('it is empty');
  if (text.length > MAX_LENGTH) throw invalid(`it is longer than ${MAX_LENGTH} characters`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text))
    throw invalid('it contains a control character');
  if (!text.isWellFormed()) throw invalid('it is not valid Unicode');
  if (text.startsWith('-')) throw invalid('it starts with "-"');
  if (/^[a-z0-9+.-]*::/i.test(text))
    throw invalid('remote helpers such as "ext::" are not allowed');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text);
  if (scheme?.[1] !== undefined) {
    const protocol = scheme[1].toLowerCase();
    const rest = text.slice(scheme[0].length);
    if (protocol === 'file') return parseFile(text, rest, options);
    if (protocol === 'https' || protocol === 'http' || protocol === 'ssh')
      return parseUrl(protocol, rest);
    throw invalid(`the protocol "${protocol}" is not allowed`);
  }
  if (isAbsolute(text) || /^[a-z]:[\\/]/i.test(text) || text.startsWith('\\'))
    return parsePath(text, options);
  return parseScp(text);
}

function parseUrl(protocol: 'https' | 'http' | 'ssh', rest: string): RemoteUrl {
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const rawPath = slash < 0 ? '' : rest.slice(slash + 1);
  // An `@` further on is looked at too: parsers disagree about where the authority ends (`\`, `?`, `#`).
  const at = authority.lastIndexOf('@');
  const userinfo = at < 0 ? undefined : authority.slice(0, at);
  if (userinfo !== undefined && (protocol !== 'ssh' || userinfo.includes(':'))) {
    throw invalid('it contains a user name or password; credentials belong in the configuration');
  }
  const user = userinfo === undefined ? undefined : checkUser(userinfo);
  const { host, port } = parseHost(authority.slice(at + 1), protocol);
  const path = checkUrlPath(rawPath.replace(/\/+$/, ''));
  const href = `${protocol}://${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}/${path}`;
  return { protocol, host, port, user, path, href };
}

function parseScp(text: string): RemoteUrl {
  const colon = text.startsWith('[') ? -1 : text.indexOf(':');
  if (colon < 0) {
    throw invalid('it is neither an address such as "https://host/path.git" nor "user@host:path"');
  }
  const before = text.slice(0, colon);
  const path = text.slice(colon + 1);
  if (before.includes('/') || /^[^/]*@[^/]*(?::|$)/.test(path)) {
    throw invalid('it is neither an address such as "https://host/path.git" nor "user@host:path"');
  }
  const at = before.lastIndexOf('@');
  const user = at < 0 ? undefined : checkUser(before.slice(0, at));
  const host = checkHostName(before.slice(at + 1));
  if (/^[0-9]{1,5}\//.test(path)) {
    throw invalid('a port needs the form "ssh://user@host:port/path"');
  }
  const absolute = path.startsWith('/');
  const repository = checkUrlPath(path.slice(absolute ? 1 : 0).replace(/\/+$/, ''));
  const prefix = user === undefined ? host : `${user}@${host}`;
  const href = `${prefix}:${absolute ? '/' : ''}${repository}`;
  return { protocol: 'ssh', host, port: undefined, user, path: repository, href };
}

function parseFile(text: string, rest: string, options: ParseRemoteUrlOptions): RemoteUrl {
  if (!rest.startsWith('/') && !rest.startsWith('localhost/')) {
    throw invalid('a "file" address must not name a host');
  }
  // The URL parser would resolve these without a word.
  if (/(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i.test(rest))
    throw invalid('its path contains "." or ".."');
  try {
    return parsePath(fileURLToPath(text), options);
  } catch (error) {
    if (error instanceof GitError) throw error;
    throw invalid('it is not a valid "file" address', error);
  }
}

function parsePath(path: string, options: ParseRemoteUrlOptions): RemoteUrl {
  if (options.allowFile !== true) throw invalid('files of this machine are not allowed here');
  if (!isAbsolute(path)) throw invalid('the path is not absolute');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) throw invalid('it contains a control character');
  if (path.split(/[\\/]/).includes('..')) throw invalid('its path contains ".."');
  return {
    protocol: 'file',
    host: '',
    port: undefined,
    user: undefined,
    path,
    href: pathToFileURL(path).href,
  };
}

function parseHost(text: string, protocol: string): Pick<RemoteUrl, 'host' | 'port'> {
  const match = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text);
  if (match?.[1] === undefined) throw invalid('its host is not valid');
  const host = match[1].startsWith('[') ? checkIpv6(match[1]) : checkHostName(match[1]);
  if (match[2] === undefined) return { host, port: undefined };
  const port = /^[1-9][0-9]{0,4}$/.test(match[2]) ? Number(match[2]) : 0;
  if (port < 1 || port > 65_535) throw invalid('its port is not a number from 1 to 65535');
  return { host, port: port === DEFAULT_PORTS[protocol] ? undefined : port };
}

function checkHostName(text: string): string {
  const host = text.toLowerCase();
  if (host === '') throw invalid('it has no host');
  if (host.startsWith('-')) throw invalid('its host starts with "-"');
  if (host.length > 253 || !/^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/.test(host)) {
    throw invalid('its host is not a plain host name (write other scripts in their "xn--" form)');
  }
  if (host.split('.').some((label) => label === '' || label.length > 63 || /^-|-$/.test(label))) {
    throw invalid('its host is not a valid host name');
  }
  // WHATWG URL calls these "ends in a number": curl reads 2130706433 and 0x7f.1 as 127.0.0.1.
  const last = host.slice(host.lastIndexOf('.') + 1);
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(last)) {
    const octets = host.split('.');
    const plain =
      octets.length === 4 &&
      octets.every((octet) => /^(?:0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255);
    if (!plain) throw invalid('its host is a number that is not a plain IPv4 address');
  }
  return host;
}

function checkIpv6(text: string): string {
  if (!/^\[[0-9a-f:.]{2,45}\]$/i.test(text)) throw invalid('its host is not a valid IPv6 address');
  try {
    return new URL(`http://${text}/`).hostname;
  } catch (error) {
    throw invalid('its host is not a valid IPv6 address', error);
  }
}

function checkUser(text: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(text)) {
    throw invalid('its user name is not letters, digits, "_", "." and "-"');
  }
  return text;
}

function checkUrlPath(path: string): string {
  if (path === '') throw invalid('it names no repository');
  if (/[?#]/.test(path)) throw invalid('it has a query or a fragment');
  if (!/^[A-Za-z0-9._~!$&'()*+,;=:@%/-]+$/.test(path)) {
    throw invalid('its path contains a character that must be percent-encoded');
  }
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (error) {
    throw invalid('its path has a broken percent-encoding', error);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(decoded)) throw invalid('its path hides a control character');
  const segments = decoded.split(/[\\/]/);
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw invalid('its path contains an empty, "." or ".." segment');
  }
  if (segments[0]?.startsWith('-')) throw invalid('its path starts with "-"');
  return path;
}

function invalid(reason: string, cause?: unknown): GitError {
  return new GitError('GIT_INVALID_REMOTE', `The address of the remote was refused: ${reason}.`, {
    ...(cause === undefined ? {} : { cause }),
    details: { reason },
  });
}

/**
 * Builds the address of a repository.
 *
 * Adds `.git` where it is missing. SSH addresses have the user `git`; with a port they take the `ssh://` form, otherwise
 * `git@host:path`.
 *
 * @throws {@link GitError} `GIT_INVALID_REMOTE`
 *
 * @example
 * ```ts
 * import { remoteUrl } from '@bowline/gitops-git';
 *
 * console.log(remoteUrl({ host: 'gitlab.com', repository: 'acme/web/shop', protocol: 'ssh' }));
 * //=> git@gitlab.com:acme/web/shop.git
 * ```
 */
export function remoteUrl(parts: RemoteUrlParts): string {
  const protocol = parts.protocol ?? 'https';
  if (protocol === 'file') return parseRemoteUrl(parts.repository, { allowFile: true }).href;
  if (parts.host === undefined) throw invalid('it has no host');
  if (/[/\\@?#\s]/.test(parts.host)) throw invalid('its host is not a plain host name');
  const trimmed = parts.repository.replace(/^\/+|\/+$/g, '');
  const path = /\.git$/.test(trimmed) ? trimmed : `${trimmed}.git`;
  // In the short form of ssh an owner of digits alone would look like a port.
  const long = /:[0-9]+$/.test(parts.host) || parts.host.startsWith('[') || /^[0-9]+\//.test(path);
  const address =
    protocol !== 'ssh'
      ? `${protocol}://${parts.host}/${path}`
      : long
        ? `ssh://git@${parts.host}/${path}`
        : `git@${parts.host}:${path}`;
  return parseRemoteUrl(address).href;
}

/** Tells whether a host of a {@link RemoteUrl} is this machine: `localhost`, `127.0.0.0/8` or `[::1]`. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.[0-9]+\.[0-9]+\.[0-9]+$/.test(host);
}

/** Takes the user name and password out of a web address, whatever else is in it. */
export function redactedAddress(address: string): string {
  return address.replace(/^((?:https?|ftps?):\/\/)[^/]*@/i, '$1');
}

/**
 * Takes a plain user name out of a web address that stands in a repository's configuration: Bitbucket's own clone addresses
 * have one. An address with a password or a token stays as it is, and is then refused: Git would show it in its arguments.
 */
export function withoutUserName(address: string): string {
  const match = /^(https?:\/\/)([A-Za-z0-9._-]{1,39})@/i.exec(address);
  if (match?.[1] === undefined || match[2] === undefined || redact(match[2]) !== match[2]) {
    return address;
  }
  return match[1] + address.slice(match[0].length);
}
