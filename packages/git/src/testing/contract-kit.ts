import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { EngineRepository, GitEngine, RemoteSession } from '../engine.ts';
import type { GitErrorCode } from '../errors.ts';
import type { Person, RemoteOptions, Signature } from '../types.ts';
import type {
  ContractFaultRule,
  ContractFiles,
  ContractServer,
  GitContractOptions,
} from './contract-server.ts';

export const author: Person = { name: 'Ada Lovelace', email: 'ada@example.com' };
export const signature: Signature = { ...author, timestamp: 1_700_000_100, timezoneOffset: 60 };

/** What every case works with. */
export interface ContractKit {
  readonly engine: GitEngine;
  readonly options: GitContractOptions<GitEngine>;
  readonly server: ContractServer;
  /** Makes a repository with a name of its own on the open server. */
  repository(files?: ContractFiles): Promise<TestRepository>;
  /** Clones it and opens the clone. */
  cloned(
    files?: ContractFiles,
  ): Promise<TestRepository & { readonly directory: string; readonly local: EngineRepository }>;
  session<T>(url: string, run: (session: RemoteSession) => Promise<T>): Promise<T>;
}

export interface TestRepository {
  readonly name: string;
  readonly url: string;
  readonly tip: string;
}

let count = 0;

export function contractKit(options: GitContractOptions<GitEngine>): ContractKit {
  const engine = options.createEngine();
  const { server } = options;
  const kit: ContractKit = {
    engine,
    options,
    server,
    async repository(files = { 'README.md': '# Shop\n' }) {
      count += 1;
      const name = `contract-${engine.name}-${count}.git`;
      const tip = await server.createRepository(name, files);
      return { name, url: server.url(name), tip };
    },
    async cloned(files) {
      const made = await kit.repository(files);
      const directory = join(await options.createFolder(), 'clone');
      await engine.clone(made.url, directory, {});
      return { ...made, directory, local: await engine.open(directory) };
    },
    async session(url, run) {
      const session = await engine.openRemote(url, {});
      try {
        return await run(session);
      } finally {
        await session.close();
      }
    },
  };
  return kit;
}

/** Expects a `GitError` with one of the codes, and returns it. */
export async function failsWith(
  work: Promise<unknown>,
  ...codes: readonly GitErrorCode[]
): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error !== undefined, `it succeeds, but ${codes.join(' or ')} was expected`);
  assert.ok(isGitOpsError(error), `it fails with ${String(error)}`);
  const { code } = error;
  assert.ok(
    codes.some((one) => one === code),
    `it fails with ${code} (${error.message}), but ${codes.join(' or ')} was expected`,
  );
  return error;
}

/** Runs something while the server misbehaves. */
export async function withFault<T>(
  server: ContractServer,
  rule: ContractFaultRule,
  run: () => Promise<T>,
): Promise<T> {
  server.addFault(rule);
  try {
    return await run();
  } finally {
    server.clearFaults();
  }
}

/** Everything that talks to a remote, to be tried against a fault. */
export function remoteCalls(
  kit: ContractKit,
  url: string,
  options: RemoteOptions = {},
): Readonly<Record<string, () => Promise<unknown>>> {
  return {
    listRemoteRefs: () => kit.engine.listRemoteRefs(url, options),
    clone: async () =>
      kit.engine.clone(url, join(await kit.options.createFolder(), 'clone'), options),
    resolve: async () => {
      const session = await kit.engine.openRemote(url, options);
      try {
        return await session.resolve('main');
      } finally {
        await session.close();
      }
    },
  };
}
