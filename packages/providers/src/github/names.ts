import { invalid, printable } from '../names.ts';

const owner = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})$/;
const name = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * Checks `owner/repository`.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkRepositoryName(fullName: string): { owner: string; name: string } {
  const [first = '', second = '', ...more] = fullName.split('/');
  if (
    more.length > 0 ||
    !owner.test(first) ||
    !name.test(second) ||
    second === '.' ||
    second === '..'
  ) {
    throw invalid(
      `Repository "${printable(fullName)}" is not of the form "owner/repository" with letters, digits, "_", "-" and ".".`,
    );
  }
  return { owner: first, name: second };
}
