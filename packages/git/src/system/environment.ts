import { devNull } from 'node:os';
import { GitError } from '../errors.ts';

/** Variables of the caller that reach git. Everything else stays out: `GIT_*`, `LD_*`, editors, pagers, askpass programs. */
const passedOn = [
  'PATH',
  'SSH_AUTH_SOCK',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  // Windows starts no program without these.
  'SystemRoot',
  'SYSTEMROOT',
  'Path',
  'PATHEXT',
  'USERPROFILE',
  'TEMP',
  'TMP',
] as const;
const proxies = [
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'no_proxy',
  'NO_PROXY',
] as const;

/** Builds the whole environment of a git process; nothing is inherited beside it. */
export function hardenedEnvironment(
  caller: Readonly<Record<string, string | undefined>>,
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of passedOn) {
    const value = caller[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const name of proxies) {
    const value = caller[name];
    if (value !== undefined && value !== '') environment[name] = checkProxy(name, value);
  }
  return {
    ...environment,
    // No configuration but the repository's own. Git before 2.32 does not know GIT_CONFIG_GLOBAL and looks into HOME; curl looks
    // there for a .netrc, which would send a credential that nobody configured here.
    HOME: devNull,
    XDG_CONFIG_HOME: devNull,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_SYSTEM: devNull,
    GIT_CONFIG_GLOBAL: devNull,
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_EDITOR: ':',
    GIT_SEQUENCE_EDITOR: ':',
    GIT_PAGER: 'cat',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_MERGE_AUTOEDIT: 'no',
    // Messages are read to tell failures apart.
    LC_ALL: 'C',
    LANGUAGE: '',
    ...more,
  };
}

function checkProxy(name: string, value: string): string {
  if (
    /^no_proxy$/i.test(name) ||
    /^(?:(?:https?|socks[45][ah]?):\/\/)?[^\s'"`$;|&<>\\]+$/i.test(value)
  )
    return value;
  throw new GitError(
    'GIT_INVALID_ARGUMENT',
    `The variable "${name}" is not the address of a proxy.`,
  );
}

/** Settings that stand before every command. They win over the configuration of the repository. */
export const hardenedSettings: readonly string[] = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  'core.askPass=',
  'core.sshCommand=',
  'core.pager=cat',
  'core.editor=:',
  'core.quotePath=false',
  'core.protectHFS=true',
  'core.protectNTFS=true',
  'credential.helper=',
  'credential.interactive=false',
  'protocol.allow=never',
  'http.followRedirects=false',
  'http.sslVerify=true',
  'http.emptyAuth=false',
  'transfer.fsckObjects=true',
  // What old tools wrote into histories that are in use; none of it can hurt a reader.
  'fetch.fsck.zeroPaddedFilemode=ignore',
  'fetch.fsck.missingSpaceBeforeDate=ignore',
  'fetch.fsck.badTimezone=ignore',
  'fetch.fsck.missingSpaceBeforeEmail=ignore',
  'fetch.fsck.missingNameBeforeEmail=ignore',
  'fetch.fsck.missingEmail=ignore',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'push.gpgSign=false',
  'push.followTags=false',
  'commit.gpgSign=false',
  'tag.gpgSign=false',
  'gpg.program=false',
  'gpg.ssh.program=false',
  'log.showSignature=false',
  'color.ui=false',
  'advice.detachedHead=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** The settings as arguments. */
export function settingArguments(settings: readonly string[]): string[] {
  return settings.flatMap((setting) => ['-c', setting]);
}
