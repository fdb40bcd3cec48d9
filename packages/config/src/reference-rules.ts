import { findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import type { KeyPath, Locate } from './key-path.ts';
import { isLoopback } from './known-hosts.ts';
import type { ConfigInput, SecretReference } from './types.ts';
import { tokenVariable } from './variables.ts';

/**
 * Checks that a file which came with a project asks only for variables that were meant for the place where they go, and
 * opens no way on which others could read them.
 *
 * Otherwise a repository could name `AWS_SECRET_ACCESS_KEY` as the token of a host of its own, and would be sent it.
 */
export function checkReferences(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const check = (
    path: KeyPath,
    reference: SecretReference | string | undefined,
    allowed: { readonly names: RegExp; readonly instead: string },
  ) => {
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
  };
  const forbid = (above: KeyPath, key: string) => {
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
  };
  for (const [host, input] of Object.entries(config.hosts ?? {})) {
    if (input.apiHost !== undefined) forbid(['hosts', host], 'apiHost');
    if (input.insecureHttp === true && !isLoopback(host.replace(/:[0-9]+$/, '')))
      forbid(['hosts', host], 'insecureHttp');
    const { credential } = input;
    if (credential === undefined) continue;
    const own = ownVariables.get(host);
    const allowed = new RegExp(`^(?:${tokenVariable(host)}${own === undefined ? '' : `|${own}`})$`);
    const member = credential.kind === 'password' ? 'password' : 'token';
    const reference = credential.kind === 'password' ? credential.password : credential.token;
    check(['hosts', host, 'credential', member], reference, {
      names: allowed,
      instead: tokenVariable(host),
    });
  }
  const { teams, webhooks } = config.notifications ?? {};
  check(['notifications', 'teams', 'url'], teams?.url, {
    names: /^(?:GITOPS_(?!TOKEN_|FORGE_)\w+|TEAMS_WEBHOOK)$/,
    instead: 'TEAMS_WEBHOOK',
  });
  const ofWebhooks = { names: /^GITOPS_(?!TOKEN_|FORGE_)\w+$/, instead: 'GITOPS_WEBHOOK_...' };
  for (const [index, webhook] of (webhooks ?? []).entries()) {
    const path = ['notifications', 'webhooks', index];
    check([...path, 'url'], webhook.url, ofWebhooks);
    check([...path, 'secret'], webhook.secret, ofWebhooks);
    if (webhook.allowPrivateAddresses !== undefined) forbid(path, 'allowPrivateAddresses');
  }
  return issues;
}

const ownVariables: ReadonlyMap<string, string> = new Map([
  ['bitbucket.org', 'BITBUCKET_(?:API|ACCESS)_TOKEN'],
  ['github.com', 'GITHUB_TOKEN'],
  ['gitlab.com', 'GITLAB_TOKEN'],
  ['gitea.com', 'GITEA_TOKEN'],
]);
