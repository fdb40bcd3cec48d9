import { access } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Names the file in which `gitops server` looks for bearer tokens when none is configured.
 *
 * @example
 * ```ts
 * import { tokensFilePath } from '@bowline/gitops-config';
 *
 * console.log(tokensFilePath('/home/ada'));
 * //=> /home/ada/.gitops/server-tokens.json
 * ```
 */
export function tokensFilePath(homeDirectory: string): string {
  return join(homeDirectory, '.gitops', 'server-tokens.json');
}

/** Finds that file; `undefined` when it is not there. One that is there and cannot be read is for the server to complain about. */
export async function defaultTokensFile(homeDirectory: string): Promise<string | undefined> {
  const path = tokensFilePath(homeDirectory);
  return access(path).then(
    () => path,
    (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ENOTDIR' ? undefined : path,
  );
}
