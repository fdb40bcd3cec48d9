import type { FileChange, Files } from './commit-types.ts';
import type { RequestOptions } from './vocabulary.ts';

/** What is looked at: the changes of a commit, and a commit that may hold them. */
export interface ExpectedChanges {
  readonly changes: readonly FileChange[];
  readonly at: string;
}

/** Tells whether all changes of a commit stand at another one: what is written has that content, what is deleted is not there. */
export async function areInPlace(
  files: Files,
  { changes, at }: ExpectedChanges,
  { signal }: RequestOptions,
): Promise<boolean> {
  for (const change of changes) {
    const file = await files.read(change.path, at, { signal });
    const same =
      change.type === 'delete'
        ? file === undefined
        : file !== undefined && Buffer.compare(file.content, change.content) === 0;
    if (!same) return false;
  }
  return true;
}
