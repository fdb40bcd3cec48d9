// A forge in memory: what would be a service in reality. It knows nothing of Bowline.
import { createHash } from 'node:crypto';

export interface File {
  readonly content: Uint8Array;
  readonly mode: '100644' | '100755' | '120000';
}

export type Tree = ReadonlyMap<string, File>;

export interface Commit {
  readonly parents: readonly string[];
  readonly tree: Tree;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
}

export interface Pull {
  readonly id: number;
  readonly source: string;
  destination: string;
  title: string;
  description: string;
  draft: boolean;
  deleteSourceBranch: boolean;
  state: 'open' | 'merged' | 'declined';
  /** Where the branches were when it was closed. */
  closedAt: { source: string | undefined; destination: string | undefined } | undefined;
  mergeCommit: string | undefined;
  readonly createdAt: string;
  updatedAt: string;
  readonly approvals: Set<string>;
  readonly comments: { readonly id: string; readonly marker: string | undefined; body: string }[];
}

/** One repository: commits that never change, refs that point at them, and what people said about them. */
export class Repository {
  readonly commits = new Map<string, Commit>();
  readonly branches = new Map<string, string>();
  readonly tags = new Map<string, string>();
  readonly pulls: Pull[] = [];
  readonly statuses = new Map<string, Map<string, object>>();

  /** Stores a commit under the hash of all that is in it, and returns that. */
  store(commit: Commit): string {
    const hash = createHash('sha1');
    hash.update(JSON.stringify([commit.parents, commit.message, commit.author]));
    for (const [path, { content, mode }] of [...commit.tree].sort(byName)) {
      hash.update(JSON.stringify([path, mode, content.byteLength])).update(content);
    }
    const sha = hash.digest('hex');
    this.commits.set(sha, commit);
    return sha;
  }

  /** Lists a commit and all below it, nearest first. */
  history(sha: string): readonly string[] {
    const seen = new Set<string>();
    const next = [sha];
    for (let at = next.shift(); at !== undefined; at = next.shift()) {
      if (seen.has(at)) continue;
      seen.add(at);
      next.push(...(this.commits.get(at)?.parents ?? []));
    }
    return [...seen];
  }

  /** Finds the nearest commit that is below both. */
  mergeBase(left: string, right: string): string | undefined {
    const below = new Set(this.history(left));
    return this.history(right).find((sha) => below.has(sha));
  }

  /** The files of a commit; of none, nothing. */
  tree(sha: string | undefined): Tree {
    return (sha === undefined ? undefined : this.commits.get(sha)?.tree) ?? new Map();
  }

  /** Merges file by file: `undefined` when both sides changed the same file in different ways. */
  merge(ours: string, theirs: string): Tree | undefined {
    const base = this.tree(this.mergeBase(ours, theirs));
    const [left, right] = [this.tree(ours), this.tree(theirs)];
    const merged = new Map<string, File>();
    for (const path of new Set([...left.keys(), ...right.keys()])) {
      const [was, mine, other] = [base.get(path), left.get(path), right.get(path)];
      const keep = same(mine, other) || same(was, other) ? mine : same(was, mine) ? other : null;
      if (keep === null) return undefined;
      if (keep !== undefined) merged.set(path, keep);
    }
    return merged;
  }
}

/** Tells whether two files, or their absence, are the same. */
export function same(left: File | undefined, right: File | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left.mode === right.mode && Buffer.compare(left.content, right.content) === 0;
}

/** The whole service: repositories by name. */
export class Forge {
  readonly repositories = new Map<string, Repository>();
  #time = Date.parse('2026-11-20T08:00:00Z');

  /** A time that is later than every one before. */
  now(): string {
    this.#time += 1000;
    return new Date(this.#time).toISOString();
  }
}

function byName([left]: readonly [string, File], [right]: readonly [string, File]): number {
  return left < right ? -1 : 1;
}
