import type { ServerConfig } from '@bowline/gitops-config';
import { ServerError } from '../errors.ts';
import { isLoopbackAddress } from './browser-requests.ts';
import type { TokenRecord } from './token.ts';

/**
 * Refuses an address that others can reach while there is no token.
 *
 * @throws ServerError `SERVER_TOKENS_MISSING`
 */
export function checkListenAddress(
  { host }: Pick<ServerConfig, 'host'>,
  tokens: readonly TokenRecord[],
): void {
  if (tokens.length > 0 || isLoopbackAddress(host)) return;
  throw new ServerError(
    'SERVER_TOKENS_MISSING',
    `The server has no token, so it does not listen on "${host}", where others can reach it.`,
  );
}
