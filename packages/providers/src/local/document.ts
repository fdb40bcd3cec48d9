import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { readCommit, writeCommit } from './commit.ts';
import type { GitDirectory } from './git-directory.ts';
import { findEntry, writeTree } from './tree.ts';

const MAX_DOCUMENTS = 2000;
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** A JSON document in the repository: the only file of the newest commit of a ref. The history of the ref is its own. */
interface DocumentKind<Schema extends v.GenericSchema> {
  readonly fileName: string;
  readonly schema: Schema;
}

/** Reads the document that a commit holds. What does not fit the schema is an error: a repository may come from anybody. */
export function readDocument<Schema extends v.GenericSchema>(
  { objects, documents }: GitDirectory,
  { ref, commit }: { readonly ref: string; readonly commit: string },
  kind: DocumentKind<Schema>,
): v.InferOutput<Schema> {
  // With the file name, since a hostile ref could name the commit of a document of another kind.
  const key = `${commit} ${kind.fileName}`;
  const known = documents.get(key);
  if (known !== undefined) return known as v.InferOutput<Schema>;
  const wrong = (why: string, cause?: unknown) =>
    new ProviderError('PROVIDER_BAD_RESPONSE', `"${kind.fileName}" of "${ref}" ${why}`, {
      hint: `Look at \`git log ${ref}\`; an older version can be restored, or the ref deleted, with \`git update-ref\`.`,
      ...(cause === undefined ? {} : { cause }),
    });
  const holder = objects.find(commit);
  if (holder?.type !== 'commit') throw wrong('is not in a commit');
  const entry = findEntry(objects, readCommit(objects, commit).tree, [kind.fileName]);
  const blob = entry === undefined ? undefined : objects.find(entry.oid, MAX_DOCUMENT_BYTES);
  if (blob?.type !== 'blob') throw wrong('is not there');
  let data: unknown;
  try {
    data = JSON.parse(blob.content.toString('utf8'));
  } catch (error) {
    throw wrong('is not JSON', error);
  }
  const result = v.safeParse(kind.schema, data);
  if (result.success) {
    documents.set(key, result.output);
    for (const oldest of documents.keys()) {
      if (documents.size <= MAX_DOCUMENTS) break;
      documents.delete(oldest);
    }
    return result.output;
  }
  const issue = result.issues[0];
  throw wrong(`is not valid (${v.getDotPath(issue) ?? 'the document'}: ${issue.message})`);
}

/** A new version of a document. */
interface NewDocument {
  readonly fileName: string;
  readonly value: unknown;
  /** The commit of the version before. */
  readonly previous: string | undefined;
  /** What happened, in one line. */
  readonly event: string;
}

/** Writes a version of a document and returns its commit. No ref points at it yet. */
export async function writeDocument(
  directory: GitDirectory,
  document: NewDocument,
): Promise<string> {
  const { objects, settings } = directory;
  const text = `${JSON.stringify(document.value, null, 2)}\n`;
  const content = Buffer.from(text.toWellFormed(), 'utf8');
  if (content.length > MAX_DOCUMENT_BYTES) {
    throw new ProviderError(
      'PROVIDER_LIMIT_EXCEEDED',
      `"${document.fileName}" would be larger than ${MAX_DOCUMENT_BYTES} bytes`,
    );
  }
  const oid = await objects.write('blob', content);
  const tree = await writeTree(objects, new Map([[document.fileName, { mode: '100644', oid }]]));
  return writeCommit(objects, {
    tree: tree ?? '',
    parents: document.previous === undefined ? [] : [document.previous],
    author: settings.author,
    committer: settings.committer,
    date: settings.clock(),
    // A title may hold anything; in the log of the ref it is one line.
    message: `${document.event.replace(/\s+/g, ' ').replaceAll('\0', '').toWellFormed().trim()}\n`,
  });
}
