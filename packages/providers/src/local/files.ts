import type { FileMode, Files } from '../commit-types.ts';
import { readCommit } from './commit.ts';
import { type GitDirectory, requireRef } from './git-directory.ts';
import { damaged } from './git-object.ts';
import { invalid, isObjectId, splitPath } from './names.ts';
import { MAX_OBJECT_BYTES } from './object-store.ts';
import { findEntry, isFile } from './tree.ts';

/** Files of a local repository. */
export function files(open: () => GitDirectory): Files {
  return {
    read: async (path, ref, options = {}) => {
      options.signal?.throwIfAborted();
      const parts = splitPath(path);
      const { maxBytes = MAX_OBJECT_BYTES } = options;
      if (!(maxBytes >= 0)) throw invalid(`maxBytes must not be ${maxBytes}`);
      const directory = open();
      const { objects } = directory;
      const commit = requireRef(directory, ref);
      const { tree } = readCommit(objects, commit);
      const entry = findEntry(objects, tree, parts);
      if (entry === undefined || !(isFile(entry) || entry.mode === '120000')) return undefined;
      const blob = objects.find(entry.oid, Math.min(maxBytes, MAX_OBJECT_BYTES));
      if (blob?.type !== 'blob') throw damaged(`the content of "${path}"`);
      // A plain view: callers that compare or send the bytes need no Buffer.
      const content = new Uint8Array(blob.content);
      // Told for what can be committed to; the commit of a tag would be taken for the head of a branch of that name.
      const told = isObjectId(ref) || directory.refs.resolve(`refs/heads/${ref}`) !== undefined;
      return { path, content, mode: modeOf(entry.mode), ...(told ? { commit } : {}) };
    },
  };
}

function modeOf(mode: string): FileMode {
  if (mode === '120000' || mode === '100755') return mode;
  // Very old versions of Git wrote `100664`.
  return '100644';
}
