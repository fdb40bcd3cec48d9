import type { IncomingMessage } from 'node:http';
import { invalidMember } from '../errors.ts';

/**
 * Gives the path and query of a request that names its target as a whole address, as requests to proxies do.
 *
 * The host of such an address counts, and the one of the header does not (RFC 9112 §3.2.2).
 */
export function originForm(request: Pick<IncomingMessage, 'url' | 'headers'>): string {
  const { url = '/', headers } = request;
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return url;
  const { host, pathname, search } = new URL(url);
  headers.host = host;
  return `${pathname}${search}`;
}

/**
 * Refuses a request of HTTP/1.1 that names no host, or more than one (RFC 9112 §3.2): of two, a proxy may believe the other.
 *
 * @throws ServerError `SERVER_REQUEST_INVALID`
 */
export function checkHostHeader({
  rawHeaders,
  httpVersion,
}: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>): void {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts === 1 || (hosts === 0 && httpVersion === '1.0')) return;
  throw invalidMember('header.host', 'must be there, and once');
}
