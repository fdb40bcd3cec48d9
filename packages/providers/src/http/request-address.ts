import { ProviderError } from '../errors.ts';
import type { HttpRequest } from './http-message.ts';

/** Puts a path below the address of the API. A part `..` would lead to another thing: deleting `hooks/..` is deleting the repository. */
function addressBelow(api: URL, { path, doing }: HttpRequest): URL {
  const address = `${api.href.replace(/\/+$/, '')}${path}`;
  const url = new URL(address);
  if (url.href === address) return url;
  throw new ProviderError(
    'PROVIDER_INVALID_ARGUMENT',
    `A name in the request to ${doing} cannot stand in an address.`,
  );
}

/**
 * Makes the whole address of a request.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` for a name that cannot stand in one, `PROVIDER_BAD_RESPONSE` for an address that a forge has
 * named and that is on another host.
 */
export function addressOf(request: HttpRequest, api: URL): URL {
  const url = request.path.startsWith('/') ? addressBelow(api, request) : new URL(request.path);
  // An address that a forge sent (next page, task to poll) is followed with the credential, so it must be the forge's own.
  if (url.origin !== api.origin || url.username !== '' || url.password !== '') {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `The forge named an address on another host, "${url.host}" (trying to ${request.doing}); nothing was sent there.`,
    );
  }
  for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
  return url;
}

/** Writes an address for people to see. What another host is asked for may be signed in the query, which is a credential. */
export function shownAddress(url: URL, api: URL): string {
  return url.origin === api.origin ? url.href : `${url.origin}${url.pathname}`;
}
