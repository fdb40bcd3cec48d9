import { ProviderError } from './errors.ts';
import { isUncertain } from './http/transport-error.ts';
import type { RequestOptions } from './vocabulary.ts';

/** A comment as a forge lists it. */
export interface FormerComment {
  readonly id: string;
  readonly text: string;
}

/** The calls of one forge for the comments of one pull request. */
export interface CommentCalls {
  /** Lists all comments, newest first where the forge can, without those that are deleted. */
  list(): AsyncIterable<FormerComment>;
  /** Writes a new comment. @returns Its id. */
  create(text: string): Promise<string>;
  /** Replaces the text of a comment. */
  replace(id: string, text: string): Promise<void>;
}

/**
 * Writes a comment, or replaces the one with the same marker, so that there is never a second one.
 *
 * A comment is never sent twice: when the answer is lost it is looked for, and when it is not there the caller hears of the failure.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` for an empty text or a marker with other characters than letters, digits and `._:/-`
 */
export async function writeMarkedComment(
  calls: CommentCalls,
  body: string,
  { marker }: RequestOptions & { readonly marker?: string } = {},
): Promise<{ readonly id: string }> {
  const line = checkComment(body, marker);
  const text = line === undefined ? body : `${body}\n\n${line}`;
  const former = line === undefined ? undefined : await find(line);
  if (former !== undefined) {
    if (former.text.trim() !== text.trim()) await calls.replace(former.id, text);
    return { id: former.id };
  }
  try {
    return { id: await calls.create(text) };
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const made = await find(line ?? text);
    if (made === undefined) throw error;
    return { id: made.id };
  }

  async function find(wanted: string): Promise<FormerComment | undefined> {
    for await (const comment of calls.list()) {
      const same =
        line === undefined
          ? comment.text.trim() === wanted.trim()
          : comment.text.split(/\r?\n/).includes(wanted);
      if (same) return comment;
    }
    return undefined;
  }
}

/**
 * Checks a comment before anything is sent. @returns The line that marks it; `undefined` without a marker.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkComment(body: string, marker: string | undefined): string | undefined {
  if (body.trim() === '') {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A comment has no text.');
  }
  return marker === undefined ? undefined : markerLine(marker);
}

/** A link definition that nothing refers to (CommonMark, section 4.7): no forge shows it, and unlike an HTML comment every forge keeps it. */
export function markerLine(marker: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(marker)) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `The marker "${marker.slice(0, 100)}" of a comment has other characters than letters, digits and "._:/-".`,
    );
  }
  return `[//]: # (bowline:${marker})`;
}
