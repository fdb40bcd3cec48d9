import { ProviderError } from '../errors.ts';
import type { Person } from '../vocabulary.ts';
import { damaged } from './git-object.ts';
import type { ObjectStore } from './object-store.ts';

/** What this package needs of a commit. */
export interface Commit {
  readonly tree: string;
  readonly parents: readonly string[];
  /** The author line after the word, so that it can be kept as it is. */
  readonly author: string;
  /** Committer time in seconds since 1970-01-01 UTC. */
  readonly time: number;
  readonly message: string;
}

const MAX_TAG_DEPTH = 8;

/** Reads a commit. @throws ProviderError `PROVIDER_BAD_RESPONSE` when it is damaged or not there. */
export function readCommit(objects: ObjectStore, oid: string): Commit {
  return parseCommit(objects.read(oid, 'commit'), oid);
}

/** Reads a commit that may not be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export function requireCommit(objects: ObjectStore, oid: string): Commit {
  const object = objects.find(oid);
  if (object?.type !== 'commit') {
    throw new ProviderError('PROVIDER_NOT_FOUND', `there is no commit ${oid} in the repository`);
  }
  return parseCommit(object.content, oid);
}

function parseCommit(content: Buffer, oid: string): Commit {
  const text = content.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const tree = /^tree ([0-9a-f]{40})$/m.exec(head)?.[1];
  const author = /^author (.+)$/m.exec(head)?.[1];
  const time = /^committer .*> (\d{1,12}) [+-]\d{4}$/m.exec(head)?.[1];
  if (tree === undefined || author === undefined || time === undefined)
    throw damaged(`commit ${oid}`);
  const parents = [...head.matchAll(/^parent ([0-9a-f]{40})$/gm)].map((match) => match[1] ?? '');
  const message = end === -1 ? '' : text.slice(end + 2);
  return { tree, parents, author, time: Number(time), message };
}

/** A commit to write. */
interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  /** An author line of another commit, or a person at `date`. */
  readonly author: Person | string;
  readonly committer: Person;
  readonly date: Date;
  /** Ends with a line feed. */
  readonly message: string;
}

/** Writes a commit and returns its id. */
export async function writeCommit(objects: ObjectStore, commit: NewCommit): Promise<string> {
  const stamp = (person: Person) =>
    `${person.name} <${person.email}> ${Math.floor(commit.date.getTime() / 1000)} +0000`;
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${typeof commit.author === 'string' ? commit.author : stamp(commit.author)}`,
    `committer ${stamp(commit.committer)}`,
    '',
    commit.message,
  ];
  return objects.write('commit', Buffer.from(lines.join('\n'), 'utf8'));
}

/** Follows annotated tags to the commit; `undefined` when there is another thing at the end, or none. */
export function peelToCommit(objects: ObjectStore, oid: string): string | undefined {
  let current = oid;
  for (let depth = 0; depth < MAX_TAG_DEPTH; depth += 1) {
    const object = objects.find(current);
    if (object?.type === 'commit') return current;
    if (object?.type !== 'tag') return undefined;
    const next = /^object ([0-9a-f]{40})$/m.exec(object.content.toString('latin1'))?.[1];
    if (next === undefined) return undefined;
    current = next;
  }
  return undefined;
}
