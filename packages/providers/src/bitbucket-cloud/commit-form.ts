import type { CreateCommit, FileMode } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { type FormPart, multipartBody } from '../http/multipart.ts';
import { checkPath, checkRefName, checkSha } from '../names.ts';
import type { Person } from '../vocabulary.ts';

/** A write or deletion whose mode is known. */
export type ResolvedChange =
  | { readonly type: 'delete'; readonly path: string }
  | {
      readonly type: 'write';
      readonly path: string;
      readonly content: Uint8Array;
      readonly mode: FileMode;
    };

const attributes: Readonly<Record<FileMode, string | undefined>> = {
  '100644': undefined,
  '100755': 'executable',
  '120000': 'link',
};

/**
 * Checks a commit before anything is sent.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkCommit(commit: CreateCommit): void {
  checkRefName(commit.branch, 'branch');
  checkSha(commit.expectedHead);
  if (commit.message.trim() === '' || commit.message.includes('\0')) {
    throw invalid('The message of a commit is empty or has a NUL character.');
  }
  if (commit.changes.length === 0) throw invalid('A commit has no changes.');
  const seen = new Set<string>();
  for (const { type, path } of commit.changes) {
    checkPath(path);
    // Readers of forms disagree about what these mean in the name of a part, and a wrong guess writes another file.
    const doubtful = /["\\]|%(?:22|0a|0d)/i.exec(path)?.[0];
    if (type === 'write' && doubtful !== undefined) {
      throw invalid(`"${path}" has ${doubtful} in its name, which no form carries safely.`);
    }
    if (seen.has(path)) throw invalid(`A commit changes "${path}" twice.`);
    seen.add(path);
  }
  if (commit.author !== undefined) checkPerson(commit.author);
}

function checkPerson({ name, email }: Person): void {
  const bad = /[\p{Cc}<>]/u;
  if (name.trim() === '' || bad.test(name) || !email.includes('@') || bad.test(email)) {
    throw invalid(
      'The author of a commit has no name or e-mail address, or one with "<", ">" or a line break.',
    );
  }
}

function invalid(message: string): ProviderError {
  return new ProviderError('PROVIDER_INVALID_ARGUMENT', message);
}

/**
 * Builds the form of `POST src`.
 *
 * A file part is named by its path with a leading `/`, so that a file called `message` is not taken for the message. A path in
 * `files` without a part of that name is deleted. The attribute is written in both forms that the documentation shows, with `:`
 * (its example) and with `=` (its text, and RFC 2183): a reader of the one skips the other.
 */
export function commitForm(
  commit: CreateCommit,
  changes: readonly ResolvedChange[],
): { readonly type: string; readonly bytes: Uint8Array } {
  const { message, branch, expectedHead, author } = commit;
  const field = (name: string, value: string): FormPart => ({
    name,
    content: Buffer.from(value, 'utf8'),
  });
  return multipartBody([
    field('message', message),
    field('branch', branch),
    field('parents', expectedHead),
    ...(author === undefined ? [] : [field('author', `${author.name} <${author.email}>`)]),
    ...changes.map((change): FormPart => {
      if (change.type === 'delete') return field('files', `/${change.path}`);
      const attribute = attributes[change.mode];
      return {
        name: `/${change.path}`,
        filename: change.path.slice(change.path.lastIndexOf('/') + 1),
        content: change.content,
        parameters:
          attribute === undefined
            ? []
            : [`x-attributes:"${attribute}"`, `x-attributes="${attribute}"`],
      };
    }),
  ]);
}
