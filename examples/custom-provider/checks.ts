// What is checked before anything is done. A forge behind a network would be asked only after this.
import { ProviderError, type ProviderErrorCode } from '@bowline/gitops-providers';

export function refuse(code: ProviderErrorCode, message: string): ProviderError {
  return new ProviderError(code, message);
}

/** `owner/name`, and nothing that could lead elsewhere. */
export function checkRepository(fullName: string): string {
  if (/^\w[\w.-]*\/\w[\w.-]*$/.test(fullName)) return fullName;
  throw refuse('PROVIDER_INVALID_ARGUMENT', `${JSON.stringify(fullName)} is no "owner/name".`);
}

/** The rules of `git check-ref-format --branch`. */
export function checkRef(name: string): string {
  const bad =
    name === '' ||
    name === '@' ||
    name.startsWith('-') ||
    name.endsWith('.') ||
    name.includes('..') ||
    name.includes('@{') ||
    /[\p{Cc} ~^:?*[\\]/u.test(name) ||
    name.split('/').some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock'));
  if (!bad) return name;
  throw refuse('PROVIDER_INVALID_ARGUMENT', `${JSON.stringify(name)} is no name of a ref.`);
}

/** Relative, and inside of the repository. */
export function checkPath(path: string): string {
  const parts = path.split('/');
  const bad = parts.some(
    (part) => part === '' || part === '.' || part === '..' || /^\.git$/i.test(part),
  );
  if (!bad && !/\p{Cc}/u.test(path)) return path;
  throw refuse('PROVIDER_INVALID_ARGUMENT', `${JSON.stringify(path)} is no path of a file.`);
}

/** What every forge can carry in a comment, so that the comment is found again. */
export function checkMarker(marker: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,99}$/.test(marker)) return marker;
  throw refuse('PROVIDER_INVALID_ARGUMENT', `${JSON.stringify(marker)} cannot mark a comment.`);
}

export function checkPerson({
  name,
  email,
}: {
  readonly name: string;
  readonly email: string;
}): void {
  if (/[\p{Cc}<>]/u.test(name + email) || name === '' || !email.includes('@')) {
    throw refuse(
      'PROVIDER_INVALID_ARGUMENT',
      'The author has no name or address that Git can write.',
    );
  }
}

export function checkWebAddress(address: string): void {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return;
  throw refuse('PROVIDER_INVALID_ARGUMENT', `${JSON.stringify(address)} is no web address.`);
}
