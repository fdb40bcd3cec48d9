import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** One entry of a commit: text, bytes, or an entry with a mode; `undefined` deletes the path. */
export type FileEntry =
  | string
  | Uint8Array
  | { readonly mode: '100644' | '100755' | '120000'; readonly content: string | Uint8Array }
  | { readonly mode: '160000'; readonly sha: string }
  | undefined;

export interface ImportedCommit {
  /** Short branch name. @default 'main' */
  readonly branch?: string;
  /** Commit, branch or tag to start at. @default the tip of the branch */
  readonly from?: string;
  /** @default 'Change files' */
  readonly message?: string;
  /** Full paths with `/`. Other files stay as they are. */
  readonly files: Readonly<Record<string, FileEntry>>;
}

const { PATH = '' } = process.env;

/** Environment in which no configuration of the user or the machine reaches git, with a fixed author and date. */
export const cleanGitEnvironment: Readonly<Record<string, string>> = {
  PATH,
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'Test Author',
  GIT_AUTHOR_EMAIL: 'author@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0100',
  GIT_COMMITTER_NAME: 'Test Committer',
  GIT_COMMITTER_EMAIL: 'committer@example.com',
  GIT_COMMITTER_DATE: '1700000000 +0100',
  LC_ALL: 'C',
};

/** Runs git in a folder and returns its standard output; rejects with its standard error when it fails. */
export async function runGit(
  directory: string,
  args: readonly string[],
  input: string | Uint8Array = '',
): Promise<string> {
  const child = spawn('git', args, { cwd: directory, env: cleanGitEnvironment });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A git that ends before it has read its input closes the pipe; its exit code says what happened.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new Error(`git ${args.join(' ')} ended with ${code}: ${Buffer.concat(err).toString()}`);
  return Buffer.concat(out).toString();
}

/** Makes an empty bare repository whose HEAD points at `main`. */
export async function createBareRepository(directory: string): Promise<void> {
  // What `git init --bare` would make, without a process and its sample hooks: tests make hundreds of these.
  for (const folder of ['hooks', 'info', 'objects/info', 'objects/pack', 'refs/heads', 'refs/tags'])
    await mkdir(join(directory, folder), { recursive: true });
  await writeFile(join(directory, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(
    join(directory, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n',
  );
}

/**
 * Writes a commit with `git fast-import` (10,000 files take well under a second).
 *
 * @returns The id of the commit.
 */
export async function importCommit(directory: string, commit: ImportedCommit): Promise<string> {
  const ref = `refs/heads/${commit.branch ?? 'main'}`;
  const start = commit.from ?? (await existing(directory, ref));
  return fastImport(directory, { ...commit, ref, start });
}

/** Makes a bare repository with one commit on `main`, and returns its id. */
export async function createFilledRepository(
  directory: string,
  files: ImportedCommit['files'],
): Promise<string> {
  await createBareRepository(directory);
  return fastImport(directory, { ref: 'refs/heads/main', start: undefined, files });
}

async function fastImport(
  directory: string,
  commit: {
    readonly ref: string;
    readonly start: string | undefined;
    readonly message?: string;
    readonly files: ImportedCommit['files'];
  },
): Promise<string> {
  const parts: (string | Uint8Array)[] = [
    `commit ${commit.ref}\n`,
    'mark :1\n',
    'author Test Author <author@example.com> 1700000000 +0100\n',
    'committer Test Committer <committer@example.com> 1700000000 +0100\n',
    data(commit.message ?? 'Change files'),
    commit.start === undefined ? '' : `from ${commit.start}^0\n`,
  ];
  for (const [path, entry] of Object.entries(commit.files)) parts.push(...change(path, entry));
  parts.push('\nget-mark :1\n');
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return (await runGit(directory, ['fast-import', '--quiet', '--force'], bytes)).trim();
}

/** The ref itself when it exists; nothing before the first commit of a branch. */
async function existing(directory: string, ref: string): Promise<string | undefined> {
  if (existsSync(join(directory, ref))) return ref;
  const found = await runGit(directory, ['for-each-ref', '--format=%(objectname)', ref]);
  return found.trim() === '' ? undefined : ref;
}

function data(content: string | Uint8Array): string | Uint8Array {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}

function change(path: string, entry: FileEntry): (string | Uint8Array)[] {
  const name = `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
  if (entry === undefined) return [`D ${name}\n`];
  if (typeof entry === 'string' || entry instanceof Uint8Array)
    return [`M 100644 inline ${name}\n`, data(entry)];
  if (entry.mode === '160000') return [`M 160000 ${entry.sha} ${name}\n`];
  return [`M ${entry.mode} inline ${name}\n`, data(entry.content)];
}
