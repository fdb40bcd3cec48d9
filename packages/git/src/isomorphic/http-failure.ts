import { isGitOpsError } from '@bowline/gitops-errors';
import { GitError } from '../errors.ts';
import type { Deadline } from './deadline.ts';
import type { HttpAddress } from './http-address.ts';

/** Turns what a socket throws into what the caller is told. An abort stays what it is. */
export function transportError(
  error: unknown,
  where: { readonly address: HttpAddress; readonly deadline: Deadline },
): unknown {
  if (where.deadline.signal.aborted) return where.deadline.signal.reason;
  if (isGitOpsError(error)) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code';
  return new GitError(
    'GIT_REMOTE_UNREACHABLE',
    `The connection to "${where.address.href}" failed (${code}).`,
    { cause: error, details: { reason: code } },
  );
}

/** Says what an HTTP status means for a Git remote. */
export function statusError(
  status: number,
  answer: { readonly address: HttpAddress; readonly text: string; readonly sent: boolean },
): GitError {
  const where = `"${answer.address.href}"`;
  const details = { status };
  // 203 is how Azure DevOps answers with its sign-in page.
  if (status === 401 || status === 403 || status === 203) {
    const why = answer.sent ? 'refused the credential' : 'wants a credential and none was given';
    const message = `The server of ${where} ${why}${quoted(answer.text)}.`;
    return new GitError('GIT_AUTHENTICATION_FAILED', message, { details });
  }
  if (status === 404 || status === 410)
    return new GitError('GIT_REMOTE_NOT_FOUND', `There is no repository at ${where}.`, { details });
  const message = `The server of ${where} answered with status ${status}${quoted(answer.text)}.`;
  const code =
    status === 429 || status >= 500 ? 'GIT_REMOTE_UNREACHABLE' : 'GIT_REMOTE_INVALID_ANSWER';
  return new GitError(code, message, { details });
}

/** A server's words in one line, short, without what could steer a terminal; nothing for a web page. */
export function serverText(text: string): string {
  if (/<(?:!doctype|html|body)/i.test(text)) return '';
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 500);
}

function quoted(text: string): string {
  const shown = serverText(text);
  return shown === '' ? '' : `: "${shown}"`;
}
