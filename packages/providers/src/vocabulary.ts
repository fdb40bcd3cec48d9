import type { Secret } from '@bowline/gitops-errors';

/** The kinds of forges that this package knows. */
export type ProviderKind =
  | 'local'
  | 'bitbucket-cloud'
  | 'bitbucket-datacenter'
  | 'github'
  | 'gitlab'
  | 'gitea';

/** How a request proves who it is. The kind of credential decides the header; see the README of each provider. */
export type ProviderAuth =
  | { readonly type: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly type: 'bearer'; readonly token: Secret };

/** Options of everything that waits. */
export interface RequestOptions {
  /** Stops the call. It then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A person as Git and the forges write one. */
export interface Person {
  readonly name: string;
  readonly email: string;
}
