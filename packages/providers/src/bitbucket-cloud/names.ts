import { invalid, printable } from '../names.ts';

const segment = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|\{[0-9a-fA-F-]{36}\})$/;

/**
 * Checks `workspace/repository`; each may also be a UUID in braces.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkRepositoryName(fullName: string): { workspace: string; slug: string } {
  const [workspace = '', slug = '', ...more] = fullName.split('/');
  if (more.length > 0 || !segment.test(workspace) || !segment.test(slug)) {
    throw invalid(
      `Repository "${printable(fullName)}" is not of the form "workspace/repository" with letters, digits, "_", "-" and ".".`,
    );
  }
  return { workspace, slug };
}

/** Quotes a text for BBQL, the query language of Bitbucket (its REST documentation, "Filter and sort API objects"). */
export function bbqlString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
