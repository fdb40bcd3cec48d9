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
  close(): Promise<void>;
}

/** A case that does not apply to a provider. */
export interface ContractSkip {
  /** The exact name of the case. */
  readonly test: string;
  readonly reason: string;
}

/** What {@link providerContract} needs of a provider. */
export interface ProviderContractOptions {
  /** Makes a provider with a repository of its own. Called once per case. */
  create(): Promise<ContractSubject>;
  readonly skip?: readonly ContractSkip[] | undefined;
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
