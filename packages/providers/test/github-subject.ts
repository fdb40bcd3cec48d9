import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import { github } from '@bowline/gitops-providers/github';
import {
  type GitHubSimulator,
  type GitHubSimulatorOptions,
  openSecret,
  type RepositoryState,
  startGitHub,
} from '@bowline/test-servers/github';
import type { GithubOptions } from '../src/github/options.ts';
import type { Provider } from '../src/provider-types.ts';
import type { ProviderRepository } from '../src/repository-types.ts';
import type { ContractCi } from '../src/testing/index.ts';
import { fakeClock } from './bitbucket-cloud-subject.ts';

/** A simulator with one repository, and the provider for it. */
export interface Subject {
  readonly simulator: GitHubSimulator;
  readonly state: RepositoryState;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Ends the simulator and asserts that the documents refused nothing. */
  close(): Promise<void>;
}

/** Starts a simulator and connects to it. */
export async function startSubject(
  options: Partial<GithubOptions> = {},
  server: GitHubSimulatorOptions = {},
): Promise<Subject> {
  const simulator = await startGitHub(server);
  const state = await simulator.createRepository('acme/shop');
  const clock = fakeClock();
  const provider = github({
    auth: { type: 'bearer', token: new Secret(simulator.token) },
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

/** Moves the runs of the simulator on, as runners would. */
export function actionsOf({ actions }: RepositoryState): ContractCi {
  return {
    workflow: 'deploy.yml',
    files: { '.github/workflows/deploy.yml': 'on: workflow_dispatch\n' },
    environment: 'production',
    absentRun: '4711',
    start: async (run) => actions.start(run),
    write: async (job, text) => actions.write(job, text),
    finish: async (run, result) =>
      actions.finish(run, result === 'success' ? 'success' : 'failure'),
    secret: async (name) => {
      const sealed = actions.space.secrets.get(name);
      return sealed === undefined ? undefined : openSecret(sealed);
    },
  };
}
