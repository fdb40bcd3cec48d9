import type { ChangedFile, Commits, CreateCommit } from '@bowline/gitops-providers';
import { checkPath, checkPerson, checkRef, refuse } from './checks.ts';
import { type File, type Repository, same } from './forge.ts';
import { on, type Place, resolve } from './place.ts';

export function commits(place: Place): Commits {
  return {
    create: (commit, options) =>
      on(place, options, (repository) => {
        const sha = createCommit(repository, commit);
        return { sha, webUrl: `${place.webUrl}/commits/${sha}` };
      }),
    compare: (base, head, options) =>
      on(place, options, (repository) => {
        const [from, to] = [resolve(repository, base), resolve(repository, head)];
        const old = new Set(repository.history(from));
        return {
          aheadBy: repository.history(to).filter((sha) => !old.has(sha)).length,
          mergeBase: repository.mergeBase(from, to),
          files: changesBetween(repository, from, to).map(
            ({ path, before, after }): ChangedFile => ({
              path,
              status: before === undefined ? 'added' : after === undefined ? 'removed' : 'modified',
            }),
          ),
          truncated: false,
        };
      }),
    diff: (base, head, options) =>
      on(place, options, (repository) =>
        diffOf(repository, resolve(repository, base), resolve(repository, head)),
      ),
  };
}

function createCommit(repository: Repository, commit: CreateCommit): string {
  const { branch, expectedHead, changes, message, author, create = false } = commit;
  if (author !== undefined) checkPerson(author);
  const tree = new Map(repository.tree(expectedHead));
  for (const { path } of changes) checkPath(path);
  const tip = repository.branches.get(checkRef(branch));
  // The promise that everything else rests on: a branch that is elsewhere is never written to.
  if (create ? tip !== undefined : tip !== expectedHead) {
    throw refuse('PROVIDER_CONFLICT', `Branch "${branch}" is at "${tip ?? 'no commit'}".`);
  }
  if (!repository.commits.has(expectedHead)) {
    throw refuse('PROVIDER_NOT_FOUND', `There is no commit "${expectedHead}".`);
  }
  for (const change of changes) {
    if (change.type === 'delete') {
      if (!tree.delete(change.path)) {
        throw refuse('PROVIDER_NOT_FOUND', `There is no file "${change.path}" to delete.`);
      }
      continue;
    }
    // Without a mode a file keeps the one that it has.
    const mode = change.mode ?? tree.get(change.path)?.mode ?? '100644';
    tree.set(change.path, { content: change.content, mode });
  }
  const sha = repository.store({
    parents: [expectedHead],
    tree,
    message,
    author: author ?? { name: 'Memory', email: 'memory@forge.example' },
  });
  repository.branches.set(branch, sha);
  return sha;
}

interface Change {
  readonly path: string;
  readonly before: File | undefined;
  readonly after: File | undefined;
}

/** What `head` has changed since it left `base`. */
function changesBetween(repository: Repository, base: string, head: string): readonly Change[] {
  const before = repository.tree(repository.mergeBase(base, head));
  const after = repository.tree(head);
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .map((path) => ({ path, before: before.get(path), after: after.get(path) }))
    .filter((change) => !same(change.before, change.after));
}

/** Writes a unified diff, with one hunk for each file that is all of it. */
export function diffOf(repository: Repository, base: string, head: string): string {
  return changesBetween(repository, base, head)
    .map(({ path, before, after }) => {
      const [old, now] = [linesOf(before), linesOf(after)];
      let start = 0;
      while (start < old.length && old[start] === now[start]) start += 1;
      let end = 0;
      const shorter = Math.min(old.length, now.length) - start;
      while (end < shorter && old.at(-1 - end) === now.at(-1 - end)) end += 1;
      const range = (lines: readonly string[]) => `${lines.length === 0 ? 0 : 1},${lines.length}`;
      return [
        `--- ${before === undefined ? '/dev/null' : `a/${path}`}`,
        `+++ ${after === undefined ? '/dev/null' : `b/${path}`}`,
        `@@ -${range(old)} +${range(now)} @@`,
        ...old.slice(0, start).map((line) => ` ${line}`),
        ...old.slice(start, old.length - end).map((line) => `-${line}`),
        ...now.slice(start, now.length - end).map((line) => `+${line}`),
        ...old.slice(old.length - end).map((line) => ` ${line}`),
        '',
      ].join('\n');
    })
    .join('');
}

function linesOf(file: File | undefined): readonly string[] {
  const text = Buffer.from(file?.content ?? []).toString('utf8');
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
