import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForJson, sendForPages } from './api.ts';
import { pullRequestPath } from './pull-request-answer.ts';
import { commentSchema } from './schemas.ts';

/** Writes a comment, or replaces the one with the same marker. */
export async function writeComment(
  api: RepositoryApi,
  { id, body }: { readonly id: number; readonly body: string },
  options: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const { signal, marker } = options;
  const path = `${pullRequestPath(id)}/comments`;
  if (body.trim() === '') {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A comment has no text.');
  }
  const line = marker === undefined ? undefined : markerLine(marker);
  const raw = line === undefined ? body : `${body}\n\n${line}`;
  const request = {
    json: { type: 'pullrequest_comment', content: { raw } },
    doing: `comment on pull request ${id} of "${api.fullName}"`,
    signal,
  };
  // Both what a marker finds and what a lost answer made is told by what was there before.
  const former = line === undefined ? undefined : await find(line);
  if (former !== undefined) {
    await sendForJson(api, commentSchema, {
      ...request,
      method: 'PUT',
      path: `${path}/${former.id}`,
      expect: [200],
    });
    return { id: String(former.id) };
  }
  try {
    const made = await sendForJson(api, commentSchema, {
      ...request,
      method: 'POST',
      path,
      expect: [201],
    });
    return { id: String(made.id) };
  } catch (error) {
    if (!isUncertain(error)) throw error;
    // A comment is never sent twice: when it cannot be found the caller hears of the failure.
    const made = await find(line ?? raw);
    if (made === undefined) throw error;
    return { id: String(made.id) };
  }

  async function find(text: string): Promise<{ readonly id: number } | undefined> {
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
    for await (const comment of pages) {
      const found = comment.content?.raw ?? '';
      if (comment.deleted === true) continue;
      if (line === undefined ? found.trim() === text.trim() : found.split(/\r?\n/).includes(text)) {
        return comment;
      }
    }
    return undefined;
  }
}

/** A link definition that nothing refers to: Markdown shows nothing of it, and Bitbucket keeps it, unlike HTML comments. */
function markerLine(marker: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(marker)) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `The marker "${marker.slice(0, 100)}" of a comment has other characters than letters, digits and "._:/-".`,
    );
  }
  return `[//]: # (bowline:${marker})`;
}
