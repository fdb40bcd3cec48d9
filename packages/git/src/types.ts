import type { Secret } from '@bowline/gitops-errors';

/** Names an engine: `isomorphic` needs nothing installed, `system` runs the git program. */
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

/** Finds the credential of a host, once per call to a remote; `undefined` sends none. What it throws is passed on. */
export type CredentialLookup = (
  request: CredentialRequest,
) => GitCredential | undefined | Promise<GitCredential | undefined>;

/** How far a long operation is. */
export interface GitProgress {
  /** What is going on, in Git's own words, such as `Receiving objects`. */
  readonly phase: string;
  /** Number of things done so far, such as objects. */
  readonly loaded: number;
  /** Number of things in all; `undefined` while it is not known. */
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
  /**
   * Milliseconds without a byte from the server until the call fails with `GIT_TIMEOUT`. Not counted while the server works
   * on a push (its hooks may take their time, up to `timeoutMs`).
   *
   * @default 30_000
   */
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

/** What a commit says. */
export interface CommitInfo {
  /** Id of the commit, in full. */
  readonly sha: string;
  /** Id of its tree. */
  readonly tree: string;
  /** Ids of the commits before it: none for a first commit, two or more for a merge. */
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  /** Subject, body and trailers, with the line end that it has. */
  readonly message: string;
}

/** A ref as its remote lists it. */
export interface RemoteRef {
  /** Full name, such as `refs/heads/main`. */
  readonly name: string;
  /** What it points at: a commit, or the tag object of an annotated tag. */
  readonly sha: string;
  /** The commit of an annotated tag. */
  readonly peeled?: string | undefined;
  /** The ref that `HEAD` points at. */
  readonly target?: string | undefined;
}

/** Says what an entry is: file, executable file, symbolic link, submodule, folder. */
export type TreeEntryMode = '100644' | '100755' | '120000' | '160000' | '040000';

/** An entry of a folder, without its content. */
export interface TreeEntry {
  /** From the root of the tree, with `/`. */
  readonly path: string;
  readonly mode: TreeEntryMode;
  /** Id of the blob or tree, or the commit of a submodule. */
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

/** What an edit wants to commit. */
export interface TreeEditResult {
  /** Subject, body and trailers. */
  readonly message: string;
  /** Each path once. Changes that leave the tree as it is make no commit. */
  readonly changes: readonly TreeChange[];
}
