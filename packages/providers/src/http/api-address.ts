import { ProviderError } from '../errors.ts';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Tells whether a credential may be sent to an address: over TLS, or to this machine. */
export function isProtected(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname));
}

/**
 * Reads the address of an API from the configuration.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when it is not `https` (or `http` on this machine, or where that is allowed), or holds user, query or
 * fragment.
 */
export function apiAddress(
  address: string,
  what: string,
  options: { readonly allowInsecureHttp?: boolean | undefined } = {},
): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const allowed = options.allowInsecureHttp === true && url?.protocol === 'http:';
  if (
    url === undefined ||
    !(allowed || isProtected(url)) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `The ${what} "${address}" is not an https address without user, query and fragment.`,
      {
        hint: 'Plain http is taken for this machine only (localhost, 127.0.0.0/8, ::1), unless insecure http is allowed for the host.',
      },
    );
  }
  return url;
}
