import { invalid, printable } from '../names.ts';

const project = /^(?:[A-Za-z][A-Za-z0-9_-]{0,127}|~[A-Za-z0-9_][A-Za-z0-9_.-]{0,254})$/;
const repository = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** A repository of the server: the key of its project, or `~user`, and its slug. */
export interface RepositoryName {
  readonly key: string;
  readonly slug: string;
}

/**
 * Checks `PROJECT/repository`, or `~user/repository` for one of a person.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkRepositoryName(fullName: string): RepositoryName {
  const [key = '', slug = '', ...more] = fullName.split('/');
  if (more.length > 0 || !project.test(key) || !repository.test(slug)) {
    throw invalid(
      `Repository "${printable(fullName)}" is not of the form "PROJECT/repository" or "~user/repository" with letters, digits, "_", "-" and ".".`,
    );
  }
  return { key, slug };
}

/** Builds the path of the pages of a repository: `/projects/KEY/repos/slug`, `/users/user/repos/slug`. */
export function webPath({ key, slug }: RepositoryName): string {
  const owner = key.startsWith('~')
    ? `users/${encodeURIComponent(key.slice(1))}`
    : `projects/${encodeURIComponent(key)}`;
  return `/${owner}/repos/${encodeURIComponent(slug)}`;
}
