import { diffLines, type LineChange } from './line-diff.ts';

/** One side of a file comparison; absent files have none. */
export interface DiffSide {
  /** Six octal digits. */
  readonly mode: string;
  readonly id: string;
  readonly content: Buffer;
}

const CONTEXT = 3;
const ABBREVIATION = 7;
const BINARY_PROBE = 8000;

/** Prints the change of one file as `git diff` does; `''` when there is none. */
export function fileDiff(
  path: string,
  before: DiffSide | undefined,
  after: DiffSide | undefined,
): string {
  if (before?.id === after?.id && before?.mode === after?.mode) return '';
  // A file that becomes a link is another file at the same place.
  if (before !== undefined && after !== undefined && kind(before) !== kind(after))
    return fileDiff(path, before, undefined) + fileDiff(path, undefined, after);
  const lines = [`diff --git ${quoted(`a/${path}`)} ${quoted(`b/${path}`)}`];
  if (before === undefined) lines.push(`new file mode ${after?.mode}`);
  else if (after === undefined) lines.push(`deleted file mode ${before.mode}`);
  else if (before.mode !== after.mode)
    lines.push(`old mode ${before.mode}`, `new mode ${after.mode}`);
  if (before?.id !== after?.id) {
    const mode = before !== undefined && before.mode === after?.mode ? ` ${before.mode}` : '';
    lines.push(`index ${short(before)}..${short(after)}${mode}`);
    lines.push(...contentDiff(path, before, after));
  }
  return `${lines.join('\n')}\n`;
}

function contentDiff(
  path: string,
  before: DiffSide | undefined,
  after: DiffSide | undefined,
): string[] {
  const from = before === undefined ? '/dev/null' : quoted(`a/${path}`);
  const to = after === undefined ? '/dev/null' : quoted(`b/${path}`);
  const old = before?.content ?? Buffer.alloc(0);
  const now = after?.content ?? Buffer.alloc(0);
  if (isBinary(old) || isBinary(now)) return [`Binary files ${from} and ${to} differ`];
  const hunks = formatHunks(splitLines(old), splitLines(now));
  // A name with a blank gets a tab behind it, so that patch knows where it ends.
  const end = path.includes(' ') ? '\t' : '';
  if (hunks.length === 0) return [];
  return [
    `--- ${from}${before === undefined ? '' : end}`,
    `+++ ${to}${after === undefined ? '' : end}`,
    ...hunks,
  ];
}

function kind(side: DiffSide): string {
  return side.mode.slice(0, 3);
}

function short(side: DiffSide | undefined): string {
  return (side?.id ?? '').slice(0, ABBREVIATION).padEnd(ABBREVIATION, '0');
}

function isBinary(content: Buffer): boolean {
  return content.subarray(0, BINARY_PROBE).includes(0);
}

/** Lines with their ends, so that a missing last end is a difference. */
function splitLines(content: Buffer): string[] {
  const text = content.toString('utf8');
  return text === '' ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

function formatHunks(before: readonly string[], after: readonly string[]): string[] {
  const output: string[] = [];
  for (const group of grouped(diffLines(before, after))) {
    const first = group.at(0);
    const last = group.at(-1);
    if (first === undefined || last === undefined) continue;
    const start = Math.max(0, first.before[0] - CONTEXT);
    const startAfter = first.after[0] - (first.before[0] - start);
    const end = Math.min(before.length, last.before[1] + CONTEXT);
    const endAfter = last.after[1] + (end - last.before[1]);
    const ranges = `-${range(start, end)} +${range(startAfter, endAfter)}`;
    output.push(`@@ ${ranges} @@${heading(before, start)}`);
    let position = start;
    for (const change of group) {
      push(output, ' ', before.slice(position, change.before[0]));
      push(output, '-', before.slice(...change.before));
      push(output, '+', after.slice(...change.after));
      position = change.before[1];
    }
    push(output, ' ', before.slice(position, end));
  }
  return output;
}

/** Changes whose contexts touch stand in one hunk. */
function grouped(changes: readonly LineChange[]): LineChange[][] {
  const groups: LineChange[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (
      group !== undefined &&
      last !== undefined &&
      change.before[0] - last.before[1] <= 2 * CONTEXT
    )
      group.push(change);
    else groups.push([change]);
  }
  return groups;
}

function range(start: number, end: number): string {
  const count = end - start;
  if (count === 1) return `${start + 1}`;
  return `${count === 0 ? start : start + 1},${count}`;
}

/** The nearest line above that begins with a letter, `_` or `$`, which git shows to say where the hunk is. */
function heading(lines: readonly string[], start: number): string {
  for (let index = start - 1; index >= 0; index -= 1) {
    const line = lines[index] ?? '';
    if (/^[A-Za-z_$]/.test(line)) {
      // Git cuts at 80 bytes, and never inside a character.
      const cut = Buffer.from(line.trimEnd()).subarray(0, 80).toString('utf8');
      return ` ${cut.replace(/\ufffd$/, '').trimEnd()}`;
    }
  }
  return '';
}

function push(output: string[], sign: string, lines: readonly string[]): void {
  for (const line of lines) {
    if (line.endsWith('\n')) output.push(sign + line.slice(0, -1));
    else output.push(sign + line, '\\ No newline at end of file');
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** Quotes a path with control characters, quotes or backslashes as git does (with `core.quotePath` off). */
function quoted(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (!/[\u0000-\u001f\u007f"\\]/.test(path)) return path;
  const escaped = [...path].map((character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code !== 0x7f) return ESCAPES[character] ?? character;
    return ESCAPES[character] ?? `\\${code.toString(8).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}
