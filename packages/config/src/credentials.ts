import type { Secret } from '@bowline/gitops-errors';
import { ConfigError } from './errors.ts';
import { formatIssue } from './issue.ts';
import type { Config, HostConfig } from './types.ts';
import { tokenVariable } from './variables.ts';

/** How a REST request proves who it is. */
export type RestAuth =
  | { readonly type: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly type: 'bearer'; readonly token: Secret }
  | {
      readonly type: 'github-app';
      readonly appId: string;
      readonly privateKey: Secret;
      readonly installationId?: number;
    }
  | { readonly type: 'job-token'; readonly token: Secret };

/** What Git is given for HTTP Basic. */
export interface GitCredential {
  readonly username: string;
  readonly password: Secret;
}

/**
 * Finds what is known of a host. The match is exact, port included: a credential of one host is never found for another.
 *
 * @param host `host` or `host:port`, in any case.
 */
export function hostConfig(config: Config, host: string): HostConfig | undefined {
  const wanted = host.toLowerCase();
  return config.hosts.find((candidate) => candidate.host === wanted);
}

/**
 * Returns the organization to use on a host when none is given: its own, else the default one.
 */
export function defaultOrganization(config: Config, host: string): string | undefined {
  return hostConfig(config, host)?.organization ?? config.defaults.organization;
}

/**
 * Chooses the header of REST requests to a host.
 *
 * A Bitbucket API token is Basic with the e-mail address (Bitbucket Cloud, "Using API tokens"); the token of a GitLab CI job has a header of its
 * own; every other token is Bearer, which GitHub, GitLab, Gitea, Forgejo and Bitbucket Data Center all take. A GitHub App first exchanges
 * its key for such a token, which is the work of the provider.
 *
 * @returns `undefined` when no credential is configured.
 * @throws {@link ConfigError} `CONFIG_CREDENTIAL_UNSUPPORTED` or `CONFIG_SECRET_MISSING` when the one that is configured cannot be used.
 */
export function restAuth(host: HostConfig): RestAuth | undefined {
  const { credential } = host;
  if (credential === undefined) return refuseUnusable(host);
  switch (credential.kind) {
    case 'api-token':
      return { type: 'basic', username: credential.email, password: credential.token };
    case 'password':
      return { type: 'basic', username: credential.username, password: credential.password };
    case 'github-app': {
      const { kind: type, ...app } = credential;
      return { type, ...app };
    }
    case 'job-token':
      return { type: 'job-token', token: credential.token };
    case 'access-token':
    case 'token':
      return { type: 'bearer', token: credential.token };
  }
}

/**
 * Chooses user and password of Git over HTTPS for a host.
 *
 * The user name is the configured one, else what the forge asks for: `x-bitbucket-api-token-auth` and `x-token-auth`
 * (Bitbucket Cloud), `x-access-token` (GitHub), `oauth2` (GitLab, Gitea), `gitlab-ci-token` (a job of GitLab CI).
 *
 * @returns `undefined` when no credential is configured.
 * @throws {@link ConfigError} as {@link restAuth} does; and `CONFIG_CREDENTIAL_UNSUPPORTED` for a Bitbucket Data Center token
 * without a user name: those of projects and repositories are for REST alone (Atlassian, "HTTP access tokens"); and for a GitHub App, whose
 * tokens the provider makes.
 */
export function gitCredential(host: HostConfig): GitCredential | undefined {
  const { credential } = host;
  if (credential === undefined) return refuseUnusable(host);
  switch (credential.kind) {
    case 'api-token':
      return {
        username: credential.username ?? 'x-bitbucket-api-token-auth',
        password: credential.token,
      };
    case 'access-token':
      return { username: 'x-token-auth', password: credential.token };
    case 'password':
      return { username: credential.username, password: credential.password };
    case 'token':
      return {
        username: credential.username ?? tokenUser(host),
        password: credential.token,
      };
    case 'job-token':
      return { username: 'gitlab-ci-token', password: credential.token };
    case 'github-app':
      throw new ConfigError(
        'CONFIG_CREDENTIAL_UNSUPPORTED',
        `the GitHub App of "${host.host}" is exchanged for tokens by the provider; it is no password for Git`,
        {
          hint: `Ask the provider for one, or set ${tokenVariable(host.host)} to a token that Git may use.`,
          details: { host: host.host },
        },
      );
  }
}

function tokenUser(host: HostConfig): string {
  switch (host.kind) {
    case 'github':
      return 'x-access-token';
    // Gitea finds the account by the token alone when the token is the password.
    case 'gitlab':
    case 'gitea':
      return 'oauth2';
    case 'bitbucket-cloud':
    case 'local':
      return 'x-token-auth';
    case 'git':
      return 'git';
    case 'bitbucket-datacenter':
      throw new ConfigError(
        'CONFIG_CREDENTIAL_UNSUPPORTED',
        `the token of "${host.host}" cannot be used with Git, since it has no user name`,
        {
          hint: 'Set BITBUCKET_DC_USER, or "username" of the credential in gitops.yaml, to the account that made the token. A token of a project or repository is for REST alone.',
          details: { host: host.host },
        },
      );
  }
}

function refuseUnusable(host: HostConfig): undefined {
  const issue = host.credentialIssue;
  if (issue === undefined) return undefined;
  throw new ConfigError(
    issue.code,
    `the credential of "${host.host}" cannot be used: ${formatIssue(issue)}`,
    {
      ...(issue.hint === undefined ? {} : { hint: issue.hint }),
      details: { host: host.host, issues: [issue] },
    },
  );
}
