import type { Secret } from '@bowline/gitops-errors';
import type { ChannelConfig, NotificationsInput } from './channel-types.ts';
import type { ConfigIssue } from './issue.ts';
import type { ServerConfig, ServerInput } from './server-types.ts';

/** The kinds of forges. `local` is a folder of bare repositories, `git` a Git server that is no forge and has no API. */
export type ForgeKind =
  | 'local'
  | 'bitbucket-cloud'
  | 'bitbucket-datacenter'
  | 'github'
  | 'gitlab'
  | 'gitea'
  | 'git';

/**
 * Proves an identity to one host. The kind decides the REST header and the Git user; see {@link restAuth} and
 * {@link gitCredential}.
 *
 * - `api-token`: a Bitbucket Cloud API token of a user. `email` is for REST, `username` for Git.
 * - `access-token`: a Bitbucket Cloud repository, project or workspace access token.
 * - `token`: GitHub, GitLab, Gitea, Forgejo, Bitbucket Data Center, and Git servers.
 * - `password`: Gitea, Forgejo and Bitbucket Data Center on hosts of one's own, and Git servers.
 * - `github-app`: a GitHub App, which makes tokens of its own that end after an hour.
 * - `job-token`: the token of a GitLab CI job, for as long as the job runs. Few endpoints of the REST API take it.
 */
export type Credential =
  | {
      readonly kind: 'api-token';
      readonly email: string;
      readonly token: Secret;
      readonly username?: string;
    }
  | { readonly kind: 'access-token'; readonly token: Secret }
  | { readonly kind: 'token'; readonly token: Secret; readonly username?: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: Secret }
  | {
      readonly kind: 'github-app';
      /** The client id, or the number of the app. */
      readonly appId: string;
      /** PEM. */
      readonly privateKey: Secret;
      /** @default the installation that has the repository */
      readonly installationId?: number;
    }
  | { readonly kind: 'job-token'; readonly token: Secret };

/** What is known of one host, and the credential that may be sent to it and to no other. */
export interface HostConfig {
  /** `host` or `host:port`, in lower case, such as `bitbucket.org`. */
  readonly host: string;
  readonly kind: ForgeKind;
  /** Base address of the REST API. @default what the provider derives from `host` */
  readonly apiUrl?: string;
  /** True when `apiUrl` and clone addresses may be plain HTTP. @default false */
  readonly insecureHttp?: boolean;
  /** Organization, workspace or group to use when a repository is given without one. */
  readonly organization?: string;
  readonly credential?: Credential;
  /** Why there is no `credential` although one was configured. Thrown by {@link restAuth} and {@link gitCredential}. */
  readonly credentialIssue?: ConfigIssue;
}

/** Everything that code reads: complete, checked, with defaults filled in. */
export interface Config {
  readonly defaults: {
    /** Host that is used when none is named; `local` is allowed. @default 'bitbucket.org' */
    readonly remote: string;
    readonly organization?: string;
    /** Registry that is put before a bare image name, such as `registry.example.com/team`. */
    readonly imageRegistry?: string;
  };
  readonly kubernetesPullRequest: {
    /** @default 'gitops-k8s' */
    readonly repository: string;
    /** @default 'k8s/{cluster}/{namespace}/{deploy}' */
    readonly branchTemplate: string;
    /** @default '{namespace}/{deploy}_deployment.yaml' */
    readonly yamlTemplate: string;
  };
  readonly server: ServerConfig;
  /** Author of commits. Absent: what the Git configuration says. */
  readonly author?: { readonly name: string; readonly email: string };
  readonly notifications: {
    /** Every place that hears of the jobs, those of the variables and of the short forms too. Names are unique. */
    readonly channels: readonly ChannelConfig[];
  };
  /** Every known host: the well-known ones, then those of the environment and of gitops.yaml. */
  readonly hosts: readonly HostConfig[];
}

/** A secret as gitops.yaml may name one: where it is, not what it is. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** A credential as people write one. */
export type CredentialInput =
  | {
      readonly kind: 'api-token';
      readonly email: string;
      readonly token: SecretReference;
      readonly username?: string;
    }
  | { readonly kind: 'access-token'; readonly token: SecretReference }
  | { readonly kind: 'token'; readonly token: SecretReference; readonly username?: string }
  | { readonly kind: 'password'; readonly username: string; readonly password: SecretReference }
  | {
      readonly kind: 'github-app';
      readonly appId: string | number;
      readonly privateKey: SecretReference;
      readonly installationId?: number;
    }
  | { readonly kind: 'job-token'; readonly token: SecretReference };

/** A host as people write one. */
export interface HostInput {
  /** Required unless the host is well known (github.com, gitlab.com, bitbucket.org, gitea.com, codeberg.org, *.ghe.com). */
  readonly kind?: Exclude<ForgeKind, 'local'>;
  readonly apiUrl?: string;
  /** The host of `apiUrl` where it is neither this host nor `api.` and this host. Only in a file that was named on purpose. */
  readonly apiHost?: string;
  readonly insecureHttp?: boolean;
  readonly organization?: string;
  readonly credential?: CredentialInput;
}

/** Everything that people write: gitops.yaml, and the options of a program. Each part is optional. */
export interface ConfigInput {
  readonly defaults?: {
    readonly remote?: string;
    readonly organization?: string;
    readonly imageRegistry?: string;
  };
  readonly kubernetesPullRequest?: {
    readonly repository?: string;
    readonly branchTemplate?: string;
    readonly yamlTemplate?: string;
  };
  readonly server?: ServerInput;
  readonly author?: { readonly name?: string; readonly email?: string };
  readonly notifications?: NotificationsInput;
  /** By `host` or `host:port`. */
  readonly hosts?: Readonly<Record<string, HostInput>>;
}
