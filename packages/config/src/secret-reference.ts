import { realpath } from 'node:fs/promises';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import { ConfigError } from './errors.ts';
import type { ConfigIssue } from './issue.ts';
import { readTextFile } from './read-text-file.ts';
import type { SecretReference } from './types.ts';
import type { Lookup } from './variables.ts';

/** Where references are looked up. */
export interface SecretPlaces {
  readonly lookup: Lookup;
  readonly homeDirectory: string;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** True for a file that a person has named; see `ParseConfigOptions.trusted`. */
  readonly trusted: boolean;
}

/** The folders from which a gitops.yaml that was found in a project may read a secret. `/run/secrets` is Docker's. */
function openFolders(homeDirectory: string): readonly string[] {
  return [join(homeDirectory, '.gitops'), '/run/secrets'];
}

const MAX_SECRET = 65_536;

/** Opens a reference. @returns The secret, or what is wrong. */
export async function openSecret(
  reference: SecretReference,
  places: SecretPlaces,
): Promise<Secret | Pick<ConfigIssue, 'code' | 'message' | 'hint'>> {
  if ('env' in reference) {
    const found = places.lookup(reference.env);
    return found === undefined
      ? { code: 'CONFIG_SECRET_MISSING', message: `the variable "${reference.env}" is not set` }
      : new Secret(found.value);
  }
  const path = expand(reference.file, places);
  try {
    if (!(places.trusted || (await isOpen(path, places.homeDirectory))))
      return {
        code: 'CONFIG_SECRET_FORBIDDEN',
        message: `"${reference.file}" is not in ~/.gitops or /run/secrets`,
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

function expand(path: string, places: SecretPlaces): string {
  if (path === '~' || path.startsWith('~/')) return join(places.homeDirectory, path.slice(1));
  return isAbsolute(path) ? path : resolve(places.folder, path);
}

/** Links are resolved first, so that one in the project leads nowhere else. */
async function isOpen(path: string, homeDirectory: string): Promise<boolean> {
  const real = await realpath(path).catch(() => resolve(path));
  for (const folder of openFolders(homeDirectory)) {
    const root = await realpath(folder).catch(() => resolve(folder));
    if (real.startsWith(root + sep)) return true;
  }
  return false;
}
