import { existsSync, lstatSync, readFileSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { ProviderError } from '../errors.ts';
import type { Person } from '../vocabulary.ts';
import { peelToCommit } from './commit.ts';
import { History } from './history.ts';
import { invalid, isObjectId, isRefName } from './names.ts';
import { isAbsent, ObjectStore, readFailed } from './object-store.ts';
import { RefStore } from './ref-store.ts';

/** What every operation of the provider needs and the caller of `local()` has set. */
interface LocalSettings {
  /** The real path of the root folder. */
  readonly root: string;
  readonly author: Person;
  readonly committer: Person;
  readonly clock: () => Date;
  readonly lockTimeoutMs: number;
  /** False while a repository is built that nobody uses yet. @default true */
  readonly durable?: boolean;
}

/** An open repository. */
export interface GitDirectory {
  /** Owner and name. */
  readonly fullName: string;
  /** The real path of the repository, such as `/srv/git/shop.git`. */
  readonly path: string;
  readonly objects: ObjectStore;
  readonly refs: RefStore;
  readonly history: History;
  /** Documents that were read, by the commit that holds them: a commit never changes. */
  readonly documents: Map<string, unknown>;
  readonly settings: LocalSettings;
}

/** Opens repositories below a root. The object stores are kept, so that what they have read is not read again. */
export class GitDirectories {
  readonly #settings: LocalSettings;
  readonly #stores = new Map<string, Pick<GitDirectory, 'objects' | 'documents'>>();

  constructor(settings: LocalSettings) {
    this.#settings = settings;
  }

  /** Opens `<root>/<name>.git` or `<root>/<name>`; `undefined` when neither is there. */
  find(fullName: string): GitDirectory | undefined {
    const path = findRepository(this.#settings.root, fullName);
    if (path === undefined) return undefined;
    let store = this.#stores.get(path);
    if (store === undefined) {
      const objects = new ObjectStore(join(path, 'objects'), this.#settings);
      store = { objects, documents: new Map() };
      this.#stores.set(path, store);
    }
    return {
      fullName,
      path,
      ...store,
      refs: new RefStore(path),
      history: new History(store.objects, path),
      settings: this.#settings,
    };
  }

  /** Opens a repository that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
  require(fullName: string): GitDirectory {
    const directory = this.find(fullName);
    if (directory !== undefined) return directory;
    throw new ProviderError(
      'PROVIDER_NOT_FOUND',
      `there is no repository "${fullName}" in "${this.#settings.root}"`,
      { hint: 'Check the name and the root folder.' },
    );
  }
}

function findRepository(root: string, fullName: string): string | undefined {
  for (const candidate of [`${fullName}.git`, fullName]) {
    const path = join(root, ...candidate.split('/'));
    const kind = kindOf(path);
    if (kind === undefined) continue;
    if (kind === 'work-tree') {
      throw invalid(`"${path}" has a work tree; the local provider needs a bare repository`);
    }
    const real = realpathSync.native(path);
    const inside = relative(realpathSync.native(root), real);
    if (
      inside === '' ||
      inside === '..' ||
      inside.startsWith(`..${sep}`) ||
      /^(?:[a-z]:|\\)/i.test(inside)
    ) {
      throw invalid(`repository "${fullName}" is a link that leads out of the root folder`);
    }
    checkFormat(real);
    return real;
  }
  return undefined;
}

function kindOf(path: string): 'bare' | 'work-tree' | undefined {
  const isFolder = (name: string): boolean => {
    try {
      // Not followed: objects and refs behind a symbolic link would be those of somebody else.
      return lstatSync(join(path, name)).isDirectory();
    } catch (error) {
      if (isAbsent(error)) return false;
      throw readFailed(error, path);
    }
  };
  if (isFolder('objects') && isFolder('refs')) return 'bare';
  return isFolder('.git') ? 'work-tree' : undefined;
}

function checkFormat(path: string): void {
  // Followed, it would lead anywhere on the disk; ignored, half the history would seem to be missing.
  if (existsSync(join(path, 'objects', 'info', 'alternates'))) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `repository "${path}" borrows objects from another one ("objects/info/alternates"), which is not followed`,
      { hint: 'Run `git repack -ad` in it, then delete that file.' },
    );
  }
  let config = '';
  try {
    config = readFileSync(join(path, 'config'), 'utf8');
  } catch (error) {
    if (!isAbsent(error)) throw readFailed(error, join(path, 'config'));
  }
  const unknown =
    // A key may stand behind the head of its section.
    /(?:^|\])[ \t]*((?:objectformat\s*=\s*(?!"?sha1\b)|refstorage\s*=\s*(?!"?files\b))\S*)/im.exec(
      config,
    );
  if (unknown !== null) {
    throw invalid(
      `repository "${path}" is of a format that is not known here: "${unknown[1]}" (known are sha1 and files)`,
    );
  }
}

/** Finds the commit of a full id, branch, tag or full ref name, in this order; `undefined` when there is none. */
function resolveCommit(directory: GitDirectory, ref: string): string | undefined {
  if (isObjectId(ref)) return peelToCommit(directory.objects, ref);
  if (ref === 'HEAD') {
    const oid = directory.refs.resolve('HEAD');
    return oid === undefined ? undefined : peelToCommit(directory.objects, oid);
  }
  if (!isRefName(ref)) throw invalid(`"${ref}" is not the name of a branch, tag or commit`);
  const names = [
    `refs/heads/${ref}`,
    `refs/tags/${ref}`,
    ...(ref.startsWith('refs/') ? [ref] : []),
  ];
  for (const name of names) {
    const oid = directory.refs.resolve(name);
    if (oid !== undefined) return peelToCommit(directory.objects, oid);
  }
  return undefined;
}

/** Finds a commit that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export function requireRef(directory: GitDirectory, ref: string): string {
  const oid = resolveCommit(directory, ref);
  if (oid !== undefined) return oid;
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `there is no branch, tag or commit "${ref}" in repository "${directory.fullName}"`,
  );
}
