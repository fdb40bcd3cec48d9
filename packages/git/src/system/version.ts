import type { EngineOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import { hardenedEnvironment } from './environment.ts';
import { runGitProcess } from './git-process.ts';

/** The part of a version of git that its abilities go by. */
export interface GitVersion {
  readonly major: number;
  readonly minor: number;
}

const OLDEST: GitVersion = { major: 2, minor: 30 };

/**
 * Asks the git program for its version.
 *
 * @throws {@link GitError} `GIT_EXECUTABLE_NOT_FOUND` when there is none, or one that is older than 2.30.
 */
export async function systemGitVersion(options: EngineOptions): Promise<GitVersion> {
  const result = await runGitProcess({
    args: ['--version'],
    environment: hardenedEnvironment(options.environment),
    cwd: options.temporaryDirectory,
    maxOutput: 4096,
  });
  const text = result.stdout.toString('utf8').trim();
  const match = /^git version ([0-9]+)\.([0-9]+)/.exec(text);
  if (result.code !== 0 || match === null) {
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      'The program "git" in PATH does not answer as git does.',
    );
  }
  const version = { major: Number(match[1]), minor: Number(match[2]) };
  if (!isAtLeast(version, OLDEST)) {
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      `The git program is too old: "${text.slice(0, 60)}".`,
    );
  }
  return version;
}

/** Tells whether a version is another one or newer. */
export function isAtLeast(version: GitVersion, other: GitVersion): boolean {
  return (
    version.major > other.major || (version.major === other.major && version.minor >= other.minor)
  );
}
