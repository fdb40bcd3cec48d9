import * as v from 'valibot';
import type { CreateCommit, FileChange } from '../commit-types.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import type { FormerModes } from './commit-base.ts';
import { objectSchema, sha } from './schemas.ts';

const MAX_INLINE = 1024 * 1024;

const commitSchema = v.looseObject({ tree: v.looseObject({ sha }) });

/**
 * Writes the objects of a commit: one request for the tree below, one for each file that is no plain text, one for the tree, one for the commit.
 *
 * Nothing is seen of them before a branch names the commit, so each may be repeated.
 *
 * @returns The id of the commit.
 */
export async function writeObjects(
  api: RepositoryApi,
  { commit, modes }: { readonly commit: CreateCommit; readonly modes: FormerModes },
  { signal }: RequestOptions,
): Promise<string> {
  const { branch, message, expectedHead, author } = commit;
  const doing = `commit to branch "${branch}" of "${api.fullName}"`;
  const write = async (path: string, json: unknown): Promise<string> => {
    const request = { method: 'POST', path, json, expect: [201], doing, idempotent: true } as const;
    return (await sendForJson(api, objectSchema, { ...request, signal })).sha;
  };
  const below = await sendForJson(api, commitSchema, {
    path: `/git/commits/${expectedHead}`,
    expect: [200],
    doing,
    signal,
  });
  const tree: object[] = [];
  for (const change of commit.changes) tree.push(await entryOf(change, modes, write));
  return write('/git/commits', {
    message,
    tree: await write('/git/trees', { base_tree: below.tree.sha, tree }),
    parents: [expectedHead],
    ...(author === undefined ? {} : { author: { name: author.name, email: author.email } }),
  });
}

async function entryOf(
  change: FileChange,
  modes: FormerModes,
  write: (path: string, json: unknown) => Promise<string>,
): Promise<object> {
  const { path } = change;
  if (change.type === 'delete') return { path, mode: '100644', type: 'blob', sha: null };
  const mode = change.mode ?? modes.get(path) ?? '100644';
  const text = plainText(change.content);
  if (text !== undefined) return { path, mode, type: 'blob', content: text };
  const content = Buffer.from(change.content).toString('base64');
  return {
    path,
    mode,
    type: 'blob',
    sha: await write('/git/blobs', { content, encoding: 'base64' }),
  };
}

/** Gives the text of bytes that come back from it unchanged and that no reader of JSON touches; `undefined` for all others. */
function plainText(content: Uint8Array): string | undefined {
  // Whether an empty `content` counts as given is not documented.
  if (content.byteLength === 0 || content.byteLength > MAX_INLINE) return undefined;
  const bytes = Buffer.from(content);
  const text = bytes.toString('utf8');
  return /[\0\uFEFF]/.test(text) || !Buffer.from(text, 'utf8').equals(bytes) ? undefined : text;
}
