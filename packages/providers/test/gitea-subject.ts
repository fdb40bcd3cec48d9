import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import { gitea } from '@bowline/gitops-providers/gitea';
import {
  type Flavour,
  type GiteaSimulator,
  type RepositoryState,
  startGitea,
} from '@bowline/test-servers/gitea';
import type { GiteaOptions } from '../src/gitea/options.ts';
import type { Provider } from '../src/provider-types.ts';
import type { ProviderRepository } from '../src/repository-types.ts';
import { fakeClock } from './bitbucket-cloud-subject.ts';

/** A simulator with one repository, and the provider for it. */
export interface Subject {
  readonly simulator: GiteaSimulator;
  readonly state: RepositoryState;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Connects once more, as another process does. */
  connect(options?: Partial<GiteaOptions>): Provider;
  /** Ends the simulator and asserts that the document refused nothing. */
  close(): Promise<void>;
}

/** Starts a simulator and connects to it. */
export async function startSubject(
  options: Partial<GiteaOptions> & { readonly flavour?: Flavour; readonly path?: string } = {},
): Promise<Subject> {
  const { flavour = 'gitea', path = '', ...rest } = options;
  const simulator = await startGitea({ flavour, path });
  const state = await simulator.createRepository('acme/shop');
  const clock = fakeClock();
  const connect = (more: Partial<GiteaOptions> = {}) =>
    gitea({
      auth: { type: 'bearer', token: new Secret(simulator.token) },
      apiUrl: simulator.apiUrl,
      clock,
      ...rest,
      ...more,
    });
  const provider = connect();
  return {
    simulator,
    state,
    provider,
    repository: provider.repository('acme/shop'),
    clock,
    connect,
    close: async () => {
      await simulator.close();
      assert.deepEqual(simulator.violations, []);
    },
  };
}
