import type * as v from 'valibot';
import type { ForgeConnection } from '../forge-options.ts';
import type { JsonApi, JsonRequest } from '../http/json-api.ts';
import { addressWith, sendForPages as sendForLists } from '../http/pages.ts';
import type { CommitFilesByPush } from './options.ts';
import { pageSchema } from './schemas.ts';

/** What every part of one repository needs to talk to Bitbucket Data Center. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  /** The key of the project, or `~user`, and the slug, as the caller writes them. */
  readonly key: string;
  readonly slug: string;
  /** The web address of the repository. */
  readonly webUrl: string;
  /** The address to clone from over HTTPS. */
  readonly cloneUrl: string;
  /** What all APIs begin with: `https://git.example.com/rest`. */
  readonly restUrl: string;
  readonly commitFiles: CommitFilesByPush | undefined;
}

/** Without it the server takes a form for one that a foreign page has sent (XSRF). */
export const noXsrfCheck = { 'x-atlassian-token': 'no-check' } as const;

/** Reads a list page after page, each when it is asked for. */
export function sendForPages<T extends v.GenericSchema>(
  api: RepositoryApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  return sendForLists(
    api,
    {
      page: pageSchema(item),
      // The compiler cannot look into the schema of a generic item; the shape is that of `pageSchema`.
      read: (page) => {
        const { values, isLastPage, nextPageStart } = page as Page<v.InferOutput<T>>;
        const more = !isLastPage && typeof nextPageStart === 'number';
        // A page says at which number the next one begins, and no address.
        const next = more ? addressWith(api, request, ['start', String(nextPageStart)]) : undefined;
        return { items: values, next };
      },
    },
    request,
  );
}

interface Page<T> {
  readonly values: readonly T[];
  readonly isLastPage: boolean;
  readonly nextPageStart?: number | null | undefined;
}

/** The path of this repository in an API beside the core one, such as `branch-utils`. */
export function besideApi(api: RepositoryApi, name: string, path: string): string {
  const { key, slug } = api;
  return `${api.restUrl}/${name}/latest/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}${path}`;
}
