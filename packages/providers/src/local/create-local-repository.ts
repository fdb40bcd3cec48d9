import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FileChange } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { Person } from '../vocabulary.ts';
import { writeCommit } from './commit.ts';
import { editTree } from './edit-tree.ts';
import { GitDirectories, type GitDirectory } from './git-directory.ts';
import { checkRoot } from './local.ts';
import { branchRef, checkMessage, checkPerson, repositoryName } from './names.ts';
import { systemCode, writeFailed } from './object-store.ts';
import { updateRefs } from './ref-transaction.ts';
import { EMPTY_TREE } from './tree.ts';

/** Options of {@link createLocalRepository}. */
export interface CreateLocalRepositoryOptions {
  /** The folder below which the repository is made. An absolute path; it is made when it is not there. */
  readonly root: string;
  /** `shop` or `acme/shop`; the folder is `<root>/<name>.git`. */
  readonly name: string;
  /** The files of each branch, by path. Branches with the same files share one commit. @default none: an empty repository */
  readonly branches?:
    | Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>>
    | undefined;
  /** The branch that `HEAD` names. @default the first of `branches`, or `main` */
  readonly defaultBranch?: string | undefined;
  /** @default 'Initial commit' */
  readonly message?: string | undefined;
  /** @default Bowline <bowline@localhost> */
  readonly author?: Person | undefined;
  /** The time of the first commits. The same input makes the same commit ids. @default 2026-01-01T00:00:00Z */
  readonly date?: Date | undefined;
  /** What to do when the repository is there: leave it as it is, or throw. @default 'fail' */
  readonly ifExists?: 'keep' | 'fail' | undefined;
}

/** What {@link createLocalRepository} made or found. */
export interface CreatedLocalRepository {
  /** The path of the bare repository. */
  readonly path: string;
  /** False when it was there already and was kept. */
  readonly created: boolean;
}

/**
 * Makes a bare repository with branches and files. It stands complete or not at all: it is built beside its place and moved there.
 *
 * @throws ProviderError `PROVIDER_ALREADY_EXISTS` when it is there and `ifExists` is not `keep`; `PROVIDER_INVALID_ARGUMENT` for a
 * name or path that cannot be used.
 */
export async function createLocalRepository(
  options: CreateLocalRepositoryOptions,
): Promise<CreatedLocalRepository> {
  const root = checkRoot(options.root);
  const name = repositoryName(options.name);
  const settings = {
    root,
    author: checkPerson(options.author ?? { name: 'Bowline', email: 'bowline@localhost' }),
    date: options.date ?? new Date('2026-01-01T00:00:00Z'),
  };
  const branches = Object.entries(options.branches ?? {});
  const defaultBranch = options.defaultBranch ?? branches[0]?.[0] ?? 'main';
  branchRef(defaultBranch);
  const path = join(root, ...`${name}.git`.split('/'));
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw writeFailed(error, dirname(path));
  }
  const existing = existingRepository(root, name);
  if (existing !== undefined) return kept(existing, options);
  // A name that no repository can have, so that nobody finds it before it is done.
  const building = await mkdtemp(join(dirname(path), '.new-'));
  try {
    const draft = join(building, 'draft.git');
    await writeSkeleton(draft, defaultBranch);
    const directory = directoriesIn(building, settings).require('draft');
    const message = checkMessage(options.message ?? 'Initial commit');
    for (const [branch, files] of branches)
      await writeBranch(directory, { branch, files, message });
    await rename(draft, path);
    return { path, created: true };
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'EPERM') throw error;
    // Another process was faster. What it made counts.
    const made = existingRepository(root, name);
    if (made === undefined) throw writeFailed(error, path);
    return kept(made, options);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

interface BuildSettings {
  readonly author: Person;
  readonly date: Date;
}

function directoriesIn(root: string, { author, date }: BuildSettings): GitDirectories {
  return new GitDirectories({
    root,
    author,
    committer: author,
    clock: () => date,
    lockTimeoutMs: 10_000,
    durable: false,
  });
}

function existingRepository(root: string, name: string): string | undefined {
  const author = { name: 'Bowline', email: 'bowline@localhost' };
  return directoriesIn(root, { author, date: new Date(0) }).find(name)?.path;
}

function kept(path: string, options: CreateLocalRepositoryOptions): CreatedLocalRepository {
  if (options.ifExists === 'keep') return { path, created: false };
  throw new ProviderError('PROVIDER_ALREADY_EXISTS', `repository "${path}" exists already`);
}

async function writeSkeleton(path: string, defaultBranch: string): Promise<void> {
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) {
    await mkdir(join(path, ...folder.split('/')), { recursive: true });
  }
  await writeFile(join(path, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`);
  await writeFile(
    join(path, 'config'),
    '[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n',
  );
}

async function writeBranch(
  directory: GitDirectory,
  input: {
    readonly branch: string;
    readonly files: Readonly<Record<string, string | Uint8Array>>;
    readonly message: string;
  },
): Promise<void> {
  const { objects, refs, settings } = directory;
  const changes = Object.entries(input.files).map(
    ([path, content]): FileChange => ({
      type: 'write',
      path,
      content: typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
    }),
  );
  const commit = await writeCommit(objects, {
    tree: await editTree(objects, EMPTY_TREE, changes),
    parents: [],
    author: settings.author,
    committer: settings.committer,
    date: settings.clock(),
    message: input.message,
  });
  const name = branchRef(input.branch);
  await updateRefs(refs, [{ name, expected: undefined, next: commit }], {
    lockTimeoutMs: settings.lockTimeoutMs,
  });
}
