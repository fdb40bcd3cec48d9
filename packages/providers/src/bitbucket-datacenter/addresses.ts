import { apiAddress } from '../http/api-address.ts';
import { invalid, printable } from '../names.ts';
import type { BitbucketDatacenterOptions } from './options.ts';

/** Where one server is. The addresses end without a slash. */
export interface Addresses {
  /** The core API, such as `https://git.example.com/rest/api/latest`. */
  readonly apiUrl: string;
  /** What all APIs begin with: `https://git.example.com/rest`. */
  readonly restUrl: string;
  readonly web: URL;
}

/**
 * Finds the addresses of a server, also of one below a context path.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function addressesOf({
  host,
  apiUrl,
  webUrl,
  allowInsecureHttp,
}: Pick<
  BitbucketDatacenterOptions,
  'host' | 'apiUrl' | 'webUrl' | 'allowInsecureHttp'
>): Addresses {
  if (!/^(?:[a-z0-9](?:[a-z0-9.-]{0,252}[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) {
    throw invalid(`"${printable(host)}" is not the name of a host.`);
  }
  const insecure = { allowInsecureHttp };
  const api =
    apiUrl === undefined ? undefined : apiAddress(apiUrl, 'address of the API', insecure).href;
  const [, context] = /^(.+)\/rest\/api\/[^/]+\/*$/.exec(api ?? '') ?? [];
  if (api !== undefined && context === undefined) {
    throw invalid(
      `The address of the API "${printable(api)}" does not end with "/rest/api/" and a version, so the APIs beside it are not known.`,
    );
  }
  const web = apiAddress(webUrl ?? context ?? `https://${host}`, 'web address', insecure);
  const base = web.href.replace(/\/+$/, '');
  const core = api?.replace(/\/+$/, '') ?? `${base}/rest/api/latest`;
  return { apiUrl: core, restUrl: `${context ?? base}/rest`, web };
}
