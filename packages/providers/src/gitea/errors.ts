import * as v from 'valibot';
import type { HttpResponse } from '../http/http-message.ts';
import {
  explainAs,
  type Refusal,
  type RefusalDialect,
  readRefusal as readRefusalAs,
  refusedAs,
} from '../http/refusal.ts';
import { conflictSchema, errorSchema } from './schemas.ts';

const gitea: RefusalDialect = {
  forge: 'Gitea',
  codes: { 423: 'PROVIDER_REJECTED' },
  hints: {
    401: 'Create an access token under Settings → Applications of the account, with the scopes of the README.',
    403: 'Give the token the scope that the message names (write:repository, write:issue and read:user are the ones that Bowline uses), or the account write access.',
    423: 'The repository is archived: take it out of the archive, or use another one.',
  },
  read(json) {
    const conflict = v.safeParse(conflictSchema, json);
    if (conflict.success) {
      const { StdOut, StdErr } = conflict.output;
      return { message: `${StdOut ?? ''} ${StdErr ?? ''}`.trim() || 'conflict', key: 'conflict' };
    }
    const parsed = v.safeParse(errorSchema, json);
    if (!parsed.success) return undefined;
    const { message, errors } = parsed.output;
    const more = (errors ?? []).flatMap((item) => (typeof item === 'string' ? [item] : []));
    return { message: [message, ...more].join(' ') };
  },
};

/** Makes the error of an answer of Gitea or Forgejo. */
export const explainResponse = explainAs(gitea);

/** Makes another error of a refusal, with what the server said. */
export const refused = refusedAs(gitea);

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(response: Pick<HttpResponse, 'body' | 'headers'>): Refusal | undefined {
  return readRefusalAs(gitea, response);
}
