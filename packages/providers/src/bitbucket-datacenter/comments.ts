import * as v from 'valibot';
import { type FormerComment, writeMarkedComment } from '../comment-marker.ts';
import { send, sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { refused } from './errors.ts';
import { pullRequestPath } from './pull-request-answer.ts';
import { activitySchema, commentSchema } from './schemas.ts';

const MAX_ATTEMPTS = 3;

/** Writes a comment, or replaces the one with the same marker. */
export function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal } = options;
  const path = `${pullRequestPath(id)}/comments`;
  const versions = new Map<string, number>();
  const doing = `comment on pull request ${id} of "${api.fullName}"`;

  /** Comments are listed among what else happened; the call for comments alone is for one file. */
  async function* list(): AsyncGenerator<FormerComment, void, undefined> {
    const pages = sendForPages(api, activitySchema, {
      path: `${pullRequestPath(id)}/activities`,
      query: [['limit', '100']],
      expect: [200],
      doing: `list the comments of pull request ${id} of "${api.fullName}"`,
      signal,
    });
    const deleted = new Set<number>();
    for await (const { action, commentAction, comment } of pages) {
      const found = action === 'COMMENTED' ? v.safeParse(commentSchema, comment) : undefined;
      if (found === undefined || !found.success) continue;
      const { id: number, text, version } = found.output;
      // Newest first: a deletion comes before what it deletes.
      if (commentAction === 'DELETED') deleted.add(number);
      else if (!deleted.has(number)) {
        versions.set(String(number), version);
        yield { id: String(number), text: text ?? '' };
      }
    }
  }

  async function readVersion(comment: string): Promise<number> {
    const { version } = await sendForJson(api, commentSchema, {
      path: `${path}/${comment}`,
      expect: [200],
      doing: `read comment ${comment} of pull request ${id} of "${api.fullName}"`,
      signal,
    });
    return version;
  }

  async function replace(comment: string, text: string): Promise<void> {
    // The list has it; when somebody else has written in between it is read anew.
    let version = versions.get(comment) ?? (await readVersion(comment));
    for (let attempts = 1; ; attempts += 1) {
      const response = await send(api, {
        method: 'PUT',
        path: `${path}/${comment}`,
        json: { text, version },
        expect: [200, 409],
        doing,
        signal,
      });
      if (response.status === 200) return;
      if (attempts === MAX_ATTEMPTS) {
        throw refused(
          'PROVIDER_CONFLICT',
          `Comment ${comment} of pull request ${id} of "${api.fullName}" cannot be replaced`,
          response,
        );
      }
      version = await readVersion(comment);
    }
  }

  return writeMarkedComment(
    {
      list,
      create: async (text) => {
        const made = await sendForJson(api, commentSchema, {
          method: 'POST',
          path,
          json: { text },
          expect: [201],
          doing,
          signal,
        });
        return String(made.id);
      },
      replace,
    },
    body,
    options,
  );
}
