import { redact } from '@bowline/gitops-errors';

// Controls, line separators, and what is invisible or turns the direction of writing: they let a text look like another one.
const invisible = /(?!\u200d|\ufe0f)[\p{Cc}\p{Cf}\p{Co}\p{DI}\u2028\u2029]/gu;
// The joiner holds the parts of an emoji together, and has no business elsewhere.
const strayJoiner =
  /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d|\u200d(?!\p{Extended_Pictographic})/gu;
const heapedMarks = /(\p{M}{3})\p{M}+/gu;

/**
 * Makes text from outside fit to be shown on one line: redacted, without invisible characters, at most `max` characters long.
 *
 * A longer text ends in "…". It is not escaped: what has a meaning differs from channel to channel.
 */
export function cleanText(text: string, max: number): string {
  const visible = redact(text)
    .toWellFormed()
    .replace(invisible, (character) => (/\s/.test(character) ? ' ' : ''))
    .replace(strayJoiner, '')
    .replace(heapedMarks, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  // Once more: a credential that was split by an invisible character is whole now.
  return truncate(redact(visible), max);
}

/**
 * Redacts text that stays as it is otherwise, for programs. A credential that is split by invisible characters is found too; only then are they
 * taken out.
 */
export function redactHidden(text: string): string {
  const plain = redact(text);
  const visible = plain.replace(/\u200d/g, '').replace(invisible, '');
  const redacted = redact(visible);
  return redacted === visible ? plain : redacted;
}

/** Cuts between code points, never inside of one, and leaves no joiner behind that has nothing to join. */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text;
  const points = Array.from(text.slice(0, 2 * max + 2));
  return points.length <= max && text.length <= 2 * max + 2
    ? text
    : `${points
        .slice(0, Math.max(0, max - 1))
        .join('')
        .replace(/\u200d$/, '')}…`;
}

const MAX_LINK = 2_000;

/**
 * Reads an address that people may click on: http or https only, without a user or password, redacted.
 *
 * @returns `undefined` for everything else, such as the path of a local repository.
 */
export function cleanLink(address: string): string | undefined {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  const text = redact(url.href);
  const safe = URL.parse(text);
  return safe !== null && /^https?:$/.test(safe.protocol) && text.length <= MAX_LINK
    ? text
    : undefined;
}

/** Takes the host of an address. The path and query of a webhook address may be its credential. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host || 'an address that is not a URL';
}
