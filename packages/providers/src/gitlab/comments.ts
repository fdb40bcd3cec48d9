import { type FormerComment, writeMarkedComment } from '../comment-marker.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { withoutQuickActions } from './names.ts';
import { pullRequestPath } from './pull-request-answer.ts';
import { noteSchema } from './schemas.ts';

/** Writes a comment, or replaces the one with the same marker. */
export function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal } = options;
  const path = `${pullRequestPath(id)}/notes`;
  const doing = `comment on merge request ${id} of "${api.fullName}"`;

  async function* list(): AsyncGenerator<FormerComment, void, undefined> {
    const notes = sendForList(api, noteSchema, {
      path,
      query: [
        ['sort', 'desc'],
        ['order_by', 'created_at'],
        ['per_page', '100'],
      ],
      expect: [200],
      doing: `list the comments of merge request ${id} of "${api.fullName}"`,
      signal,
    });
    for await (const note of notes) {
      // GitLab's own remarks ("added 1 commit") are notes, too.
      if (note.system !== true) yield { id: String(note.id), text: note.body ?? '' };
    }
  }

  return writeMarkedComment(
    {
      list,
      create: async (text) => {
        const json = { body: text };
        const expect = [201];
        const request = { method: 'POST' as const, path, json, expect, doing, signal };
        return String((await sendForJson(api, noteSchema, request)).id);
      },
      replace: async (note, text) => {
        const json = { body: text };
        const expect = [200];
        await sendForJson(api, noteSchema, {
          method: 'PUT',
          path: `${path}/${note}`,
          json,
          expect,
          doing,
          signal,
        });
      },
    },
    withoutQuickActions(body),
    options,
  );
}
