import { invalid, printable } from '../names.ts';

// Letters of other scripts are allowed in the names of groups, not in their paths (GitLab docs, "Rules for project and group names").
const segment = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,254}$/;
const MAX_SEGMENTS = 21;

/**
 * Checks the full path of a project: `group/project`, `group/subgroup/project`, at most 20 groups deep.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkProjectPath(path: string): string {
  const parts = path.split('/');
  const bad = (part: string) => !segment.test(part) || /\.(?:git|atom)$|\.$/i.test(part);
  if (parts.length < 2 || parts.length > MAX_SEGMENTS || parts.some(bad)) {
    throw invalid(
      `Project "${printable(path)}" is not of the form "group/project" or "group/subgroup/project" with letters, digits, "_", "-" and ".".`,
    );
  }
  return path;
}

/** Checks the number of something that GitLab counts. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkNumber(id: string, what: string): string {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw invalid(`"${printable(id)}" is not the id of a ${what}.`);
  return id;
}

/**
 * Takes the meaning of commands from lines such as `/merge` (GitLab docs, "Quick actions"): a line that begins with a blank is text.
 *
 * Descriptions and comments often hold text of others, which must not act with the rights of our credential.
 */
export function withoutQuickActions(text: string): string {
  return text.replace(/^\/(?=[a-z])/gim, ' /');
}
