import { invalid, printable } from '../names.ts';

// Gitea's names of accounts and repositories: letters, digits and `-_.`; a repository may begin with a dot (`.profile`).
const owner = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;
const name = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/;

/**
 * Checks `owner/repository`.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkRepositoryName(fullName: string): { owner: string; name: string } {
  const [account = '', repository = '', ...more] = fullName.split('/');
  if (
    more.length > 0 ||
    !owner.test(account) ||
    !name.test(repository) ||
    /^\.{1,2}$/.test(repository)
  ) {
    throw invalid(
      `Repository "${printable(fullName)}" is not of the form "owner/repository" with letters, digits, "_", "-" and ".".`,
    );
  }
  return { owner: account, name: repository };
}
