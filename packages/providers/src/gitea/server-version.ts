import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { versionSchema } from './schemas.ts';

/** What a server is. */
export interface ServerVersion {
  /** For messages, such as `Gitea 1.26.4` or `Forgejo 11.0.6`. */
  readonly name: string;
  readonly forgejo: boolean;
}

/** Asks the server what it is. Forgejo says which Gitea it is compatible with: `11.0.6+gitea-1.22.0`. */
export async function serverVersion(
  api: RepositoryApi,
  { signal }: RequestOptions,
): Promise<ServerVersion> {
  const { version } = await sendForJson({ ...api, path: '' }, versionSchema, {
    path: '/version',
    expect: [200],
    doing: 'read the version of the server',
    signal,
  });
  const forgejo = version.includes('+gitea-');
  const number = version.split('+')[0]?.slice(0, 40);
  return { forgejo, name: `${forgejo ? 'Forgejo' : 'Gitea'} ${number}` };
}
