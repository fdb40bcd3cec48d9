import { ProviderError } from '../errors.ts';

const segment = /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|\{[0-9a-fA-F-]{36}\})$/;
const MAX_REF = 255;
const MAX_PATH = 4096;

function invalid(message: string): ProviderError {
  return new ProviderError('PROVIDER_INVALID_ARGUMENT', message);
}

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

/**
 * Checks the name of a branch or tag by the rules of `git check-ref-format --branch`.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkRefName(name: string, what: string): string {
  const bad =
    name === '' ||
    name === '@' ||
    name.length > MAX_REF ||
    name.startsWith('-') ||
    name.endsWith('.') ||
    name.includes('..') ||
    name.includes('@{') ||
    /[\p{Cc} ~^:?*[\\\u007f]/u.test(name) ||
    !name.isWellFormed() ||
    name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  if (bad) throw invalid(`"${printable(name)}" cannot be the name of a ${what} in Git.`);
  return name;
}

/**
 * Checks the path of a file: relative, without empty, `.`, `..` and `.git` parts.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkPath(path: string): string {
  const bad =
    path === '' ||
    Buffer.byteLength(path) > MAX_PATH ||
    /\p{Cc}/u.test(path) ||
    !path.isWellFormed() ||
    path
      .split('/')
      .some((part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part));
  if (bad) {
    throw invalid(`"${printable(path)}" is not a path inside a repository.`);
  }
  return path;
}

/** Tells whether a text is a full object id (SHA-1, or SHA-256 in the future). */
export function isFullSha(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/**
 * Checks a full object id.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`: an abbreviated one may be ambiguous.
 */
export function checkSha(sha: string): string {
  if (!isFullSha(sha)) throw invalid(`"${printable(sha)}" is not the full id of a commit.`);
  return sha;
}

/**
 * Checks a web address that a user or a forge opens.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function checkWebAddress(address: string, what: string): string {
  if (!isWebAddress(address)) {
    throw invalid(`The ${what} "${printable(address)}" is not an http or https address.`);
  }
  return address;
}

/** Tells whether a text is an address with `http` or `https`; nothing else is ever handed on as a link. */
export function isWebAddress(address: string): boolean {
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}

/** Encodes a path for an address, part by part: `a b/c` → `a%20b/c`. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Quotes a text for BBQL, the query language of Bitbucket (its REST documentation, "Filter and sort API objects"). */
export function bbqlString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function printable(text: string): string {
  return text.slice(0, 200).replace(/\p{Cc}/gu, '\uFFFD');
}
