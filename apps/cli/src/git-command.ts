import { resolve } from 'node:path';
import type { Repository } from '@bowline/gitops-git';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base-command.ts';
import { openGitFor } from './git-access.ts';
import { type Progress, startProgress } from './progress.ts';
import type { Session } from './session.ts';

/** The base of the commands that work in a clone. */
export abstract class GitCommand extends BaseCommand {
  static override baseFlags = {
    ...BaseCommand.baseFlags,
    cwd: Flags.string({
      description: 'Work in this folder instead of the current one.',
      helpValue: 'DIR',
      helpGroup: 'REPOSITORY',
    }),
  };

  /** Opens the repository at or above the folder. */
  protected async openRepository(
    session: Session,
    cwd: string | undefined,
  ): Promise<{ readonly repository: Repository; readonly directory: string }> {
    const directory = resolve(session.workingDirectory, cwd ?? '.');
    // The remotes are those of the person's own clone, which `clone --remote local` makes with the path of a folder.
    const git = await openGitFor(session, { host: 'local' });
    return { repository: await git.open(directory), directory };
  }
}

/** Runs something with a remote under a spinner that shows how far Git is. */
export async function withProgress<T>(
  session: Session,
  title: string,
  work: (
    onProgress: (progress: { phase: string; loaded: number; total: number | undefined }) => void,
  ) => Promise<T>,
): Promise<T> {
  const progress: Progress = await startProgress(session);
  progress.report({ state: 'started', message: title });
  try {
    const result = await work(({ phase, loaded, total }) => {
      const far = total === undefined ? `${loaded}` : `${loaded}/${total}`;
      progress.update(`${title}: ${phase} ${far}`);
    });
    progress.stop('done');
    return result;
  } catch (error) {
    progress.stop('failed');
    throw error;
  }
}
