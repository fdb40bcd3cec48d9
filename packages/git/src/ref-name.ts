import { GitError } from './errors.ts';

const MAX_REF_BYTES = 1024;
const MAX_COMPONENT_BYTES = 255;

/**
 * Says why a text cannot be a ref name below `refs/heads/` or `refs/tags/`, or `undefined` when it can.
 *
 * The rules are those of `git check-ref-format --branch`, and two more: no component is longer than 255 bytes (it becomes a
 * file name) and the whole is at most 1024 bytes.
 */
export function refNameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (!name.isWellFormed()) return 'it is not valid Unicode';
  if (Buffer.byteLength(name) > MAX_REF_BYTES) return `it is longer than ${MAX_REF_BYTES} bytes`;
  if (name.startsWith('-')) return 'it starts with "-"';
  if (name === '@' || name === 'HEAD') return `"${name}" has a meaning of its own`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'it contains a control character';
  const bad = /[ ~^:?*[\\]/.exec(name);
  if (bad !== null) return bad[0] === ' ' ? 'it contains a space' : `it contains "${bad[0]}"`;
  if (name.includes('..')) return 'it contains ".."';
  if (name.includes('@{')) return 'it contains "@{"';
  if (name.endsWith('.')) return 'it ends with "."';
  for (const component of name.split('/')) {
    if (component === '') return 'it has an empty component';
    if (component.startsWith('.')) return 'a component starts with "."';
    if (component.endsWith('.lock')) return 'a component ends with ".lock"';
    if (Buffer.byteLength(component) > MAX_COMPONENT_BYTES) {
      return `a component is longer than ${MAX_COMPONENT_BYTES} bytes`;
    }
  }
  return undefined;
}

/**
 * Checks the name of a branch.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` with the rule that is broken.
 */
export function checkBranchName(name: string): string {
  // A short name that begins like a full one would make `refs/heads/refs/heads/x`: always a mistake.
  const problem = name.startsWith('refs/') ? 'it starts with "refs/"' : refNameProblem(name);
  if (problem !== undefined) throw invalidName('branch', name, problem);
  return name;
}

/**
 * Checks the name of a tag.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` with the rule that is broken.
 */
export function checkTagName(name: string): string {
  const problem = name.startsWith('refs/') ? 'it starts with "refs/"' : refNameProblem(name);
  if (problem !== undefined) throw invalidName('tag', name, problem);
  return name;
}

/**
 * Checks what names a commit: `HEAD`, a branch, a tag, a full ref name or a (short) object id.
 *
 * Suffixes such as `~2`, `^{tree}` and `@{1}` are refused: they have no one meaning in both engines.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` with the rule that is broken.
 */
export function checkRevision(name: string): string {
  const problem = name === 'HEAD' ? undefined : refNameProblem(name);
  if (problem !== undefined) throw invalidName('revision', name, problem);
  return name;
}

/**
 * Checks the name of a remote such as `origin`.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT`
 */
export function checkRemoteName(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/.test(name) || refNameProblem(name) !== undefined) {
    throw invalidName('remote', name, 'it is not letters, digits, "_", "." and "-"');
  }
  return name;
}

/** Tells whether a text is a full object id (SHA-1 or SHA-256). */
export function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

function invalidName(kind: string, name: string, problem: string): GitError {
  return new GitError(
    'GIT_INVALID_ARGUMENT',
    `The ${kind} name ${JSON.stringify(name.slice(0, 100))} cannot be used: ${problem}.`,
    { details: { kind, reason: problem } },
  );
}
