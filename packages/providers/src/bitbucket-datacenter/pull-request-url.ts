import type { PullRequestAddress } from '../pull-request-types.ts';
import { checkRepositoryName } from './names.ts';

const MAX_ID = 2_147_483_647;
const page =
  /^(?:projects\/([^/]+)|users\/([^/]+))\/repos\/([^/]+)\/pull-requests\/([1-9]\d{0,9})(?:\/.*)?$/;

/**
 * Reads `https://host/projects/{key}/repos/{slug}/pull-requests/{id}` or `https://host/users/{user}/repos/…`, with or without what
 * stands behind the number.
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
  const [, key, user, slug, number] = page.exec(url.pathname.slice(prefix.length + 1)) ?? [];
  const owner = key ?? (user === undefined ? undefined : `~${user}`);
  if (owner === undefined || slug === undefined || Number(number) > MAX_ID) return undefined;
  try {
    const repository = `${decodeURIComponent(owner)}/${decodeURIComponent(slug)}`;
    checkRepositoryName(repository);
    return { repository, id: Number(number) };
  } catch {
    // A name that cannot be decoded or used is no repository, so this is not the address of a pull request.
    return undefined;
  }
}
