import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Session } from './session.ts';

/** A person as Git writes one. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/**
 * Finds the person at work: `GITOPS_AUTHOR_NAME` and `GITOPS_AUTHOR_EMAIL`, then what Git's configuration says here.
 *
 * @returns `undefined` when neither names one.
 */
export async function findAuthor(
  session: Session,
  directory: string = session.workingDirectory,
): Promise<Person | undefined> {
  const { author } = await session.config();
  return author ?? (await gitIdentity(session, directory));
}

async function gitIdentity(session: Session, directory: string): Promise<Person | undefined> {
  const settings = (await askGit(session, directory)) ?? (await readGitConfig(session));
  const name = settings.get('user.name');
  const email = settings.get('user.email');
  return name === undefined || email === undefined ? undefined : { name, email };
}

/** Asks git itself, which knows about includes and the repository. @returns `undefined` without a git program. */
function askGit(session: Session, directory: string): Promise<Map<string, string> | undefined> {
  return new Promise((done) => {
    execFile(
      'git',
      ['config', '--null', '--get-regexp', '^user\\.(name|email)$'],
      { cwd: directory, env: session.environment, timeout: 5_000, maxBuffer: 65_536 },
      (error, stdout) => {
        if (error !== null && error.code === 'ENOENT') return done(undefined);
        // Exit code 1 means that nothing is set.
        done(
          new Map(
            stdout
              .split('\0')
              .filter((entry) => entry.includes('\n'))
              .map((entry) => {
                const end = entry.indexOf('\n');
                return [entry.slice(0, end), entry.slice(end + 1).trim()] as const;
              })
              .filter(([, value]) => value !== ''),
          ),
        );
      },
    );
  });
}

/** Reads the two settings from the person's own file, for machines without git. Includes are not followed. */
async function readGitConfig(session: Session): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  const { XDG_CONFIG_HOME } = session.environment;
  const files = [
    join(XDG_CONFIG_HOME ?? join(session.homeDirectory, '.config'), 'git', 'config'),
    join(session.homeDirectory, '.gitconfig'),
  ];
  for (const file of files) {
    let section = '';
    for (const line of (await readIfPresent(file)).split(/\r?\n/)) {
      const header = /^\s*\[\s*([^\]"\s]+)\s*\]/.exec(line);
      if (header !== null) section = header[1]?.toLowerCase() ?? '';
      else if (/^\s*\[/.test(line)) section = '';
      const setting = /^\s*(name|email)\s*=\s*"?([^"#;]*)"?/i.exec(line);
      if (section !== 'user' || setting === null) continue;
      const value = setting[2]?.trim() ?? '';
      if (value !== '') settings.set(`user.${setting[1]?.toLowerCase()}`, value);
    }
  }
  return settings;
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
