import type { PullRequestAddress } from '../pull-request-types.ts';
import { checkRepositoryName } from './names.ts';

const MAX_ID = 2_147_483_647;

/**
 * Reads `https://host/{owner}/{repository}/pulls/{id}`, with or without what stands behind the number.
 *
 * @returns `undefined` for another host or path of the server, an address with a user, and everything else.
 */
export function parsePullRequestUrl(address: string, web: URL): PullRequestAddress | undefined {
  if (address.length > 2048 || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.host !== web.host || url.protocol !== web.protocol) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  const prefix = web.pathname.replace(/\/+$/, '');
  if (!url.pathname.startsWith(`${prefix}/`)) return undefined;
  const match = /^([^/]+\/[^/]+)\/pulls\/([1-9]\d{0,9})(?:\/.*)?$/.exec(
    url.pathname.slice(prefix.length + 1),
  );
  const [, encoded, number] = match ?? [];
  if (encoded === undefined || number === undefined) return undefined;
  const id = Number(number);
  try {
    const repository = decodeURIComponent(encoded);
    checkRepositoryName(repository);
    return id > MAX_ID ? undefined : { repository, id };
  } catch {
    // A name that cannot be decoded or used is no repository, so this is not the address of a pull request.
    return undefined;
  }
}
