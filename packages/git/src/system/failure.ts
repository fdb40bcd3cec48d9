import { redact } from '@bowline/gitops-errors';
import { GitError, type GitErrorCode } from '../errors.ts';

/** First match wins: what is specific stands before what always comes along with it. */
const patterns: readonly (readonly [RegExp, GitErrorCode])[] = [
  [
    /host key verification failed|remote host identification has changed|no .{1,40} host key is known/i,
    'GIT_HOST_KEY_UNKNOWN',
  ],
  [
    /returned error: 30[1278]\b|unable to update url base from redirection/i,
    'GIT_CREDENTIAL_NOT_SENT',
  ],
  [
    /authentication failed|could not read (?:username|password)|returned error: 40[13]\b|permission denied \(|http basic: access denied|invalid (?:username|credentials)|permission to .{1,200} denied/i,
    'GIT_AUTHENTICATION_FAILED',
  ],
  [/dubious ownership/i, 'GIT_COMMAND_FAILED'],
  [
    /couldn't find remote ref|remote branch .{1,300} not found|unknown revision|not a valid object name|bad revision|not a valid ref|pathspec .{1,4200} did not match|invalid reference|failed to resolve '|needed a single revision|not our ref|no such remote ref|ambiguous argument|invalid object name/i,
    'GIT_REF_NOT_FOUND',
  ],
  [
    /returned error: 404|repository .{0,2100}not found|does not appear to be a git repository|repository .{1,2100} does not exist|could not be found or you don't have permission/i,
    'GIT_REMOTE_NOT_FOUND',
  ],
  [/not a git repository/i, 'GIT_NOT_A_REPOSITORY'],
  [
    /operation too slow|operation timed out|connection timed out|timeout, server .{1,300} not responding/i,
    'GIT_TIMEOUT',
  ],
  [/\[rejected\]|\[remote rejected\]|non-fast-forward|stale info/i, 'GIT_PUSH_REJECTED'],
  [
    /bad line length|bad pack header|fsck error|object corrupt|corrupt .{0,40}object|inflate|pack has|pack is corrupted|sha1 collision|invalid server response|is this a git repository\?|invalid info\/refs|bytes of (?:body|length header)|protocol error|expected .{1,40} packet|unexpected .{0,40}flush|pack signature mismatch|bad object/i,
    'GIT_REMOTE_INVALID_ANSWER',
  ],
  [
    /could not resolve|connection refused|connection reset|connection closed|failed to connect|couldn't connect|unable to access|empty reply|early eof|hung up|rpc failed|returned error: (?:5[0-9]{2}|429)|could not read from remote|unexpected disconnect|ssl |tls|network is unreachable|no route to host|kex_exchange_identification|invalid index-pack output|transfer closed/i,
    'GIT_REMOTE_UNREACHABLE',
  ],
  [
    /would be overwritten|local changes|please commit or stash|untracked working tree files/i,
    'GIT_WORK_TREE_DIRTY',
  ],
  [/not possible to fast-forward|diverging branches/i, 'GIT_DIVERGED'],
  [/must be run in a work tree|this operation must be run/i, 'GIT_NO_WORK_TREE'],
  [/already exists/i, 'GIT_ALREADY_EXISTS'],
  [/identity unknown|empty ident/i, 'GIT_IDENTITY_MISSING'],
];

const noise =
  /^(?:remote: *$|hint:|warning: (?:redirecting|filtering not recognized)|cloning into|to |from |\s*$|fatal: could not read from remote repository|please make sure you have the correct access|and the repository exists|error: failed to push some refs)/i;

/** Makes the error for a git command that failed, with the code that its words ask for. */
export function gitFailure(what: string, stderr: string, fallback?: GitErrorCode): GitError {
  const code =
    patterns.find(([pattern]) => pattern.test(stderr))?.[1] ?? fallback ?? 'GIT_COMMAND_FAILED';
  const reason = gitWords(stderr);
  return new GitError(code, reason === '' ? `${what} failed.` : `${what} failed: ${reason}`, {
    details: { git: redact(stderr.slice(-4000)) },
    ...hintFor(stderr),
  });
}

function hintFor(stderr: string): { readonly hint?: string } {
  if (/dubious ownership/i.test(stderr)) {
    return {
      hint: 'The repository belongs to another user of this machine; run as that user, or change its owner.',
    };
  }
  if (/mismatched algorithms/i.test(stderr)) {
    return { hint: 'The repository uses SHA-256 object ids, which only a clone can read so far.' };
  }
  return {};
}

/** Picks the line that says most, and makes it one clean sentence. */
export function gitWords(stderr: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a server must not write to the terminal
  const clean = stderr.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
  const lines = clean.split('\n').filter((line) => !noise.test(line));
  const best =
    lines.find((line) => /^(?:fatal|error): /.test(line)) ??
    lines.find((line) => /^(?:remote: |ssh: |.*(?:denied|failed))/.test(line)) ??
    lines[0] ??
    '';
  const text = best
    .replace(/^(?:fatal|error): /, '')
    .trim()
    .slice(0, 500);
  return text === '' || /[.!?]$/.test(text) ? text : `${text}.`;
}
