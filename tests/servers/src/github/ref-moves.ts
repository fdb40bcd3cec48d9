import type { RepositoryState } from './repository-state.ts';

/** Why a ref is not moved, in GitHub's words; `undefined` when it was. */
export async function createRef(
  repository: RepositoryState,
  ref: string,
  oid: string,
): Promise<string | undefined> {
  const { store } = repository;
  if ((await store.ref(ref)) !== undefined) return 'Reference already exists';
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  const conflict = branch === undefined ? undefined : await repository.nameConflict(branch);
  if (conflict !== undefined) return `Reference name "${ref}" is in conflict with "${conflict}"`;
  await store.setRef(ref, oid);
  return undefined;
}

/** Deletes a ref. */
export async function deleteRef(
  repository: RepositoryState,
  ref: string,
): Promise<string | undefined> {
  if ((await repository.store.ref(ref)) === undefined) return 'Reference does not exist';
  const branch = ref.replace(/^refs\/heads\//, '');
  if (repository.protectedBranches.has(branch)) return 'Cannot delete this protected branch';
  await repository.store.deleteRef(ref);
  return undefined;
}

/** Tells whether one commit is behind another. */
export async function isAncestor(
  repository: RepositoryState,
  older: string,
  newer: string,
): Promise<boolean> {
  return (await repository.store.mergeBase(older, newer)) === older;
}
