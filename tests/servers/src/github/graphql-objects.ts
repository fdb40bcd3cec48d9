import type { RepositoryState } from './repository-state.ts';

/** Longer text comes cut off, as the real one does; where exactly is not documented. */
const MAX_TEXT = 512 * 1024;

/** A Git object as the schema describes it; members that need work are functions. */
export async function gitObject(repository: RepositoryState, oid: string): Promise<object | null> {
  const found = await repository.store.commit(oid);
  if (found === undefined) return null;
  const { commit } = found;
  return {
    __typename: 'Commit',
    oid,
    message: commit.message.trimEnd(),
    tree: { __typename: 'Tree', oid: commit.tree },
    parents: ({ first }: { first: number }) => ({
      nodes: commit.parent.slice(0, first).map((parent) => ({ __typename: 'Commit', oid: parent })),
    }),
    file: ({ path }: { path: string }) => treeEntry(repository, oid, path),
    history: ({ first }: { first: number }) => history(repository, oid, first),
  };
}

async function history(repository: RepositoryState, tip: string, first: number): Promise<object> {
  const nodes: (object | null)[] = [];
  for (let at: string | undefined = tip; at !== undefined && nodes.length < first; ) {
    nodes.push(await gitObject(repository, at));
    at = (await repository.store.commit(at))?.commit.parent[0];
  }
  return { nodes };
}

async function treeEntry(
  { store }: RepositoryState,
  commit: string,
  path: string,
): Promise<object | null> {
  const entry = await store.entry(commit, path);
  if (entry === undefined) return null;
  return {
    mode: Number.parseInt(entry.mode, 8),
    type: entry.type,
    oid: entry.oid,
    object: async () => {
      if (entry.type !== 'blob') return { __typename: 'Tree', oid: entry.oid };
      const content = Buffer.from(await store.blob(entry.oid));
      const binary = content.includes(0);
      return {
        __typename: 'Blob',
        oid: entry.oid,
        byteSize: content.byteLength,
        isBinary: binary,
        isTruncated: content.byteLength > MAX_TEXT,
        // Whether a byte order mark survives is not documented; here it does not.
        text: binary
          ? null
          : content
              .subarray(0, MAX_TEXT)
              .toString('utf8')
              .replace(/^\uFEFF/, ''),
      };
    },
  };
}
