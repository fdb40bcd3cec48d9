import { join } from 'node:path';
import { API_TOKEN_HELP, isToken } from './environment-credentials.ts';
import { ConfigError } from './errors.ts';
import type { ConfigIssue, Findings } from './issue.ts';
import { wellKnownHosts } from './known-hosts.ts';
import { type CredentialOutcome, emptyLayer, hostLayer, type Layer } from './layer.ts';
import { type NetrcEntry, parseNetrc } from './netrc.ts';
import { openToOthers, readTextFile, type TextFile } from './read-text-file.ts';
import type { ForgeKind } from './types.ts';
import { patterns } from './values.ts';
import type { Lookup } from './variables.ts';

/** What a .netrc is read against. */
export interface NetrcContext {
  /** Tells which forge runs at a host. Machines of which it knows nothing are left alone. */
  readonly kindOf: (host: string) => ForgeKind | undefined;
  readonly lookup: Lookup;
  readonly findings: Findings;
}

/**
 * Reads the credentials of known forges from `~/.netrc` (`~/_netrc` on Windows).
 *
 * Other programs own the file: what is wrong with it is a warning. Of several entries for a machine the first counts, and a machine
 * is `host` or `host:port` exactly as the host is configured.
 */
export async function netrcLayer(homeDirectory: string, context: NetrcContext): Promise<Layer> {
  const layer = emptyLayer();
  const file = await readNetrc(homeDirectory, context.findings);
  if (file === undefined) return layer;
  const { entries, problems } = parseNetrc(file.text);
  let used = false;
  for (const entry of entries) {
    const kind = context.kindOf(entry.machine);
    if (kind === undefined || kind === 'local' || entry.password === undefined) continue;
    const host = hostLayer(layer, entry.machine);
    if (host.credential !== undefined) continue;
    used = true;
    host.credential = {
      value: outcomeOf(entry, kind, { file: file.path, lookup: context.lookup }),
      source: `${file.path}:${entry.line}`,
    };
  }
  const { warnings } = context.findings;
  for (const { line, message } of problems)
    warnings.push({ code: 'CONFIG_SYNTAX', message, file: file.path, line });
  const open = openToOthers(file);
  if (used && open !== undefined) warnings.push(open);
  return layer;
}

async function readNetrc(homeDirectory: string, findings: Findings): Promise<TextFile | undefined> {
  const names = process.platform === 'win32' ? ['.netrc', '_netrc'] : ['.netrc'];
  for (const name of names) {
    const path = join(homeDirectory, name);
    try {
      const file = await readTextFile(path);
      if (file !== undefined) return file;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { code, message } = error;
      findings.warnings.push({ code, message, file: path });
    }
  }
  return undefined;
}

function outcomeOf(
  entry: NetrcEntry,
  kind: ForgeKind,
  from: { readonly file: string; readonly lookup: Lookup },
): CredentialOutcome {
  const { login, password } = entry;
  const refuse = (message: string, hint: string): CredentialOutcome => ({
    issue: {
      code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
      message,
      file: from.file,
      line: entry.line,
      key: `machine ${entry.machine}`,
      hint,
    } satisfies ConfigIssue,
  });
  if (password === undefined || password.reveal() === '')
    return refuse('has no password', 'Write login and password after the machine.');
  const username = login !== undefined && patterns.username.test(login) ? { username: login } : {};
  // Only on a host of one's own can it be a password; the public ones take tokens alone.
  const takesPasswords =
    (kind === 'gitea' || kind === 'bitbucket-datacenter' || kind === 'git') &&
    !wellKnownHosts.has(entry.machine);
  if (takesPasswords)
    return username.username === undefined
      ? refuse('has no login that can be used', 'Write the user name after "login".')
      : { credential: { kind: 'password', username: username.username, password } };
  if (!isToken(password.reveal()))
    return refuse('has a password that is not a token', 'Write a token of the forge as password.');
  if (kind !== 'bitbucket-cloud')
    return { credential: { kind: 'token', token: password, ...username } };
  if (login === 'x-token-auth') return { credential: { kind: 'access-token', token: password } };
  if (login !== undefined && patterns.email.test(login))
    return { credential: { kind: 'api-token', email: login, token: password } };
  const email = from.lookup('BITBUCKET_EMAIL')?.value;
  // Git takes an API token with a user name, REST with the e-mail address alone; Atlassian's tokens begin with ATATT.
  if (email !== undefined && patterns.email.test(email) && password.reveal().startsWith('ATATT'))
    return { credential: { kind: 'api-token', email, token: password, ...username } };
  return refuse(
    'has a login that is neither an e-mail address nor "x-token-auth"; app passwords were removed on 2026-07-28',
    `Use an API token with the e-mail address of the account as login (${API_TOKEN_HELP}), or an access token with the login x-token-auth.`,
  );
}
