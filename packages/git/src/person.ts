import { GitError } from './errors.ts';
import type { Person } from './types.ts';

/**
 * Checks a person for a commit. Line ends, NUL and angle brackets would end the header line early and forge another one.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT`, or `GIT_IDENTITY_MISSING` when the name or address is empty.
 */
export function checkPerson(person: Person, role: 'author' | 'committer' | 'tagger'): Person {
  for (const [part, text] of [
    ['name', person.name],
    ['email', person.email],
  ] as const) {
    if (text.trim() === '') {
      throw new GitError('GIT_IDENTITY_MISSING', `The ${part} of the ${role} is empty.`);
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    if (/[\u0000-\u001f\u007f<>]/.test(text) || !text.isWellFormed() || text.length > 1000) {
      throw new GitError(
        'GIT_INVALID_ARGUMENT',
        `The ${part} of the ${role} contains a line end, a control character, "<" or ">", or is too long.`,
      );
    }
  }
  return person;
}
