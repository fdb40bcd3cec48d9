import { ProviderError } from '../errors.ts';
import { diffLines, type LineChange, splitLines } from './line-diff.ts';
import { isBinary } from './merge-trees.ts';
import type { TreeEntry } from './tree.ts';
import type { FileDifference } from './tree-diff.ts';

/** Where the contents of the files are read. */
interface BlobReader {
  read(oid: string, type: 'blob'): Buffer;
}

const CONTEXT_LINES = 3;
const MAX_DIFF_BYTES = 32 * 1024 * 1024;
const SUBMODULE = '160000';

/**
 * Writes the differences in Git's format, which `git apply` reads; binary files are only named.
 *
 * @throws ProviderError `PROVIDER_LIMIT_EXCEEDED` above 32 MiB.
 */
export async function unifiedDiff(
  objects: BlobReader,
  files: readonly FileDifference[],
): Promise<string> {
  const parts: string[] = [];
  let size = 0;
  for (const file of files.flatMap(splitTypeChange)) {
    const part = await fileDiff(objects, file);
    size += part.length;
    if (size > MAX_DIFF_BYTES) {
      throw new ProviderError(
        'PROVIDER_LIMIT_EXCEEDED',
        `the diff is larger than ${MAX_DIFF_BYTES} bytes`,
      );
    }
    parts.push(part);
  }
  return parts.join('');
}

/** A file that became a link, or the like, is one file less and one more: that is how the format says it. */
function splitTypeChange(file: FileDifference): readonly FileDifference[] {
  const { before, after } = file;
  if (before === undefined || after === undefined) return [file];
  if (before.mode.slice(0, 2) === after.mode.slice(0, 2)) return [file];
  return [
    { path: file.previousPath ?? file.path, before, after: undefined },
    { path: file.path, before: undefined, after },
  ];
}

async function fileDiff(objects: BlobReader, file: FileDifference): Promise<string> {
  const from = quoted(`a/${file.previousPath ?? file.path}`);
  const to = quoted(`b/${file.path}`);
  const head = [`diff --git ${from} ${to}`, ...modeLines(file)];
  if (file.previousPath !== undefined) {
    head.push(
      'similarity index 100%',
      `rename from ${quoted(file.previousPath)}`,
      `rename to ${quoted(file.path)}`,
    );
  }
  const before = contentOf(objects, file.before);
  const after = contentOf(objects, file.after);
  if (file.before?.oid === file.after?.oid) return `${head.join('\n')}\n`;
  const id = (entry: TreeEntry | undefined) => (entry?.oid ?? '0'.repeat(40)).slice(0, 10);
  const equalMode = file.before?.mode === file.after?.mode ? ` ${file.before?.mode}` : '';
  head.push(`index ${id(file.before)}..${id(file.after)}${equalMode}`);
  const names = [
    file.before === undefined ? '/dev/null' : from,
    file.after === undefined ? '/dev/null' : to,
  ] as const;
  if (isBinary(before) || isBinary(after)) {
    return `${head.join('\n')}\nBinary files ${names[0]} and ${names[1]} differ\n`;
  }
  const left = splitLines(before.toString('latin1'));
  const right = splitLines(after.toString('latin1'));
  const hunks = hunksOf(await diffLines(left, right), left, right);
  if (hunks === '') return `${head.join('\n')}\n`;
  // A name with a blank in it ends with a tab, so that patch(1) does not take the rest for a date.
  const end = (name: string) => (name.includes(' ') && !name.startsWith('"') ? `${name}\t` : name);
  head.push(`--- ${end(names[0])}`, `+++ ${end(names[1])}`);
  return `${head.join('\n')}\n${Buffer.from(hunks, 'latin1').toString('utf8')}`;
}

function modeLines({ before, after }: FileDifference): readonly string[] {
  if (before === undefined) return [`new file mode ${after?.mode}`];
  if (after === undefined) return [`deleted file mode ${before.mode}`];
  if (before.mode === after.mode) return [];
  return [`old mode ${before.mode}`, `new mode ${after.mode}`];
}

function contentOf(objects: BlobReader, entry: TreeEntry | undefined): Buffer {
  if (entry === undefined) return Buffer.alloc(0);
  // The commit of a submodule is in another repository.
  if (entry.mode === SUBMODULE) return Buffer.from(`Subproject commit ${entry.oid}\n`, 'latin1');
  return objects.read(entry.oid, 'blob');
}

function hunksOf(
  changes: readonly LineChange[],
  left: readonly string[],
  right: readonly string[],
): string {
  const groups: LineChange[][] = [];
  for (const change of changes) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (
      group !== undefined &&
      last !== undefined &&
      change.beforeStart - last.beforeEnd <= 2 * CONTEXT_LINES
    ) {
      group.push(change);
    } else groups.push([change]);
  }
  return groups.map((group) => hunk(group, left, right)).join('');
}

function hunk(
  changes: readonly LineChange[],
  left: readonly string[],
  right: readonly string[],
): string {
  const first = changes[0];
  const last = changes.at(-1);
  if (first === undefined || last === undefined) return '';
  const lead = Math.min(CONTEXT_LINES, first.beforeStart);
  const trail = Math.min(CONTEXT_LINES, left.length - last.beforeEnd);
  const start = first.beforeStart - lead;
  const lines: string[] = [];
  let at = start;
  for (const change of changes) {
    lines.push(...left.slice(at, change.beforeStart).map((line) => marked(' ', line)));
    lines.push(
      ...left.slice(change.beforeStart, change.beforeEnd).map((line) => marked('-', line)),
    );
    lines.push(...right.slice(change.afterStart, change.afterEnd).map((line) => marked('+', line)));
    at = change.beforeEnd;
  }
  lines.push(...left.slice(at, at + trail).map((line) => marked(' ', line)));
  const before = range(start, last.beforeEnd + trail - start);
  const afterStart = first.afterStart - lead;
  const after = range(afterStart, last.afterEnd + trail - afterStart);
  return `@@ -${before} +${after} @@\n${lines.join('')}`;
}

function range(start: number, count: number): string {
  // An empty range is named by the line before it.
  const from = count === 0 ? start : start + 1;
  return count === 1 ? `${from}` : `${from},${count}`;
}

function marked(mark: string, line: string): string {
  return line.endsWith('\n') ? `${mark}${line}` : `${mark}${line}\n\\ No newline at end of file\n`;
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

/** Quotes a name as Git does with `core.quotePath=false`: only what would break the format. */
function quoted(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is quoted
  if (!/["\\\x00-\x1f\x7f]/.test(name)) return name;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is quoted
  const text = name.replace(/["\\\x00-\x1f\x7f]/g, (character) => {
    const octal = character.charCodeAt(0).toString(8).padStart(3, '0');
    return escapes[character] ?? `\\${octal}`;
  });
  return `"${text}"`;
}
