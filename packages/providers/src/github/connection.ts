import { ProviderError } from '../errors.ts';
import { connectHttp, type ForgeConnection } from '../forge-options.ts';
import type { HttpClient, HttpClientOptions } from '../http/client.ts';
import type { Lane } from '../http/lane.ts';
import { explainResponse, rateLimit } from './errors.ts';
import type { GithubOptions } from './options.ts';

const MIB = 1024 * 1024;

/** How requests say who they are. */
export interface Credential {
  /** GitHub wants the writes of one account one after the other, and limits all of its requests together. */
  readonly lane: Lane;
  readonly authorize: HttpClientOptions['authorize'];
  /**
   * Is told that the token was refused. True when the next request has another one, and is worth sending.
   *
   * Absent where there is only one token.
   */
  readonly renew?: (() => boolean) | undefined;
}

/** Makes the connection of one credential. Sends nothing. */
export function connectGitHub(
  options: GithubOptions,
  apiUrl: string,
  credential: Credential,
): ForgeConnection {
  const connection = connectHttp(options, {
    apiUrl,
    authorize: credential.authorize,
    // The newest version that Enterprise Server takes too; supported until March 2028.
    headers: { 'x-github-api-version': '2022-11-28' },
    explain: explainResponse,
    rateLimit,
    // One that can be renewed is of one repository, and there may be many.
    etagCacheBytes: credential.renew === undefined ? 16 * MIB : MIB,
    lane: credential.lane,
  });
  return { ...connection, http: withDefaults(connection.http, credential) };
}

function withDefaults(http: HttpClient, { renew }: Credential): HttpClient {
  return {
    api: http.api,
    async send(request) {
      const asked = { ...request, accept: request.accept ?? 'application/vnd.github+json' };
      try {
        return await http.send(asked);
      } catch (error) {
        // Who was refused has done nothing, so any request may be sent again.
        if (renew === undefined || !isUnauthenticated(error) || !renew()) throw error;
        return http.send(asked);
      }
    },
  };
}

function isUnauthenticated(error: unknown): boolean {
  return (
    error instanceof ProviderError &&
    error.code === 'PROVIDER_UNAUTHENTICATED' &&
    error.details?.['status'] === 401
  );
}
