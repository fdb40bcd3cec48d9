import { wholeSeconds } from '../deadline.ts';
import { GitError } from '../errors.ts';
import type { SshOptions } from '../types.ts';

/**
 * Builds `GIT_SSH_COMMAND`. Git hands it to a shell, so every word is quoted.
 *
 * ssh asks nobody (batch mode) and refuses a host whose key it does not know. The user's ssh configuration is still read: it
 * is where jump hosts and host aliases are written; the options here win over it.
 */
export function sshCommand(options: SshOptions | undefined, idleTimeoutMs: number): string {
  const seconds = wholeSeconds(idleTimeoutMs);
  const words = ['ssh'];
  const set = (name: string, value: string): void => void words.push('-o', `${name}=${value}`);
  set('BatchMode', 'yes');
  set('StrictHostKeyChecking', 'yes');
  set('UpdateHostKeys', 'no');
  set('PasswordAuthentication', 'no');
  set('KbdInteractiveAuthentication', 'no');
  set('PermitLocalCommand', 'no');
  set('ForwardAgent', 'no');
  set('ForwardX11', 'no');
  set('ClearAllForwardings', 'yes');
  set('ConnectTimeout', String(seconds));
  set('ServerAliveInterval', String(Math.max(1, Math.ceil(seconds / 3))));
  set('ServerAliveCountMax', '3');
  if (options?.knownHostsFile !== undefined) {
    set('UserKnownHostsFile', pathValue(options.knownHostsFile));
    set('GlobalKnownHostsFile', 'none');
  }
  if (options?.identityFile !== undefined) {
    set('IdentitiesOnly', 'yes');
    set('IdentityFile', pathValue(options.identityFile));
  }
  return words.map(shellQuote).join(' ');
}

/** ssh splits values at blanks unless they are quoted, and replaces `%x`. */
function pathValue(path: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (path === '' || /["\u0000-\u001f\u007f]/.test(path)) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      'The path of an SSH file is empty, or contains a quote or a control character.',
    );
  }
  return `"${path.replaceAll('%', '%%')}"`;
}

function shellQuote(word: string): string {
  return /^[A-Za-z0-9_./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
