import * as v from 'valibot';
import type { HttpResponse } from '../http/http-message.ts';
import {
  explainAs,
  parseJson,
  type Refusal,
  type RefusalDialect,
  readRefusal as readRefusalAs,
  refusedAs,
} from '../http/refusal.ts';
import { errorSchema } from './schemas.ts';

const bitbucket: RefusalDialect = {
  forge: 'Bitbucket',
  hints: {
    401: 'Create a scoped API token (use it with your Atlassian e-mail address) or a repository access token: app passwords ended on 2026-07-28.',
    410: 'Bitbucket has removed this call; update Bowline.',
  },
  read(json) {
    const parsed = v.safeParse(errorSchema, json);
    if (!parsed.success) return undefined;
    const { message, detail, fields, data } = parsed.output.error;
    const more = [
      ...(typeof detail === 'string' && detail !== message ? [detail] : []),
      ...fieldMessages(fields),
    ];
    return { message: [message, ...more].join(' '), data, key: keyOf(data) };
  },
  remark: (response) => (response.status === 403 ? requiredScopes(response) : ''),
};

/** Makes the error of an answer of Bitbucket. */
export const explainResponse = explainAs(bitbucket);

/** Makes another error of a refusal, with what Bitbucket said. */
export const refused = refusedAs(bitbucket);

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(response: Pick<HttpResponse, 'body' | 'headers'>): Refusal | undefined {
  return readRefusalAs(bitbucket, response);
}

function fieldMessages(fields: unknown): readonly string[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields)
    .slice(0, 10)
    .map(
      ([name, problem]) =>
        `${name}: ${Array.isArray(problem) ? problem.join(', ') : String(problem)}`,
    );
}

function keyOf(data: unknown): string | undefined {
  return typeof data === 'object' && data !== null && 'key' in data && typeof data.key === 'string'
    ? data.key
    : undefined;
}

function requiredScopes(response: HttpResponse): string {
  const parsed = v.safeParse(
    v.looseObject({
      error: v.looseObject({ detail: v.looseObject({ required: v.array(v.string()) }) }),
    }),
    parseJson(Buffer.from(response.body).toString('utf8')),
  );
  if (!parsed.success) return '';
  return ` (needed: ${parsed.output.error.detail.required.slice(0, 10).join(', ')})`;
}
