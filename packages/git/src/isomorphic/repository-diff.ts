import type { DiffOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import { modeNumber } from './checkout.ts';
import { readObject } from './git-objects.ts';
import { readIndex } from './index-file.ts';
import { objectId } from './pack.ts';
import type { RepositoryState } from './repository-state.ts';
import { headFiles } from './status.ts';
import type { ListedFile } from './tree-listing.ts';
import { type DiffSide, fileDiff } from './unified-diff.ts';

/** Compares two commits, or a commit with the tracked files of the work tree, as `git diff` prints it. */
export async function diffRepository(
  state: RepositoryState,
  options: DiffOptions,
): Promise<string> {
  const from =
    options.from === undefined ? await state.refs.head() : await state.refs.commit(options.from);
  const before = from === undefined ? new Map<string, ListedFile>() : await headFiles(state, from);
  const { paths } = options;
  const chosen = (path: string): boolean =>
    paths === undefined || paths.some((one) => path === one || path.startsWith(`${one}/`));
  if (options.to === undefined && state.location.bare)
    throw new GitError('GIT_NO_WORK_TREE', 'There are no files to compare in a bare repository.');
  const after =
    options.to === undefined
      ? await workSides(state, { before, chosen })
      : sidesOf(state, await headFiles(state, await state.refs.commit(options.to)));
  const old = sidesOf(state, before);
  let text = '';
  for (const path of [...new Set([...old.keys(), ...after.keys()])].sort(byBytes)) {
    if (!chosen(path)) continue;
    const [a, b] = [old.get(path), after.get(path)];
    if (a !== undefined && b !== undefined && a.id === b.id && a.mode === b.mode) continue;
    text += fileDiff(path, await a?.load(), await b?.load());
  }
  return text;
}

interface LazySide {
  readonly mode: string;
  readonly id: string;
  load(): Promise<DiffSide>;
}

function sidesOf(
  state: RepositoryState,
  files: ReadonlyMap<string, ListedFile>,
): Map<string, LazySide> {
  const sides = new Map<string, LazySide>();
  for (const [path, { mode, id }] of files) {
    const load = async (): Promise<DiffSide> => ({
      mode,
      id,
      content: mode === '160000' ? submodule(id) : await readObject(state.objects, id, 'blob'),
    });
    sides.set(path, { mode, id, load });
  }
  return sides;
}

/** The files that the index knows, as they stand in the work tree. */
async function workSides(
  state: RepositoryState,
  at: {
    readonly before: ReadonlyMap<string, ListedFile>;
    readonly chosen: (path: string) => boolean;
  },
): Promise<Map<string, LazySide>> {
  const index = await readIndex(state.gitdir);
  const sides = new Map<string, LazySide>();
  for (const [path, entry] of index.entries) {
    if (!at.chosen(path)) continue;
    const known = at.before.get(path);
    const same = known?.id === entry.id && modeNumber(known) === entry.mode;
    const comparison = await state.workTree.compare(entry, index.writtenAt);
    if (comparison === 'deleted') continue;
    if (known !== undefined && same && comparison === 'unmodified') {
      sides.set(path, { ...known, load: () => Promise.reject(new Error('an equal side is read')) });
      continue;
    }
    const side = await workSide(state, path, entry);
    sides.set(path, { ...side, load: () => Promise.resolve(side) });
  }
  return sides;
}

async function workSide(
  state: RepositoryState,
  path: string,
  entry: { readonly mode: number; readonly id: string },
): Promise<DiffSide> {
  if (entry.mode === 0o160000)
    return { mode: '160000', id: entry.id, content: submodule(entry.id) };
  const file = await state.workTree.find(path);
  const content = file === undefined ? Buffer.alloc(0) : await state.workTree.read(path, file.kind);
  const mode = file === undefined ? entry.mode : state.workTree.modeOf(file, entry.mode);
  return { mode: mode.toString(8), id: objectId({ type: 'blob', data: content }), content };
}

function submodule(id: string): Buffer {
  return Buffer.from(`Subproject commit ${id}\n`);
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
