import { apiAddress } from '../http/api-address.ts';
import { invalid, printable } from '../names.ts';
import type { GithubOptions } from './options.ts';

/** Where one GitHub is. */
export interface GithubAddresses {
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  readonly web: URL;
}

/**
 * Finds the addresses of a host: github.com, GHE.com and Enterprise Server each put the API elsewhere.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function addressesOf({
  host = 'github.com',
  apiUrl,
  webUrl,
  allowInsecureHttp,
}: Pick<GithubOptions, 'host' | 'apiUrl' | 'webUrl' | 'allowInsecureHttp'>): GithubAddresses {
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?(?::\d{1,5})?$/i.test(host)) {
    throw invalid(`"${printable(host)}" is not the name of a host.`);
  }
  const api = apiAddress(apiUrl ?? defaultApiUrl(host.toLowerCase()), 'address of the API', {
    allowInsecureHttp,
  });
  const base = api.href.replace(/\/+$/, '');
  return {
    apiUrl: base,
    // An Enterprise Server has `/api/v3` and `/api/graphql`; elsewhere the one is below the other.
    graphqlUrl: base.endsWith('/api/v3') ? base.replace(/\/v3$/, '/graphql') : `${base}/graphql`,
    web: apiAddress(webUrl ?? `https://${host}`, 'web address', { allowInsecureHttp }),
  };
}

function defaultApiUrl(host: string): string {
  if (host === 'github.com') return 'https://api.github.com';
  return host.endsWith('.ghe.com') ? `https://api.${host}` : `https://${host}/api/v3`;
}
