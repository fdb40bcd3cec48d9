import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommitOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import type { CommitInfo, Person, Signature } from '../types.ts';
import { modeNumber } from './checkout.ts';
import {
  formatCommit,
  formatTree,
  parseCommit,
  type RawTreeEntry,
  readCommit,
} from './git-objects.ts';
import { inParallel } from './in-parallel.ts';
import { type IndexEntry, type IndexFile, indexEntry, withIndex } from './index-file.ts';
import { isAbsent } from './repository-location.ts';
import type { RepositoryState } from './repository-state.ts';
import { headFiles, untrackedFiles } from './status.ts';
import type { ObjectSink } from './tree-edit.ts';

/** Adds files and folders to the index, removed ones too. */
export async function addPaths(state: RepositoryState, paths: readonly string[]): Promise<void> {
  await withIndex(state.gitdir, (index) => stagePaths(state, index, paths));
}

async function stagePaths(
  state: RepositoryState,
  index: IndexFile,
  paths: readonly string[],
): Promise<void> {
  const untracked = await untrackedFiles(state, index);
  const known = [...index.entries.keys(), ...index.conflicts.keys(), ...untracked];
  for (const path of paths) {
    const matching =
      path === '.' ? known : known.filter((one) => one === path || one.startsWith(`${path}/`));
    if (matching.length === 0 && path !== '.')
      throw new GitError('GIT_INVALID_ARGUMENT', `There is no file "${path}" to add.`, {
        hint: 'Check the path; files that .gitignore names are not added.',
        details: { path },
      });
    await inParallel(matching, (one) => stageFile(state, index, one));
  }
}

async function stageFile(state: RepositoryState, index: IndexFile, path: string): Promise<void> {
  const before = index.entries.get(path);
  if (
    before !== undefined &&
    (await state.workTree.compare(before, index.writtenAt)) === 'unmodified'
  )
    return;
  const file = await state.workTree.find(path);
  index.conflicts.delete(path);
  if (file === undefined || file.kind === 'folder' || file.kind === 'other') {
    index.entries.delete(path);
    return;
  }
  const data = await state.workTree.read(path, file.kind);
  const id = await state.objects.write({ type: 'blob', data });
  const mode = state.workTree.modeOf(file, before?.mode);
  index.entries.set(path, indexEntry(path, { mode, id }, file.stats));
}

/** @throws {@link GitError} `GIT_NOTHING_TO_COMMIT`, `GIT_MERGE_CONFLICT` when files are still in conflict. */
export function commitFiles(state: RepositoryState, options: CommitOptions): Promise<CommitInfo> {
  // The lock of the index also keeps two commits apart.
  return withIndex(state.gitdir, (index) => commitIndex(state, index, options));
}

async function commitIndex(
  state: RepositoryState,
  index: IndexFile,
  options: CommitOptions,
): Promise<CommitInfo> {
  const head = await state.refs.head();
  if (options.all === true)
    await inParallel(index.entries.keys(), (path) => stageFile(state, index, path));
  let content: ReadonlyMap<string, Pick<IndexEntry, 'mode' | 'id'>> = index.entries;
  const { paths = [] } = options;
  if (paths.length > 0) {
    await stagePaths(state, index, paths);
    content = await onlyPaths(state, { head, index, paths });
  }
  if (index.conflicts.size > 0)
    throw new GitError('GIT_MERGE_CONFLICT', 'Files are still in conflict.', {
      details: { paths: [...index.conflicts.keys()] },
    });
  const merging = await mergeHeads(state.gitdir);
  const tree = await writeTrees(state.objects, content);
  const before = head === undefined ? undefined : (await readCommit(state.objects, head)).tree;
  const empty = before === undefined ? content.size === 0 : tree === before;
  if (empty && merging.length === 0)
    throw new GitError('GIT_NOTHING_TO_COMMIT', 'There is no change to commit.');
  const author = signatureOf(options.author, state.clock);
  const message = cleanMessage(options.message);
  const data = await formatCommit(
    {
      tree,
      parents: [...(head === undefined ? [] : [head]), ...merging],
      author,
      committer: author,
      message: options.signOff === true ? signedOff(message, author) : message,
    },
    options.sign,
  );
  const sha = await state.objects.write({ type: 'commit', data });
  const branch = await state.refs.current();
  await state.refs.write(branch === undefined ? 'HEAD' : `refs/heads/${branch}`, sha);
  for (const name of ['MERGE_HEAD', 'MERGE_MSG', 'MERGE_MODE'])
    await rm(join(state.gitdir, name), { force: true });
  return parseCommit(sha, data);
}

