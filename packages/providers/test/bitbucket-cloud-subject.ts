import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import type { BitbucketCloudOptions } from '../src/bitbucket-cloud/options.ts';
import type { Clock } from '../src/http/clock.ts';
import type { Provider } from '../src/provider-types.ts';
import type { ProviderRepository } from '../src/repository-types.ts';
import type { ContractCi } from '../src/testing/index.ts';

/** A clock that only moves when somebody sleeps on it. */
export function fakeClock(): Clock & { readonly sleeps: number[] } {
  let now = Date.parse('2026-11-20T08:00:00Z');
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    random: () => 1,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      sleeps.push(milliseconds);
      now += milliseconds;
    },
  };
}

/** A simulator with one repository, and the provider for it. */
export interface Subject {
  readonly simulator: BitbucketCloudSimulator;
  readonly state: RepositoryState;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Ends the simulator and asserts that the document refused nothing. */
  close(): Promise<void>;
}

/** Starts a simulator and connects to it. */
export async function startSubject(options: Partial<BitbucketCloudOptions> = {}): Promise<Subject> {
  const simulator = await startBitbucketCloud();
  const state = await simulator.createRepository('acme/shop');
  const clock = fakeClock();
  const provider = bitbucketCloud({
    auth: {
      type: 'basic',
      username: simulator.email,
      password: new Secret(simulator.apiToken),
    },
    apiUrl: simulator.apiUrl,
    webUrl: simulator.webUrl,
    clock,
    ...options,
  });
  return {
    simulator,
    state,
    provider,
    repository: provider.repository('acme/shop'),
    clock,
    close: async () => {
      await simulator.close();
      assert.deepEqual(simulator.violations, []);
    },
  };
}

/** Moves the pipelines of the simulator on, as runners would. */
export function pipelinesOf({ pipelines }: RepositoryState): ContractCi {
  return {
    workflow: 'deploy',
    files: {},
    environment: 'Production',
    absentRun: '{00000000-0000-4000-8000-000000000000}',
    start: async (run) => pipelines.start(run).uuid,
    write: async (job, text) => pipelines.write(job, text),
    finish: async (run, result) =>
      pipelines.finish(run, result === 'success' ? 'SUCCESSFUL' : 'FAILED'),
    secret: async (name) => pipelines.variables.find(({ key }) => key === name)?.value,
  };
}
