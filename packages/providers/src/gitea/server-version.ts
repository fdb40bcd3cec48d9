import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { versionSchema } from './schemas.ts';

/**
 * Asks the server what it is, for messages: `Gitea 1.26.4`, `Forgejo 11.0.6`.
 *
 * Forgejo says which Gitea it is compatible with: `11.0.6+gitea-1.22.0`.
 */
export async function serverName(api: RepositoryApi, { signal }: RequestOptions): Promise<string> {
  const { version } = await sendForJson({ ...api, path: '' }, versionSchema, {
    path: '/version',
    expect: [200],
    doing: 'read the version of the server',
    signal,
  });
  const number = version.split('+')[0]?.slice(0, 40);
  return `${version.includes('+gitea-') ? 'Forgejo' : 'Gitea'} ${number}`;
}
