import { type FormerComment, writeMarkedComment } from '../comment-marker.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { pullRequestPath } from './pull-request-answer.ts';
import { commentSchema } from './schemas.ts';

/** Writes a comment, or replaces the one with the same marker. */
export function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal } = options;
  const path = `${pullRequestPath(id)}/comments`;
  const request = (raw: string) => ({
    json: { type: 'pullrequest_comment', content: { raw } },
    doing: `comment on pull request ${id} of "${api.fullName}"`,
    signal,
  });

  async function* list(): AsyncGenerator<FormerComment, void, undefined> {
    const pages = sendForPages(api, commentSchema, {
      path,
      query: [
        ['sort', '-created_on'],
        ['pagelen', '100'],
      ],
      expect: [200],
      doing: `list the comments of pull request ${id} of "${api.fullName}"`,
      signal,
    });
    for await (const { id: comment, content, deleted } of pages) {
      if (deleted !== true) yield { id: String(comment), text: content?.raw ?? '' };
    }
  }

  return writeMarkedComment(
    {
      list,
      create: async (raw) => {
        const made = await sendForJson(api, commentSchema, {
          ...request(raw),
          method: 'POST',
          path,
          expect: [201],
        });
        return String(made.id);
      },
      replace: async (comment, raw) => {
        await sendForJson(api, commentSchema, {
          ...request(raw),
          method: 'PUT',
          path: `${path}/${comment}`,
          expect: [200],
        });
      },
    },
    body,
    options,
  );
}
