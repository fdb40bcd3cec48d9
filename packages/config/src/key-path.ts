import type { ConfigIssue } from './issue.ts';

/** A path into the parsed file. */
export type KeyPath = readonly (string | number)[];
/** Tells where the value, or the key itself, of a path stands. */
export type Locate = (
  path: KeyPath,
  part: 'key' | 'value',
) => Pick<ConfigIssue, 'file' | 'line' | 'column'>;

/** Writes a path as people read one: `notifications.webhooks[0].url`. */
export function dotted(path: KeyPath): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`,
    '',
  );
}
