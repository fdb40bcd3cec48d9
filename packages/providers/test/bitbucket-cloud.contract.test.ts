import { providerContract } from '@bowline/gitops-providers/testing';
import { contractPresent } from '@bowline/test-servers/bitbucket-cloud';
import { describe, it } from 'vitest';
import { pipelinesOf, startSubject } from './bitbucket-cloud-subject.ts';

/** The secret of a webhook of the simulator. */
function secretIn(hook: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const secret = hook?.['secret'];
  return typeof secret === 'string' ? secret : undefined;
}

const checked = contractPresent
  ? 'against the official document'
  : 'unchecked: the official document is absent';

describe(`Bitbucket Cloud, ${checked}`, () => {
  const cases = providerContract({
    create: async () => {
      const { provider, repository, state, close } = await startSubject();
      return {
        provider,
        repository: repository.fullName,
        seed: (seed) => state.seed(seed),
        inspect: (sha) => state.inspect(sha),
        mode: (sha, path) => state.mode(sha, path),
        webhookSecret: async (id) => secretIn(state.hooks.get(id)),
        ci: pipelinesOf(state),
        close,
      };
    },
    without: [{ part: 'autoMerge', reason: 'Bitbucket Cloud merges nothing by itself.' }],
  });
  for (const test of cases) it.skipIf(test.skip !== undefined)(test.name, test.run);
});
