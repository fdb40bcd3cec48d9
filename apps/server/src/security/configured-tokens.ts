import { open, rename, rm, writeFile } from 'node:fs/promises';
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

/** Writes a file of tokens, readable by its owner alone, at once or not at all. */
export async function writeTokenFile(path: string, records: readonly TokenRecord[]): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(beside, formatTokenFile(records), { mode: 0o600, flag: 'wx' });
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
