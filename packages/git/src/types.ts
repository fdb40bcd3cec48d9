import type { Secret } from '@bowline/gitops-errors';

export type GitEngineName = 'isomorphic' | 'system';

/** A user name and password for Git over HTTP. For tokens, the user name is what the forge wants beside one. */
export interface GitCredential {
  readonly username: string;
  readonly password: Secret;
}

/** What a credential is asked for. A credential belongs to a host: the answer is sent to that host and to no other. */
export interface CredentialRequest {
  readonly protocol: 'https' | 'http';
  /** Host name with the port if it is not the protocol's own, such as `git.example.com:8443`. */
  readonly host: string;
  /** Path of the repository without a leading slash, such as `acme/shop.git`. */
  readonly path: string;
}

export type CredentialLookup = (
  request: CredentialRequest,
) => GitCredential | undefined | Promise<GitCredential | undefined>;

/** How far a long operation is. */
export interface GitProgress {
  /** What is going on, in Git's own words, such as `Receiving objects`. */
  readonly phase: string;
  readonly loaded: number;
  readonly total: number | undefined;
}

/** SSH for the system engine. */
export interface SshOptions {
  /** Path of the private key. @default what ssh finds (agent, ~/.ssh) */
  readonly identityFile?: string | undefined;
  /** Path of the known-hosts file; an unknown host is refused. @default ssh's own */
  readonly knownHostsFile?: string | undefined;
}

/** Options of everything that talks to a remote. */
export interface RemoteOptions {
  readonly credentials?: CredentialLookup | undefined;
  readonly ssh?: SshOptions | undefined;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
  /** Stops the call. It then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the whole call fails with `GIT_TIMEOUT`. @default 300_000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds without a byte from the server until the call fails with `GIT_TIMEOUT`. @default 30_000 */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Sends a credential over plain HTTP to a host that is not loopback.
   *
   * @default false
   */
  readonly allowInsecureHttp?: boolean | undefined;
}

/** A person as Git writes one. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** Who made a commit and when. */
export interface Signature extends Person {
  /** Seconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  /** Minutes east of UTC. */
  readonly timezoneOffset: number;
}

export interface CommitInfo {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface RemoteRef {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  /** The commit of an annotated tag. */
  readonly peeled?: string | undefined;
  /** The ref that `HEAD` points at. */
  readonly target?: string | undefined;
}

export type TreeEntryMode = '100644' | '100755' | '120000' | '160000' | '040000';

export interface TreeEntry {
  readonly path: string;
  readonly mode: TreeEntryMode;
  readonly sha: string;
}

/** One change of a tree. Paths are relative to its root, with `/`. */
export type TreeChange =
  | {
      readonly type: 'write';
      readonly path: string;
      readonly content: Uint8Array;
      /** @default the mode that the file has; `100644` for a new one */
      readonly mode?: '100644' | '100755' | '120000' | undefined;
    }
  | { readonly type: 'delete'; readonly path: string };

/** The tree of one commit, read on demand. */
export interface EditTree {
  /** The commit that is edited. */
  readonly commit: string;
  /** Reads a file; `undefined` when there is none. A symbolic link answers with its target text. */
  read(path: string): Promise<Uint8Array | undefined>;
  /** Finds an entry without its content. */
  entry(path: string): Promise<TreeEntry | undefined>;
  /** Lists one folder; the root with `''`. */
  list(path: string): Promise<readonly TreeEntry[]>;
}

/** Looks at the tip of a branch and says what to change. Runs again when the branch has moved: it must not remember. */
export type TreeEdit = (
  tree: EditTree,
) => Promise<TreeEditResult | undefined> | TreeEditResult | undefined;

export interface TreeEditResult {
  /** Subject, body and trailers. */
  readonly message: string;
  readonly changes: readonly TreeChange[];
}
