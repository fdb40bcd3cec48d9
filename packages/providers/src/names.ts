import { ProviderError } from './errors.ts';

const MAX_REF = 255;
const MAX_PATH = 4096;

/** Makes the error for a value that cannot be used. */
export function invalid(message: string): ProviderError {
  return new ProviderError('PROVIDER_INVALID_ARGUMENT', message);
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

/** Hands on an address of an answer when it is one that may be shown as a link. */
export function webAddressOrNothing(address: string | null | undefined): string | undefined {
  return typeof address === 'string' && isWebAddress(address) ? address : undefined;
}

/** Encodes a path for an address, part by part: `a b/c` → `a%20b/c`. */
export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}

/** Shortens a text for a message, without control characters. */
export function printable(text: string): string {
  return text.slice(0, 200).replace(/\p{Cc}/gu, '\uFFFD');
}

/** Makes a predicate of a check, which says why not by throwing, where only whether it does is of interest. */
export function passes<T>(check: (value: T) => unknown): (value: T) => boolean {
  return (value) => {
    try {
      check(value);
      return true;
    } catch {
      return false;
    }
  };
}
