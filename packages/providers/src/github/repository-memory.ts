import type { FileMode } from '../commit-types.ts';

const MAX_MODES = 1000;

/** What stands at a path of a commit: a file by its mode, something else, or nothing. */
export type EntryMode = FileMode | 'folder' | 'submodule' | undefined;

/**
 * Remembers what was learnt of a repository and cannot become untrue: the modes of files at commits. And its node id, which changes
 * only when the repository is deleted and made anew.
 */
export class RepositoryMemory {
  readonly #modes = new Map<string, EntryMode>();
  /** The id that GraphQL knows the repository by. */
  nodeId: string | undefined;
  /** False once the server has said that it has no `updateRefs`. */
  comparesRefs = true;

  remember(commit: string, path: string, mode: EntryMode): void {
    this.#modes.set(`${commit} ${path}`, mode);
    const [oldest] = this.#modes.keys();
    if (this.#modes.size > MAX_MODES && oldest !== undefined) this.#modes.delete(oldest);
  }

  knows(commit: string, path: string): boolean {
    return this.#modes.has(`${commit} ${path}`);
  }

  mode(commit: string, path: string): EntryMode {
    return this.#modes.get(`${commit} ${path}`);
  }
}
