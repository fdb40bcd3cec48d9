import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServerConfig } from '@bowline/gitops-config';
import { ServerError } from '../errors.ts';
import {
  formatTokenFile,
  parseTokenFile,
  parseTokenList,
  type TokenRecord,
  unique,
} from './token.ts';

const MAX_BYTES = 1_048_576;

/**
 * Reads the tokens of the configuration: those of the file, and those of `GITOPS_SERVER_TOKENS`.
 *
 * @throws ServerError `SERVER_TOKENS_INVALID` also when the file can be changed by others, who could add a token of their own.
 */
export async function configuredTokens({
  tokensFile,
  tokens,
}: Pick<ServerConfig, 'tokensFile' | 'tokens'>): Promise<readonly TokenRecord[]> {
  const fromFile = tokensFile === undefined ? [] : await readTokenFile(tokensFile);
  const fromVariable =
    tokens === undefined ? [] : parseTokenList(tokens.reveal(), 'GITOPS_SERVER_TOKENS');
  return unique([...fromFile, ...fromVariable], 'The configuration');
}

/**
 * Reads a file of tokens.
 *
 * @throws ServerError `SERVER_TOKENS_INVALID`
 */
export async function readTokenFile(path: string): Promise<readonly TokenRecord[]> {
  const place = `The file of tokens "${path}"`;
  try {
    const file = await open(path, 'r');
    try {
      const { mode, size } = await file.stat();
      // Windows has no such bits; there all of them are set.
      if (process.platform !== 'win32' && (mode & 0o022) !== 0) {
        throw new ServerError('SERVER_TOKENS_INVALID', `${place} can be changed by others.`, {
          hint: `Run: chmod 600 ${path}`,
        });
      }
      if (size > MAX_BYTES) {
        throw new ServerError(
          'SERVER_TOKENS_INVALID',
          `${place} is larger than ${MAX_BYTES} bytes.`,
        );
      }
      return parseTokenFile(await file.readFile('utf8'), place);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof ServerError) throw cause;
    throw new ServerError('SERVER_TOKENS_INVALID', `${place} cannot be read.`, { cause });
  }
}

/**
 * Changes a file of tokens, readable by its owner alone, at once or not at all. Makes the file where there is none.
 *
 * @throws ServerError `SERVER_TOKENS_INVALID` also while another program changes it.
 */
export async function updateTokenFile(
  path: string,
  edit: (records: readonly TokenRecord[]) => readonly TokenRecord[],
): Promise<void> {
  // The new file is made beside the old one before that is read, so it is the lock as well.
  const beside = `${path}.new`;
  await makeFolder(dirname(path));
  const file = await open(beside, 'wx', 0o600).catch((cause: unknown) => {
    throw new ServerError('SERVER_TOKENS_INVALID', `"${beside}" cannot be made.`, {
      cause,
      hint: 'Another program changes the tokens now, or one that did has crashed: then delete that file.',
    });
  });
  try {
    const former = existsSync(path) ? await readTokenFile(path) : [];
    const records = unique(edit(former), `The file of tokens "${path}"`);
    await file.writeFile(formatTokenFile(records));
    await file.sync();
    await file.close();
    await rename(beside, path);
  } catch (error) {
    await file.close();
    await rm(beside, { force: true });
    throw error;
  }
}

/** Makes a folder for its owner alone; the one above it must be there. Node's recursive way never ends below `/proc`. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw new ServerError('SERVER_TOKENS_INVALID', `The folder "${path}" cannot be made.`, {
      cause,
      hint: 'Make the folder above it, or name a file elsewhere.',
    });
  }
}
