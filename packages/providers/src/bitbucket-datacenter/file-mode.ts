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
    const mode = response.status === 200 ? modeInArchive(Buffer.from(response.body)) : undefined;
    if (mode !== undefined) return mode;
  }
  return (await readType(api, file, { signal })) === undefined ? 'absent' : undefined;
}

/** Reads the mode of the one file in a tar; `undefined` when it holds none, several, or is no tar. */
export function modeInArchive(tar: Buffer): FileMode | undefined {
  const modes: (FileMode | undefined)[] = [];
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    if (header.toString('latin1', 257, 262) !== 'ustar') return undefined;
    const size = octal(header, 124, 12);
    const permissions = octal(header, 100, 8);
    if (size === undefined || permissions === undefined) return undefined;
    const type = header.toString('latin1', 156, 157);
    if (type === '2') modes.push('120000');
    // Git sets the bit of the owner for an executable file, and writes a NUL or "0" for the type of a file.
    else if (type === '0' || type === '\0') modes.push(permissions & 0o100 ? '100755' : '100644');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return modes.length === 1 ? modes[0] : undefined;
}

function octal(header: Buffer, start: number, length: number): number | undefined {
  const digits = /^ *([0-7]{1,11})[ \0]/.exec(
    header.toString('latin1', start, start + length),
  )?.[1];
  return digits === undefined ? undefined : Number.parseInt(digits, 8);
}
