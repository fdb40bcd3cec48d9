import * as v from 'valibot';
import type { HttpResponse } from '../http/http-message.ts';
import {
  explainAs,
  type Refusal,
  type RefusalDialect,
  readRefusal as readRefusalAs,
  refusedAs,
} from '../http/refusal.ts';
import { errorSchema } from './schemas.ts';

const gitlab: RefusalDialect = {
  forge: 'GitLab',
  hints: {
    401: 'Create a personal, project or group access token with the scope "api"; deploy tokens are not for the API.',
    404: 'Check the name, that the credential may read the project, and that a proxy before GitLab hands on "%2F" as it is.',
    405: 'A project that was renamed or moved answers so to every change: use its new path.',
    403: 'Give the token the scope "api", and its account the role Developer (Maintainer for webhooks, variables and protected branches).',
  },
  codes: { 406: 'PROVIDER_CONFLICT' },
  read(json) {
    const parsed = v.safeParse(errorSchema, json);
    if (!parsed.success) return undefined;
    const { message, error, error_description: description, scope } = parsed.output;
    const said = [...flatten(message), ...flatten(error), ...flatten(description)];
    const needed = scope === undefined || scope === null ? [] : [`(needed: ${scope})`];
    if (said.length === 0) return undefined;
    return {
      message: [said.join(', '), ...needed].join(' '),
      key: typeof error === 'string' ? error : undefined,
    };
  },
};

/** Makes the error of an answer of GitLab. */
export const explainResponse = explainAs(gitlab);

/** Makes another error of a refusal, with what GitLab said. */
export const refused = refusedAs(gitlab);

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(response: Pick<HttpResponse, 'body' | 'headers'>): Refusal | undefined {
  return readRefusalAs(gitlab, response);
}

const MAX_DEPTH = 4;
const MAX_MESSAGES = 20;

/** GitLab says what is wrong in a text, a list of texts, or lists by the name of the field. */
function flatten(said: unknown, field = '', depth = 0): readonly string[] {
  if (typeof said === 'string') return [field === '' ? said : `${field}: ${said}`];
  if (depth === MAX_DEPTH || typeof said !== 'object' || said === null) return [];
  const found = Array.isArray(said)
    ? said.flatMap((item) => flatten(item, field, depth + 1))
    : Object.entries(said).flatMap(([name, item]) =>
        // "base" stands for the thing as a whole.
        flatten(item, name === 'base' ? field : name, depth + 1),
      );
  return found.slice(0, MAX_MESSAGES);
}
