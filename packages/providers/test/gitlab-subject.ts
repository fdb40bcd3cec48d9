import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import { type GitlabOptions, gitlab } from '@bowline/gitops-providers/gitlab';
import {
  type GitlabSimulator,
  type GitlabSimulatorOptions,
  type ProjectState,
  startGitlab,
} from '@bowline/test-servers/gitlab';
import type { Clock } from '../src/http/clock.ts';
import type { Provider } from '../src/provider-types.ts';
import type { ProviderRepository } from '../src/repository-types.ts';

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

/** A simulator with one project, and the provider for it. */
export interface Subject {
  readonly simulator: GitlabSimulator;
  readonly state: ProjectState;
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Connects once more, as another process does. */
  connect(options?: Partial<GitlabOptions>): Provider;
  /** Ends the simulator and asserts that the document refused nothing. */
  close(): Promise<void>;
}

/** Starts a simulator and connects to it. */
export async function startSubject(
  options: Partial<GitlabOptions> = {},
  server: GitlabSimulatorOptions & { readonly project?: string } = {},
): Promise<Subject> {
  const simulator = await startGitlab(server);
  const name = server.project ?? 'acme/platform/shop';
  const state = await simulator.createProject(name);
  const clock = fakeClock();
  const connect = (more: Partial<GitlabOptions> = {}) =>
    gitlab({
      auth: { type: 'private-token', token: new Secret(simulator.token) },
      apiUrl: simulator.apiUrl,
      webUrl: simulator.webUrl,
      clock,
      ...options,
      ...more,
    });
  const provider = connect();
  return {
    simulator,
    state,
    provider,
    repository: provider.repository(name),
    clock,
    connect,
    close: async () => {
      await simulator.close();
      assert.deepEqual(simulator.violations, []);
    },
  };
}