/** What HEAD has, with the given paths as they are in the index now. */
async function onlyPaths(
  state: RepositoryState,
  at: {
    readonly head: string | undefined;
    readonly index: IndexFile;
    readonly paths: readonly string[];
  },
): Promise<ReadonlyMap<string, Pick<IndexEntry, 'mode' | 'id'>>> {
  const chosen = (path: string): boolean =>
    at.paths.some((one) => one === '.' || path === one || path.startsWith(`${one}/`));
  const files = new Map<string, Pick<IndexEntry, 'mode' | 'id'>>();
  if (at.head !== undefined)
    for (const [path, file] of await headFiles(state, at.head))
      if (!chosen(path)) files.set(path, { mode: modeNumber(file), id: file.id });
  for (const [path, entry] of at.index.entries) if (chosen(path)) files.set(path, entry);
  return files;
}

/** Writes the trees of a flat list of files. */
async function writeTrees(
  objects: ObjectSink,
  files: ReadonlyMap<string, Pick<IndexEntry, 'mode' | 'id'>>,
): Promise<string> {
  interface Folder {
    readonly files: RawTreeEntry[];
    readonly folders: Map<string, Folder>;
  }
  const newFolder = (): Folder => ({ files: [], folders: new Map() });
  const root = newFolder();
  for (const [path, { mode, id }] of files) {
    const segments = path.split('/');
    const name = Buffer.from(segments.pop() ?? '', 'utf8');
    let folder = root;
    for (const segment of segments) {
      const next = folder.folders.get(segment) ?? newFolder();
      folder.folders.set(segment, next);
      folder = next;
    }
    folder.files.push({ mode: mode.toString(8), name, id });
  }
  const write = async (folder: Folder): Promise<string> => {
    const entries = [...folder.files];
    for (const [name, below] of folder.folders)
      entries.push({ mode: '40000', name: Buffer.from(name, 'utf8'), id: await write(below) });
    const data = formatTree(entries);
    return objects.write({ type: 'tree', data });
  };
  return write(root);
}

async function mergeHeads(gitdir: string): Promise<readonly string[]> {
  try {
    const text = await readFile(join(gitdir, 'MERGE_HEAD'), 'utf8');
    return text.split('\n').filter((line) => /^[0-9a-f]{40}$/.test(line));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** A person now, in UTC. */
export function signatureOf(person: Person, clock: () => number): Signature {
  return { ...person, timestamp: Math.floor(clock() / 1000), timezoneOffset: 0 };
}

/** Takes blanks from line ends, joins blank lines and drops outer ones, as `git commit` does with `-m`. */
export function cleanMessage(message: string): string {
  const lines = message
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
  return `${lines}\n`;
}

/** Adds the trailer `Signed-off-by`, unless it is there as the last one. */
function signedOff(message: string, author: Person): string {
  const trailer = `Signed-off-by: ${author.name} <${author.email}>`;
  const lines = message.trimEnd().split('\n');
  const last = lines.at(-1) ?? '';
  if (last === trailer) return message;
  const blank = lines.lastIndexOf('');
  const block = blank === -1 ? [] : lines.slice(blank + 1);
  const inTrailers = block.length > 0 && block.every((line) => /^[A-Za-z0-9-]+: /.test(line));
  return `${lines.join('\n')}\n${inTrailers ? '' : '\n'}${trailer}\n`;
}
