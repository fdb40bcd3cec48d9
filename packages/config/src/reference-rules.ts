import type { ChannelType } from './channel-types.ts';
import { credentialReference } from './claimed-variables.ts';
import { allChannels } from './file-channels.ts';
import { findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import type { KeyPath, Locate } from './key-path.ts';
import { isLoopback } from './known-hosts.ts';
import type { ServerInput } from './server-types.ts';
import type { ConfigInput, CredentialInput, SecretReference } from './types.ts';
import { tokenVariable } from './variables.ts';

/** What finds fault with one file. */
interface Inspector {
  /** Refuses a variable that is not meant for this place. */
  check(
    path: KeyPath,
    reference: SecretReference | string | undefined,
    allowed: { readonly names: RegExp; readonly instead: string },
  ): void;
  /** Refuses a key that a found file cannot set. */
  forbid(above: KeyPath, key: string): void;
}

/**
 * Checks that a file which came with a project asks only for variables that were meant for the place where they go, opens no way on which
 * others could read them, and gives nobody the right to use the server.
 *
 * Otherwise a repository could name `AWS_SECRET_ACCESS_KEY` as the token of a host of its own, and would be sent it.
 */
export function checkReferences(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const inspector: Inspector = {
    check(path, reference, allowed) {
      if (typeof reference !== 'object' || !('env' in reference)) return;
      if (allowed.names.test(reference.env)) return;
      issues.push(
        findingIssue(
          {
            path: ['env'],
            code: 'CONFIG_SECRET_FORBIDDEN',
            message: `"${reference.env}" is not a variable that a gitops.yaml found in a project may use here`,
            hint: `Name the variable ${allowed.instead}, or name the file on purpose with --config or GITOPS_CONFIG.`,
          },
          path,
          locate,
        ),
      );
    },
    forbid(above, key) {
      issues.push(
        findingIssue(
          {
            path: [key],
            code: 'CONFIG_SECRET_FORBIDDEN',
            message: 'cannot be set by a gitops.yaml that was found in a project',
            hint: 'Name the file on purpose with --config or GITOPS_CONFIG.',
          },
          above,
          locate,
        ),
      );
    },
  };
  checkHostReferences(config, inspector);
  checkChannelReferences(config, inspector);
  checkServerReferences(config.server, inspector);
  return issues;
}

function checkHostReferences(config: ConfigInput, { check, forbid }: Inspector): void {
  for (const [host, input] of Object.entries(config.hosts ?? {})) {
    if (input.apiHost !== undefined) forbid(['hosts', host], 'apiHost');
    if (input.insecureHttp === true && !isLoopback(host.replace(/:[0-9]+$/, '')))
      forbid(['hosts', host], 'insecureHttp');
    const { credential } = input;
    if (credential === undefined) continue;
    const own = ownVariable(host, credential);
    const { member, reference } = credentialReference(credential);
    check(['hosts', host, 'credential', member], reference, {
      names: new RegExp(`^(?:${tokenVariable(host)}${own === undefined ? '' : `|${own}`})$`),
      instead: tokenVariable(host),
    });
  }
}

const ownVariables: ReadonlyMap<string, string> = new Map([
  ['bitbucket.org', 'BITBUCKET_(?:API|ACCESS)_TOKEN'],
  ['github.com', 'GITHUB_TOKEN'],
  ['gitlab.com', 'GITLAB_TOKEN'],
  ['gitea.com', 'GITEA_TOKEN'],
]);

/** The variable of the forge itself. Where it may be for another host, that is checked again when it is opened. */
function ownVariable(host: string, credential: CredentialInput): string | undefined {
  if (credential.kind === 'github-app') return 'GITHUB_APP_PRIVATE_KEY';
  if (credential.kind === 'job-token') return 'CI_JOB_TOKEN';
  return ownVariables.get(host);
}

// Tokens, the secrets of the server and of the forges' deliveries, and who is named are for other places.
const OURS = 'GITOPS_(?!TOKEN_|FORGE_|SERVER_)\\w+';

const addresses: Readonly<
  Record<ChannelType, { readonly names: RegExp; readonly instead: string }>
> = {
  teams: usual('TEAMS_WEBHOOK'),
  slack: usual('SLACK_WEBHOOK'),
  discord: usual('DISCORD_WEBHOOK'),
  'google-chat': usual('GOOGLE_CHAT_WEBHOOK'),
  webhook: { names: new RegExp(`^${OURS}$`), instead: 'GITOPS_WEBHOOK_...' },
  cdevents: usual('CDEVENTS_URL'),
  email: usual('SMTP_URL'),
};

function usual(variable: string) {
  return { names: new RegExp(`^(?:${OURS}|${variable})$`), instead: variable };
}

function checkChannelReferences(config: ConfigInput, { check, forbid }: Inspector): void {
  for (const { path, input } of allChannels(config.notifications)) {
    // It would send what it likes to whom it likes, from the account of the person.
    if (input.type === 'email') forbid(path, 'type');
    check([...path, 'url'], input.url, addresses[input.type]);
    if (!('secret' in input || 'allowPrivateAddresses' in input)) continue;
    check([...path, 'secret'], input.secret, keyOf(input.url));
    if (input.allowPrivateAddresses !== undefined) forbid(path, 'allowPrivateAddresses');
  }
}

/** The keys of the addresses that variables hold. What one of them signs at another address would be good at its own as well. */
const keys: ReadonlyMap<string, string> = new Map([
  ['GITOPS_WEBHOOK_URL', 'GITOPS_WEBHOOK_SECRET'],
  ['CDEVENTS_URL', 'CDEVENTS_SECRET'],
]);

function keyOf(url: Parameters<Inspector['check']>[1]): Parameters<Inspector['check']>[2] {
  const own = typeof url === 'object' && 'env' in url ? keys.get(url.env) : undefined;
  const other = `(?!GITOPS_WEBHOOK_SECRET$)${OURS}`;
  return {
    names: new RegExp(`^(?:${other}${own === undefined ? '' : `|${own}`})$`),
    instead: own ?? 'GITOPS_WEBHOOK_KEY, or another one with GITOPS_ before it',
  };
}

function checkServerReferences(
  server: ServerInput | undefined,
  { check, forbid }: Inspector,
): void {
  if (server === undefined) return;
  // Tokens of its own, pages of its own, addresses that it can claim: each would let in whoever wrote the file.
  for (const key of ['publicUrl', 'tokensFile', 'cors', 'trustProxy'] as const)
    if (server[key] !== undefined) forbid(['server'], key);
  for (const [forge, { secrets }] of Object.entries(server.webhooks ?? {})) {
    const prefix = forge.startsWith('bitbucket') ? 'BITBUCKET' : forge.toUpperCase();
    const instead = `${prefix}_WEBHOOK_SECRET`;
    for (const [index, reference] of secrets.entries())
      check(['server', 'webhooks', forge, 'secrets', index], reference, {
        names: new RegExp(`^${instead}(?:_\\w+)?$`),
        instead,
      });
  }
}
