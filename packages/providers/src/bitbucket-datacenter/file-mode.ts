import type { FileMode } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { readType } from './files.ts';

const BLOCK = 512;

/**
 * Reads the mode of a file at a commit: `absent` when there is none, `undefined` when it cannot be told.
 *
 * No answer in JSON has it. An archive of that one file has: its header in the tar format (POSIX.1-2017, pax, "ustar Interchange
 * Format"). The content there is not used, since archives follow `.gitattributes`.
 */
export async function readFileMode(
  api: RepositoryApi,
  file: { readonly path: string; readonly sha: string },
  { signal }: RequestOptions,
): Promise<FileMode | 'absent' | undefined> {
  const { path, sha } = file;
  // Git takes these for a pattern, which other files may match.
  if (!/[*?[\]\\:]/.test(path)) {
    const response = await send(api, {
      path: '/archive',
      query: [
        ['at', sha],
        ['format', 'tar'],
        ['path', path],
      ],
      accept: '*/*',
      // What is answered where Git finds nothing to put in is not documented.
      expect: [200, 400, 404, 500],
      doing: `read the mode of "${path}" at "${sha}" in "${api.fullName}"`,
      signal,
    });
    const mode =
      response.status === 200 ? modeInArchive(Buffer.from(response.body), path) : undefined;
    if (mode !== undefined) return mode;
  }
  return (await readType(api, file, { signal })) === undefined ? 'absent' : undefined;
}

/** Reads the mode of a file in a tar that holds it alone; `undefined` when it holds anything else, or is no tar. */
export function modeInArchive(tar: Buffer, path: string): FileMode | undefined {
  const found: { readonly name: string; readonly mode: FileMode }[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    if (header.toString('latin1', 257, 262) !== 'ustar') return undefined;
    const size = octal(header, 124, 12);
    const permissions = octal(header, 100, 8);
    if (size === undefined || permissions === undefined) return undefined;
    const type = header.toString('latin1', 156, 157);
    const name = longName ?? nameIn(header);
    longName = type === 'x' ? pathIn(tar.subarray(at + BLOCK, at + BLOCK + size)) : undefined;
    if (type === '2') found.push({ name, mode: '120000' });
    // Git sets the bit of the owner for an executable file, and writes a NUL or "0" for the type of a file.
    else if (type === '0' || type === '\0')
      found.push({ name, mode: permissions & 0o100 ? '100755' : '100644' });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  const [only, ...more] = found;
  // A folder with one file in it has one entry too, of another name.
  return more.length === 0 && only?.name === path ? only.mode : undefined;
}

/** Reads the name of an entry: up to 100 bytes, behind up to 155 for the folder. */
function nameIn(header: Buffer): string {
  const folder = textOf(header.subarray(345, 500));
  const name = textOf(header.subarray(0, 100));
  return folder === '' ? name : `${folder}/${name}`;
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

/** Reads the path in the records of an extended header: `<length> path=<value>`, each with a line end. */
function pathIn(records: Buffer): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(records.toString('utf8'))?.[1];
}

function octal(header: Buffer, start: number, length: number): number | undefined {
  const digits = /^ *([0-7]{1,11})[ \0]/.exec(
    header.toString('latin1', start, start + length),
  )?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}
