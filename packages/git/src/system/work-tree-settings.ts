import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../errors.ts';
import { settingArguments } from './environment.ts';
import type { GitProcessResult } from './git-process.ts';

/**
 * Finds the programs that a repository's own configuration would run (filters, merge drivers) and switches them off.
 *
 * The configuration is read as text first: only one that could name such a program costs a git process.
 */
export async function programsOff(
  gitFolder: string,
  run: (args: readonly string[]) => Promise<GitProcessResult>,
): Promise<readonly string[]> {
  const text = await configText(gitFolder);
  if (!/\[\s*(?:filter|merge|include)|worktreeConfig/i.test(text)) return [];
  const result = await run([
    'config',
    '--name-only',
    '-z',
    '--get-regexp',
    '^(filter\\..*\\.(clean|smudge|process|required)|merge\\..*\\.driver)$',
  ]);
  // Exit code 1 says that there is none.
  if (result.code !== 0) return [];
  const names = new Set(
    result.stdout
      .toString('utf8')
      .split('\0')
      .filter((name) => name !== ''),
  );
  return settingArguments(
    [...names].map((name) => {
      if (/[=\n]/.test(name)) {
        throw new GitError(
          'GIT_INVALID_ARGUMENT',
          'The configuration of the repository names a filter that cannot be switched off.',
        );
      }
      if (name.endsWith('.driver')) return `${name}=false`;
      return name.endsWith('.required') ? `${name}=false` : `${name}=`;
    }),
  );
}

/** The text of a repository's configuration, to see cheaply what cannot be in it. */
export async function configText(gitFolder: string): Promise<string> {
  try {
    return await readFile(join(gitFolder, 'config'), 'utf8');
  } catch (error) {
    // A linked work tree keeps its configuration elsewhere; then git itself is asked.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[include]';
    throw error;
  }
}
