import { ServerError } from '../errors.ts';

/** What the server knows of the names by which it is reached. */
export interface KnownHosts {
  /** True when it listens on this machine alone. */
  readonly loopback: boolean;
  /** The address that people and forges use, when one is configured. */
  readonly publicUrl: string | undefined;
  /** Origins whose pages may ask, such as `https://console.example.com`. */
  readonly origins: readonly string[];
}

/** The headers by which a browser says where a request comes from. */
export interface BrowserHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

const loopbackName = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i;

/**
 * Refuses what a page of somebody else can make a browser send.
 *
 * On loopback the `Host` must be a name of this machine (or that of `publicUrl`): a name of an attacker that is made to point here
 * (DNS rebinding) would make his page one of the same origin. And where no token is needed, no page of another origin may ask at all.
 *
 * @throws ServerError `SERVER_HOST_REFUSED`, `SERVER_ORIGIN_REFUSED`
 */
export function checkBrowser(
  headers: BrowserHeaders,
  { hosts, needsToken }: { readonly hosts: KnownHosts; readonly needsToken: boolean },
): void {
  const host = headers.host ?? '';
  const known = hosts.publicUrl === undefined ? undefined : new URL(hosts.publicUrl).host;
  if (hosts.loopback && !loopbackName.test(host) && host.toLowerCase() !== known) {
    throw new ServerError(
      'SERVER_HOST_REFUSED',
      'The request names a host that is not this machine.',
    );
  }
  // A page cannot get at a token of another one, so where one is needed the browser's word is not.
  if (needsToken) return;
  const { origin, 'sec-fetch-site': site } = headers;
  const same = origin === undefined || isSameOrigin(origin, host);
  const foreign = !same && !hosts.origins.includes(origin ?? '');
  const crossSite = origin === undefined && (site === 'cross-site' || site === 'same-site');
  if (foreign || crossSite) {
    throw new ServerError(
      'SERVER_ORIGIN_REFUSED',
      'A page of another origin asks a server that needs no token.',
    );
  }
}

function isSameOrigin(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** Tells whether an address to listen on can be reached from this machine alone. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}
