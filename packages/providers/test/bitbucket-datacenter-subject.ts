import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import { bitbucketDatacenter } from '@bowline/gitops-providers/bitbucket-datacenter';
import {
  type BitbucketDatacenterSimulator,
  type RepositoryState,
  startBitbucketDatacenter,
} from '@bowline/test-servers/bitbucket-datacenter';
import type { BitbucketDatacenterOptions } from '../src/bitbucket-datacenter/options.ts';
import type { Provider } from '../src/provider-types.ts';
import type { ProviderRepository } from '../src/repository-types.ts';
import { fakeClock } from './bitbucket-cloud-subject.ts';
import { pushWithGit } from './bitbucket-datacenter-push.ts';

/** A simulator with one repository, and the provider for it. */
export interface Subject {
  readonly simulator: BitbucketDatacenterSimulator;
  readonly state: RepositoryState;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Connects with other options. */
  connect(options: Partial<BitbucketDatacenterOptions>): ProviderRepository;
  /** Ends the simulator and asserts that the contract refused nothing. */
  close(): Promise<void>;
}

/** What a subject is made with. */
export interface SubjectOptions {
  /** Makes commits by the git program. @default false: the API alone */
  readonly push?: boolean;
  readonly options?: Partial<BitbucketDatacenterOptions>;
  /** @default 'SHOP/gitops-k8s' */
  readonly fullName?: string;
}

/** Starts a simulator and connects to it. */
export async function startSubject({
  push = false,
  options = {},
  fullName = 'SHOP/gitops-k8s',
}: SubjectOptions = {}): Promise<Subject> {
  const simulator = await startBitbucketDatacenter();
  const state = await simulator.createRepository(fullName);
  const clock = fakeClock();
  const open = (more: Partial<BitbucketDatacenterOptions>) =>
    bitbucketDatacenter({
      host: simulator.host,
      auth: { type: 'bearer', token: new Secret(simulator.tokens.bot) },
      apiUrl: simulator.apiUrl,
      clock,
      ...(push ? { commitFiles: pushWithGit(simulator.tokens.bot) } : {}),
      ...options,
      ...more,
    });
  const provider = open({});
  return {
    simulator,
    state,
    provider,
    repository: provider.repository(fullName),
    clock,
    connect: (more) => open(more).repository(fullName),
    close: async () => {
      await simulator.close();
      assert.deepEqual(simulator.violations, []);
    },
  };
}
