import { ProviderError } from '../errors.ts';
import type { Person } from '../vocabulary.ts';

const MAX_REF_LENGTH = 240;
const MAX_PATH_LENGTH = 4096;
const MAX_PATH_DEPTH = 256;

/** Makes the error for a value that this provider cannot use. */
export function invalid(message: string): ProviderError {
  return new ProviderError('PROVIDER_INVALID_ARGUMENT', message);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const refForbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^[-/]|[/.]$/;

/** Says which rule of `git check-ref-format --branch` a name breaks; `undefined` when it breaks none. */
function refNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (Buffer.byteLength(name) > MAX_REF_LENGTH) return `is longer than ${MAX_REF_LENGTH} bytes`;
  if (!name.isWellFormed()) return 'is not well-formed Unicode';
  if (name === '@' || name === 'HEAD') return 'is a reserved name';
  if (/^[0-9a-f]{40}$/.test(name)) return 'looks like a commit';
  if (refForbidden.test(name)) return 'has characters that Git does not allow in a ref name';
  for (const part of name.split('/')) {
    if (part.startsWith('.')) return 'has a part that begins with a dot';
    if (part.endsWith('.lock')) return 'has a part that ends with ".lock"';
  }
  return undefined;
}

/** Turns the name of a branch into its ref. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function branchRef(name: string): string {
  const problem = refNameProblem(name);
  if (problem !== undefined) throw invalid(`branch name "${name}" ${problem}`);
  return `refs/heads/${name}`;
}

/** Turns the name of a tag into its ref. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function tagRef(name: string): string {
  const problem = refNameProblem(name);
  if (problem !== undefined) throw invalid(`tag name "${name}" ${problem}`);
  return `refs/tags/${name}`;
}

/** Tells whether a name can follow `refs/heads/` or `refs/tags/`. */
export function isRefName(name: string): boolean {
  return refNameProblem(name) === undefined;
}

/** Tells whether a text is a full object id. */
export function isObjectId(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text);
}

/** Checks a full object id. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkObjectId(text: string): string {
  if (!isObjectId(text))
    throw invalid(`"${text}" is not a full commit id of 40 hexadecimal digits`);
  return text;
}

// What HFS+ leaves out when it compares names: a name with them in it can become `.git` on a checkout (CVE-2014-9390).
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

function isGitFolder(part: string): boolean {
  const plain = part.replace(hfsIgnored, '').toLowerCase();
  return /^(?:\.git|git~1)(?:[. ]*|:.*)$/.test(plain);
}

/** Splits a path of a file and checks each part. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function splitPath(path: string): readonly string[] {
  const problem = pathProblem(path);
  if (problem !== undefined) throw invalid(`path "${path}" ${problem}`);
  return path.split('/');
}

function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty';
  if (!path.isWellFormed()) return 'is not well-formed Unicode';
  if (Buffer.byteLength(path) > MAX_PATH_LENGTH) return `is longer than ${MAX_PATH_LENGTH} bytes`;
  if (path.includes('\0')) return 'holds a NUL character';
  if (path.includes('\\')) return 'holds a backslash';
  const parts = path.split('/');
  if (parts.length > MAX_PATH_DEPTH) return `is deeper than ${MAX_PATH_DEPTH} folders`;
  for (const part of parts) {
    if (part === '') return 'has an empty part';
    if (part === '.' || part === '..') return `has the part "${part}"`;
    if (isGitFolder(part)) return 'leads into a ".git" folder';
  }
  return undefined;
}

/** Checks a person, since a name goes into the header of a commit as it is. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkPerson(person: Person): Person {
  for (const [what, text] of [
    ['name', person.name],
    ['email', person.email],
  ] as const) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (/[<>\x00-\x1f\x7f]/.test(text) || !text.isWellFormed()) {
      throw invalid(`the author's ${what} "${text}" holds a line break, "<" or ">"`);
    }
    if (text.trim() === '') throw invalid(`the author's ${what} is empty`);
  }
  return { name: person.name.trim(), email: person.email.trim() };
}

/** Checks a commit message. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkMessage(message: string): string {
  if (message.trim() === '') throw invalid('the commit message is empty');
  if (message.includes('\0') || !message.isWellFormed()) {
    throw invalid('the commit message holds a NUL character or broken Unicode');
  }
  return `${message.replace(/\s+$/, '')}\n`;
}

const repositoryPart = /^[\p{L}\p{N}_][\p{L}\p{N}._+-]{0,99}$/u;

/**
 * Checks the name of a repository below a root and returns it without a final `.git`.
 *
 * One name or two with a slash between; letters, digits, `.`, `_`, `+` and `-`, neither first nor last a dot or dash.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export function repositoryName(fullName: string): string {
  const name = fullName.replace(/\.git$/, '');
  const parts = name.split('/');
  if (
    parts.length > 2 ||
    !parts.every((part) => repositoryPart.test(part) && !/[.-]$/.test(part))
  ) {
    throw invalid(
      `"${fullName}" is not the name of a local repository, such as "shop" or "acme/shop"`,
    );
  }
  // `acme.git/shop` would be a folder inside of the repository `acme`.
  if (parts.some((part) => part.toLowerCase().endsWith('.git') || part.endsWith('.lock'))) {
    throw invalid(`"${fullName}" has a part that ends with ".git" or ".lock"`);
  }
  return name;
}
