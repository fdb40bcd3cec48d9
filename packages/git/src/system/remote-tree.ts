import { GitError } from '../errors.ts';
import { entryMode, findEntry, isFolder, readCommit, readTree } from '../isomorphic/git-objects.ts';
import type { EditTree, TreeEntry } from '../types.ts';
import type { BlobBatch } from './blob-batch.ts';
import type { ObjectStore } from './object-store.ts';

/** The tree of a fetched commit. Contents that the server left out come when they are read. */
export function remoteTree(commit: string, store: ObjectStore, blobs: BlobBatch): EditTree {
  const root = async (): Promise<string> => (await readCommit(store, commit)).tree;
  return {
    commit,
    read: async (path) => {
      const entry = await blobs.look(async () => findEntry(store, await root(), path));
      if (entry === undefined || isFolder(entry) || entry.mode === '160000') return undefined;
      await blobs.want(entry.id);
      const object = await store.read(entry.id);
      if (object === undefined) {
        throw new GitError(
          'GIT_REMOTE_INVALID_ANSWER',
          `The server did not send the file content "${entry.id}" that was asked for.`,
        );
      }
      return object.data;
    },
    entry: async (path) => {
      const entry = path === '' ? undefined : await findEntry(store, await root(), path);
      return entry && { path, mode: entryMode(entry.mode), sha: entry.id };
    },
    list: async (path) => {
      const folder = await findEntry(store, await root(), path);
      if (folder === undefined || !isFolder(folder)) return [];
      const prefix = path === '' ? '' : `${path}/`;
      return (await readTree(store, folder.id)).map(
        (entry): TreeEntry => ({
          path: `${prefix}${entry.name.toString('utf8')}`,
          mode: entryMode(entry.mode),
          sha: entry.id,
        }),
      );
    },
  };
}
