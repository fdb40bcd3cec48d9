import type { PullRequestAddress } from '../pull-request-types.ts';
import { checkRepositoryName } from './names.ts';

const MAX_ID = 2_147_483_647;

/**
 * Reads `https://github.com/{owner}/{repository}/pull/{number}`, with or without what stands behind the number.
 *
 * @returns `undefined` for another host, an address with a user, and everything else.
 */
export function parsePullRequestUrl(address: string, web: URL): PullRequestAddress | undefined {
  if (address.length > 2048 || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.origin !== web.origin || url.username !== '' || url.password !== '') return undefined;
  const prefix = web.pathname.replace(/\/+$/, '');
  if (!url.pathname.startsWith(`${prefix}/`)) return undefined;
  const match = /^([^/]+)\/([^/]+)\/pull\/([1-9]\d{0,9})(?:\/.*)?$/.exec(
    url.pathname.slice(prefix.length + 1),
  );
  const [, owner = '', name = '', number = ''] = match ?? [];
  const id = Number(number);
  try {
    const fullName = `${decodeURIComponent(owner)}/${decodeURIComponent(name)}`;
    checkRepositoryName(fullName);
    return id < 1 || id > MAX_ID ? undefined : { repository: fullName, id };
  } catch {
    // A name that cannot be decoded or used is no repository of GitHub, so this is not the address of a pull request.
    return undefined;
  }
}
