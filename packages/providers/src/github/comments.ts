import { type FormerComment, writeMarkedComment } from '../comment-marker.ts';
import { sendForJson } from '../http/json-api.ts';
import { sendForLinkedPages } from '../http/pages.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { checkPullRequestId } from './pull-request-answer.ts';
import { commentSchema } from './schemas.ts';

/** Writes a comment on the conversation of a pull request, or replaces the one with the same marker. */
export async function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal } = options;
  // To GitHub a pull request is an issue with a branch.
  const path = `/issues/${checkPullRequestId(id)}/comments`;
  const doing = `comment on pull request ${id} of "${api.fullName}"`;

  async function* list(): AsyncGenerator<FormerComment, void, undefined> {
    const pages = sendForLinkedPages(api, commentSchema, {
      path,
      query: [['per_page', '100']],
      expect: [200],
      doing: `list the comments of pull request ${id} of "${api.fullName}"`,
      signal,
    });
    for await (const comment of pages) yield { id: String(comment.id), text: comment.body ?? '' };
  }

  return writeMarkedComment(
    {
      list,
      create: async (text) => {
        const made = await sendForJson(api, commentSchema, {
          method: 'POST',
          path,
          json: { body: text },
          expect: [201],
          doing,
          signal,
        });
        return String(made.id);
      },
      replace: async (comment, text) => {
        await sendForJson(api, commentSchema, {
          method: 'PATCH',
          path: `/issues/comments/${comment}`,
          json: { body: text },
          expect: [200],
          doing,
          idempotent: true,
          signal,
        });
      },
    },
    body,
    options,
  );
}
