import { diffArrays } from 'diff';

/** Options of {@link unifiedDiff}. */
export interface UnifiedDiffOptions {
  /** Path of the file, with `/`, for the two header lines. */
  readonly path: string;
  /** Unchanged lines around each change. @default 3 */
  readonly context?: number | undefined;
}

interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  /** The line with its line end. */
  readonly text: string;
}

/** Beyond this many lines between the first and the last change, lines are compared place by place. */
const MAX_SEARCHED_LINES = 2_000;
const MAX_EDIT_LENGTH = 2_000;

/**
 * Writes the difference of two texts as a unified diff that `git apply` and `patch` take; `''` when they are equal.
 *
 * Line ends are part of the lines: a change from CRLF to LF is a change. Where two long texts differ in many places and
 * have the same number of lines, lines are compared place by place, which takes linear time and is exact for values
 * that were changed in place.
 *
 * @example
 * ```ts
 * import { unifiedDiff } from '@bowline/gitops-manifests';
 *
 * console.log(unifiedDiff('image: web:1\n', 'image: web:2\n', { path: 'web.yaml' }));
 * //=> --- a/web.yaml
 * //=> +++ b/web.yaml
 * //=> @@ -1 +1 @@
 * //=> -image: web:1
 * //=> +image: web:2
 * ```
 */
export function unifiedDiff(before: string, after: string, options: UnifiedDiffOptions): string {
  if (before === after) return '';
  const lines = diffLines(splitLines(before), splitLines(after));
  const context = Math.max(0, options.context ?? 3);
  return [
    `--- ${headerPath('a', options.path)}\n`,
    `+++ ${headerPath('b', options.path)}\n`,
    ...hunks(lines, context),
  ].join('');
}

function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function diffLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const from = before.slice(head, before.length - tail);
  const to = after.slice(head, after.length - tail);
  const same = (text: string): DiffLine => ({ sign: ' ', text });
  return [
    ...before.slice(0, head).map(same),
    ...(from.length === to.length && from.length > MAX_SEARCHED_LINES
      ? placeByPlace(from, to)
      : searched(from, to)),
    ...before.slice(before.length - tail).map(same),
  ];
}

function searched(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  const parts = diffArrays([...from], [...to], { maxEditLength: MAX_EDIT_LENGTH });
  // Too different to search for the shortest way: all of the one for all of the other is a right answer as well.
  if (parts === undefined) return [...signed('-', from), ...signed('+', to)];
  return parts.flatMap((part) => signed(part.removed ? '-' : part.added ? '+' : ' ', part.value));
}

function signed(sign: DiffLine['sign'], lines: readonly string[]): readonly DiffLine[] {
  return lines.map((text) => ({ sign, text }));
}

function placeByPlace(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  const lines: DiffLine[] = [];
  let added: DiffLine[] = [];
  for (const [index, text] of from.entries()) {
    const other = to[index] ?? '';
    if (text === other) {
      lines.push(...added, { sign: ' ', text });
      added = [];
    } else {
      lines.push({ sign: '-', text });
      added.push({ sign: '+', text: other });
    }
  }
  lines.push(...added);
  return lines;
}

function* hunks(lines: readonly DiffLine[], context: number): Generator<string> {
  let oldLine = 1;
  let newLine = 1;
  let at = 0;
  while (at < lines.length) {
    let first = at;
    while (first < lines.length && lines[first]?.sign === ' ') first += 1;
    if (first === lines.length) return;
    const start = Math.max(at, first - context);
    oldLine += start - at;
    newLine += start - at;
    let last = first;
    for (let index = first; index < lines.length && index - last <= 2 * context + 1; index += 1)
      if (lines[index]?.sign !== ' ') last = index;
    const end = Math.min(lines.length, last + context + 1);
    const body = lines.slice(start, end);
    const removed = body.filter((line) => line.sign !== '+').length;
    const added = body.filter((line) => line.sign !== '-').length;
    yield `@@ -${range(oldLine, removed)} +${range(newLine, added)} @@\n`;
    for (const { sign, text } of body)
      yield text.endsWith('\n')
        ? `${sign}${text}`
        : `${sign}${text}\n\\ No newline at end of file\n`;
    oldLine += removed;
    newLine += added;
    at = end;
  }
}

function range(line: number, count: number): string {
  // An empty range names the line before it.
  if (count === 0) return `${line - 1},0`;
  return count === 1 ? `${line}` : `${line},${count}`;
}

/**
 * Writes a path as git does: quoted when it has characters that a header line cannot show, with a tab after a blank. A blank at
 * the end is quoted too, which git does not do and `patch` needs.
 */
function headerPath(side: 'a' | 'b', path: string): string {
  // "a//srv/x" would be an absolute path to `git apply` and `patch`, which refuse one.
  const full = `${side}/${path.replace(/^\/+/, '')}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be quoted
  if (/[\u0000-\u001f"\\\u007f]| $/.test(full)) {
    const quoted = full.replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must be quoted
      /[\u0000-\u001f"\\\u007f]/g,
      (char) =>
        char === '"' || char === '\\'
          ? `\\${char}`
          : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
    );
    return `"${quoted}"`;
  }
  return full.includes(' ') ? `${full}\t` : full;
}
