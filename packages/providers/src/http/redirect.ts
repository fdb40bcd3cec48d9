import { ProviderError } from '../errors.ts';
import { isProtected } from './api-address.ts';
import type { HttpRequest } from './http-message.ts';

/** Where a redirect leads, and whether the credential goes along. */
export interface RedirectTarget {
  readonly url: URL;
  readonly withCredential: boolean;
}

/**
 * Decides about a redirect.
 *
 * The credential goes to the origin of the API and nowhere else, also when a chain of redirects comes back to it. Only GET is
 * repeated at another address.
 *
 * @throws ProviderError `PROVIDER_BAD_RESPONSE` when it must not be followed.
 */
export function followRedirect(
  from: URL,
  location: string | null,
  context: { readonly request: HttpRequest; readonly api: URL; readonly withCredential: boolean },
): RedirectTarget {
  const { request, api } = context;
  const url =
    location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (url === undefined) throw refused(request, 'a redirect without a usable address');
  if (request.method !== 'GET')
    throw refused(request, `a redirect to "${url.host}" for ${request.method}`, {
      hint: 'A repository that was renamed or moved answers so: use its new name.',
    });
  url.username = '';
  url.password = '';
  if (url.origin === api.origin) return { url, withCredential: context.withCredential };
  if (request.foreignRedirect !== true)
    throw refused(request, `a redirect to another host, "${url.host}"`);
  // Plain http is followed only where the API itself is one on this machine: tests.
  if (url.protocol !== 'https:' && !(api.protocol === 'http:' && isProtected(url))) {
    throw refused(request, `a redirect to "${url.protocol}//${url.host}"`);
  }
  return { url, withCredential: false };
}

function refused(
  request: HttpRequest,
  what: string,
  options: { readonly hint?: string } = {},
): ProviderError {
  return new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `The forge answered with ${what} (trying to ${request.doing}); it was not followed.`,
    options,
  );
}
