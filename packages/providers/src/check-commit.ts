import type { CreateCommit } from './commit-types.ts';
import { checkPath, checkRefName, checkSha, invalid } from './names.ts';
import type { Person } from './vocabulary.ts';

/**
 * Checks a commit before anything is sent: branch, expected head, message, author, and paths of which none comes twice.
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
  for (const { path } of commit.changes) {
    checkPath(path);
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
