import { type FormerComment, writeMarkedComment } from '../comment-marker.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { checkPullRequestNumber } from './pull-request-answer.ts';
import { commentSchema, listSchema } from './schemas.ts';

/** Writes a comment, or replaces the one with the same marker. A pull request is an issue here, with the same number. */
export function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal } = options;
  const path = `/issues/${checkPullRequestNumber(id)}/comments`;
  const request = (text: string) => ({
    json: { body: text },
    doing: `comment on pull request ${id} of "${api.fullName}"`,
    signal,
  });

  // The server gives all of them at once, oldest first.
  async function* list(): AsyncGenerator<FormerComment, void, undefined> {
    const all = await sendForJson(api, listSchema(commentSchema), {
      path,
      expect: [200],
      doing: `list the comments of pull request ${id} of "${api.fullName}"`,
      signal,
    });
    yield* all
      .map(({ id: comment, body: text }) => ({ id: String(comment), text: text ?? '' }))
      .reverse();
  }

  return writeMarkedComment(
    {
      list,
      create: async (text) => {
        const made = await sendForJson(api, commentSchema, {
          ...request(text),
          method: 'POST',
          path,
          expect: [201],
        });
        return String(made.id);
      },
      replace: async (comment, text) => {
        await sendForJson(api, commentSchema, {
          ...request(text),
          method: 'PATCH',
          path: `/issues/comments/${comment}`,
          // The same text twice is the same comment.
          idempotent: true,
          expect: [200],
        });
      },
    },
    body,
    options,
  );
}
