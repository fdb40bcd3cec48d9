import type { FileMode } from '../commit-types.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository } from '../repository-types.ts';
import type { Person } from '../vocabulary.ts';

/** A file to seed a repository with: text (UTF-8), bytes, or bytes with a mode; `undefined` removes the file. */
export type SeedFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: FileMode }
  | undefined;

/** What to put into the repository behind the provider's back, as somebody who pushes with Git does. */
export interface Seed {
  /** The branch that gets one more commit. It is made when there is none. */
  readonly branch: string;
  readonly files: Readonly<Record<string, SeedFile>>;
  /** Where a new branch begins: a branch or a commit. @default no parent */
  readonly from?: string | undefined;
}

/** A commit as it stands in the Git repository under the forge. */
export interface SeenCommit {
  readonly parents: readonly string[];
  readonly author: Person;
  readonly message: string;
}

/** The CI of a forge, moved on by the test in place of runners. Needed where the provider has `ci`. */
export interface ContractCi {
  /** What a run is triggered with; `undefined` where the forge has one pipeline per branch. */
  readonly workflow: string | undefined;
  /** Files that must be on the branch, such as the one of the workflow. */
  readonly files: Readonly<Record<string, string>>;
  /** A deployment environment that the repository has; `undefined` where the forge has none. */
  readonly environment: string | undefined;
  /** An id of the right form that no run has. */
  readonly absentRun: string;
  /** Takes a run to its one job, running, with an empty log. @returns The id of the job. */
  start(run: string): Promise<string>;
  /** Adds to the log of a job. */
  write(job: string, text: string): Promise<void>;
  /** Ends the job and with it the run. */
  finish(run: string, result: 'success' | 'failed'): Promise<void>;
  /** Lets a cancelled run come to its end, where that takes time. */
  settle?(run: string): Promise<void>;
  /** Reads the value of a secret of the repository past the provider, decrypted. */
  secret(name: string): Promise<string | undefined>;
}

/** One provider with one new and empty repository, and a way into that repository past the provider. */
export interface ContractSubject {
  readonly provider: Provider;
  /** The full name of the repository. Its default branch is `main`, which does not exist before it is seeded. */
  readonly repository: string;
  /** Commits files on a branch past the provider. @returns The full id of the commit. */
  seed(seed: Seed): Promise<string>;
  /** Reads a commit past the provider. */
  inspect(sha: string): Promise<SeenCommit>;
  /** Reads the mode of a file past the provider, such as `100755`. */
  mode(sha: string, path: string): Promise<string | undefined>;
  /** Reads the secret of a webhook past the provider. Needed where the provider has `webhooks`. */
  webhookSecret?(id: string): Promise<string | undefined>;
  /** Absent where the provider has no `ci`; the cases of CI are then skipped by name. */
  readonly ci?: ContractCi | undefined;
  close(): Promise<void>;
}

/** A case that does not apply to a provider. */
export interface ContractSkip {
  /** The exact name of the case. */
  readonly test: string;
  readonly reason: string;
}

/** A part of the interface that a provider does not have. */
export interface ContractAbsence {
  /** The optional member, which is also what the names of its cases begin with. */
  readonly part: 'autoMerge' | 'ci' | 'webhooks';
  readonly reason: string;
}

/** What {@link providerContract} needs of a provider. */
export interface ProviderContractOptions {
  /** Makes a provider with a repository of its own. Called once per case. */
  create(): Promise<ContractSubject>;
  readonly skip?: readonly ContractSkip[] | undefined;
  /** The optional members that the provider lacks; their cases are skipped. */
  readonly without?: readonly ContractAbsence[] | undefined;
}

/** One test of a contract, for any test runner. */
export interface ContractCase {
  readonly name: string;
  run(): Promise<void>;
  /** Why the case does not apply; `run` must not be called then. */
  readonly skip?: string;
}

/** What a case gets: the subject and a handle of its repository. */
export interface ContractContext {
  readonly subject: ContractSubject;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
}

/** The cases of one part of the contract, by name. */
export type ContractTable = Readonly<Record<string, (context: ContractContext) => Promise<void>>>;
