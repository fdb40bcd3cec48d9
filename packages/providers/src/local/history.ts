import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Commit, readCommit } from './commit.ts';
import { isAbsent, type ObjectStore, readFailed } from './object-store.ts';

const OURS = 1;
const THEIRS = 2;
const STALE = 4;
const BOTH = OURS | THEIRS;

/** Walks the commits of a repository. */
export class History {
  readonly #objects: ObjectStore;
  readonly #shallow: ReadonlySet<string>;

  constructor(objects: ObjectStore, gitDirectory: string) {
    this.#objects = objects;
    this.#shallow = readShallow(gitDirectory);
  }

  /** Reads a commit. The parents that a shallow repository does not have are left out. */
  commit(oid: string): Commit {
    const commit = readCommit(this.#objects, oid);
    return this.#shallow.has(oid) ? { ...commit, parents: [] } : commit;
  }

  /**
   * Finds the best common ancestors: none for unrelated histories, several where branches were merged crosswise.
   *
   * Walks from both sides, the youngest commit first, until everything left is an ancestor of something common (as
   * `git merge-base --all` does). Costs the commits since the branches parted, not the length of the history.
   */
  mergeBases(ours: string, theirs: string): readonly string[] {
    if (ours === theirs) return [ours];
    const candidates = this.#commonAncestors(ours, theirs);
    if (candidates.length < 2) return candidates;
    // Wrong clocks can leave an ancestor of another candidate among them.
    return candidates.filter(
      (oid) => !candidates.some((other) => other !== oid && this.isAncestor(oid, other)),
    );
  }

  /** Tells whether one commit is in the history of another; a commit is in its own. */
  isAncestor(ancestor: string, descendant: string): boolean {
    return (
      ancestor === descendant || this.#commonAncestors(ancestor, descendant).includes(ancestor)
    );
  }

  /** Lists the commits of `head` that `base` lacks, parents before children. */
  between(base: string, head: string): readonly string[] {
    const { flags } = this.#paint(head, base);
    const own = (oid: string) => ((flags.get(oid) ?? 0) & BOTH) === OURS;
    const seen = new Set<string>();
    const result: string[] = [];
    const stack = [{ oid: head, entered: false }];
    for (let item = stack.pop(); item !== undefined; item = stack.pop()) {
      if (item.entered) {
        result.push(item.oid);
      } else if (own(item.oid) && !seen.has(item.oid)) {
        seen.add(item.oid);
        stack.push({ oid: item.oid, entered: true });
        for (const oid of this.commit(item.oid).parents) stack.push({ oid, entered: false });
      }
    }
    return result;
  }

  #commonAncestors(ours: string, theirs: string): readonly string[] {
    const { flags, common } = this.#paint(ours, theirs);
    return [...common].filter((oid) => !((flags.get(oid) ?? 0) & STALE));
  }

  #paint(
    ours: string,
    theirs: string,
  ): { flags: ReadonlyMap<string, number>; common: Set<string> } {
    const flags = new Map<string, number>([[ours, OURS]]);
    flags.set(theirs, (flags.get(theirs) ?? 0) | THEIRS);
    const queue = new CommitQueue();
    for (const oid of flags.keys()) queue.push(oid, this.commit(oid));
    const common = new Set<string>();
    while (queue.some((oid) => !((flags.get(oid) ?? 0) & STALE))) {
      const next = queue.pop();
      if (next === undefined) break;
      let mark = flags.get(next.oid) ?? 0;
      if (mark === BOTH) {
        common.add(next.oid);
        mark |= STALE;
      }
      for (const parent of next.commit.parents) {
        const known = flags.get(parent) ?? 0;
        if ((known & mark) === mark) continue;
        flags.set(parent, known | mark);
        queue.push(parent, this.commit(parent));
      }
    }
    return { flags, common };
  }
}

interface Queued {
  readonly oid: string;
  readonly commit: Commit;
}

/** Commits that wait to be looked at, the youngest last. Short in practice: as many as there are lines of history at once. */
class CommitQueue {
  readonly #items: Queued[] = [];

  push(oid: string, commit: Commit): void {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#items[middle]?.commit.time ?? 0) < commit.time) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, { oid, commit });
  }

  pop(): Queued | undefined {
    return this.#items.pop();
  }

  some(test: (oid: string) => boolean): boolean {
    return this.#items.some(({ oid }) => test(oid));
  }
}

function readShallow(gitDirectory: string): ReadonlySet<string> {
  try {
    return new Set(readFileSync(join(gitDirectory, 'shallow'), 'utf8').split('\n'));
  } catch (error) {
    if (isAbsent(error)) return new Set();
    throw readFailed(error, join(gitDirectory, 'shallow'));
  }
}
