/** Content of a file in a test repository: text, or an entry with its mode; `undefined` deletes the path. */
export type ContractFile =
  | string
  | { readonly mode: '100644' | '100755' | '120000'; readonly content: string }
  | { readonly mode: '160000'; readonly sha: string }
  | undefined;

/** Paths with `/` and what becomes of them; other files stay as they are. */
export type ContractFiles = Readonly<Record<string, ContractFile>>;

/** What a server can be told to do wrong. */
export type ContractFault =
  | { readonly type: 'status'; readonly status: number; readonly body?: string }
  | { readonly type: 'redirect'; readonly location: string }
  | { readonly type: 'stall' }
  | { readonly type: 'trickle'; readonly afterBytes: number }
  | {
      readonly type: 'cut';
      readonly afterBytes?: number;
      readonly fraction?: number;
      readonly clean?: boolean;
    }
  | { readonly type: 'before'; readonly run: () => Promise<unknown> };

/** Says what a request of the Git protocol is for. */
export type ContractStep =
  | 'upload-pack-refs'
  | 'upload-pack'
  | 'receive-pack-refs'
  | 'receive-pack'
  | 'other';

/** A fault and the requests that it hits. */
export interface ContractFaultRule {
  /** @default every step */
  readonly step?: ContractStep;
  /** How many requests are hit. @default all */
  readonly times?: number;
  readonly fault: ContractFault;
}

/** A real Git server over HTTP that the contract suite drives. */
export interface ContractServer {
  /** Address of a repository. */
  url(repository: string): string;
  /** Makes a bare repository with one commit on `main`, and returns its id. */
  createRepository(name: string, files: ContractFiles): Promise<string>;
  /** Adds a commit on the server's side, and returns its id. */
  commit(
    repository: string,
    commit: {
      readonly branch?: string;
      readonly from?: string;
      readonly message?: string;
      readonly files: ContractFiles;
    },
  ): Promise<string>;
  /** Runs git in a repository of the server and returns what it prints. */
  git(repository: string, args: readonly string[]): Promise<string>;
  /** Installs a hook. */
  hook(repository: string, name: string, script: string): Promise<void>;
  /** Makes the server misbehave from now on. */
  addFault(rule: ContractFaultRule): void;
  clearFaults(): void;
  /** Every request so far. */
  readonly requests: readonly {
    readonly step: ContractStep;
    readonly authorization: string | undefined;
  }[];
}

/** What the suite needs. */
export interface GitContractOptions<Engine> {
  /** Makes the engine under test. */
  createEngine(): Engine;
  /** A server that everybody may use. */
  readonly server: ContractServer;
  /** A server that wants the `login`. */
  readonly privateServer: ContractServer;
  readonly login: { readonly username: string; readonly password: string };
  /** Makes an empty folder that is removed after the tests. */
  createFolder(): Promise<string>;
}

/** One check. A case with `skip` says why it cannot run here. */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
  readonly skip?: string;
}
