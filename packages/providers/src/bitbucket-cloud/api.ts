import type * as v from 'valibot';
import type { ForgeConnection } from '../forge-options.ts';
import type { JsonApi, JsonRequest } from '../http/json-api.ts';
import { addressWith, sendForPages as sendForLists } from '../http/pages.ts';
import { pageSchema } from './schemas.ts';

/** What every part of one repository needs to talk to Bitbucket. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  /** The web address of the repository. */
  readonly webUrl: string;
}

/** Reads a list of Bitbucket page after page, each when it is asked for; `next` is followed as it stands. */
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
        const { values, next } = page as Page<v.InferOutput<T>>;
        return { items: values, next: next === null || next === '' ? undefined : next };
      },
    },
    request,
  );
}

/**
 * Reads a list of Pipelines, whose pages often name no next one (BCLOUD-20639): then the numbers tell whether there is one.
 *
 * One that is new while the list is read moves the others down, so that one of them may come twice.
 */
export function sendForNumberedPages<T extends v.GenericSchema>(
  api: RepositoryApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  let seen = 0;
  let number = 1;
  return sendForLists(
    api,
    {
      page: pageSchema(item),
      read: (page) => {
        const { values, next, size } = page as Page<v.InferOutput<T>>;
        seen += values.length;
        number += 1;
        if (next) return { items: values, next };
        const more = values.length > 0 && typeof size === 'number' && seen < size;
        return {
          items: values,
          next: more ? addressWith(api, request, ['page', String(number)]) : undefined,
        };
      },
    },
    request,
  );
}

interface Page<T> {
  readonly values: readonly T[];
  readonly next?: string | null | undefined;
  readonly size?: number | null | undefined;
}

/** Hands on the link of an answer when it is an http address; else the one that is built here. */
export function webLink(
  links: { readonly html?: { readonly href: string } | null | undefined } | null | undefined,
  otherwise: string,
): string {
  const href = links?.html?.href;
  return href !== undefined && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : otherwise;
}
