import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import { ConfigError } from './errors.ts';
import type { ConfigIssue } from './issue.ts';
import { readTextFile } from './read-text-file.ts';
import type { SecretReference } from './types.ts';
import { boundHost, type Lookup } from './variables.ts';

/** Where references are looked up. */
export interface SecretPlaces {
  readonly lookup: Lookup;
  readonly homeDirectory: string;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** True for a file that a person has named; see `ParseConfigOptions.trusted`. */
  readonly trusted: boolean;
}

/**
 * The folder from which a gitops.yaml that was found in a project may read the secrets of a host (or of `notifications`, or `server`).
 * Each host has its own, so that no file can send the secret of one host to another.
 */
function secretFolder(homeDirectory: string, scope: string): string {
  // No host name has a "_", and Windows takes no ":" in a file name.
  return join(homeDirectory, '.gitops', 'secrets', scope.replaceAll(':', '_'));
}

const MAX_SECRET = 65_536;

/**
 * Opens a reference.
 *
 * @param scope The host that the secret is for, `notifications`, or `server`.
 * @returns The secret, or what is wrong.
 */
export async function openSecret(
  reference: SecretReference,
  places: SecretPlaces,
  scope: string,
): Promise<Secret | Pick<ConfigIssue, 'code' | 'message' | 'hint'>> {
  if ('env' in reference) {
    const bound = places.trusted ? undefined : boundHost(reference.env, places.lookup);
    if (bound !== undefined && bound.host !== scope)
      return {
        code: 'CONFIG_SECRET_FORBIDDEN',
        message: `the variable "${reference.env}" is for ${bound.host === undefined ? 'the host' : `"${bound.host}"`}, which ${bound.namedBy} names`,
      };
    const found = places.lookup(reference.env);
    return found === undefined
      ? { code: 'CONFIG_SECRET_MISSING', message: `the variable "${reference.env}" is not set` }
      : new Secret(found.value);
  }
  const path = expandPath(reference.file, places);
  try {
    const folder = secretFolder(places.homeDirectory, scope);
    if (!(places.trusted || (await isBelow(path, folder))))
      return {
        code: 'CONFIG_SECRET_FORBIDDEN',
        message: `"${reference.file}" is not in "${folder}"`,
        hint: 'Move the file there, or name gitops.yaml on purpose with --config.',
      };
    const file = await readTextFile(path);
    if (file === undefined)
      return { code: 'CONFIG_SECRET_MISSING', message: `there is no file "${reference.file}"` };
    const value = file.text.replace(/(?:\r?\n)+$/, '');
    if (value === '' || value.length > MAX_SECRET)
      return {
        code: 'CONFIG_SECRET_MISSING',
        message: `the file "${reference.file}" is empty or has more than ${MAX_SECRET} characters`,
      };
    return new Secret(value);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    };
  }
}

/** Makes a path of a file absolute. */
export function expandPath(
  path: string,
  places: Pick<SecretPlaces, 'homeDirectory' | 'folder'>,
): string {
  if (path === '~' || path.startsWith('~/')) return join(places.homeDirectory, path.slice(1));
  return isAbsolute(path) ? path : resolve(places.folder, path);
}

/** Links are resolved first, so that one in the project leads nowhere else. A file that is not there is nowhere. */
async function isBelow(path: string, folder: string): Promise<boolean> {
  const [real, root] = await Promise.all([resolved(path), resolved(folder)]);
  return real.startsWith(root + sep);
}

async function resolved(path: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return resolve(path);
    throw new ConfigError('CONFIG_NOT_FOUND', `the path "${path}" cannot be read (${error.code})`, {
      cause: error,
    });
  });
}
