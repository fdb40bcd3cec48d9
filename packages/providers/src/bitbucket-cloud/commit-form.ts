import { checkCommit } from '../check-commit.ts';
import type { CreateCommit, FileMode } from '../commit-types.ts';
import { type FormPart, multipartBody } from '../http/multipart.ts';
import { invalid } from '../names.ts';

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
 * Checks a commit before anything is sent, and that a form can carry the names of its files.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkFormCommit(commit: CreateCommit): void {
  checkCommit(commit);
  for (const { type, path } of commit.changes) {
    // Readers of forms disagree about what these mean in the name of a part, and a wrong guess writes another file.
    const doubtful = /["\\]|%(?:22|0a|0d)/i.exec(path)?.[0];
    if (type === 'write' && doubtful !== undefined) {
      throw invalid(`"${path}" has ${doubtful} in its name, which no form carries safely.`);
    }
  }
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
