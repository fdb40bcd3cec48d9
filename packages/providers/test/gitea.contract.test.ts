import { providerContract } from '@bowline/gitops-providers/testing';
import { contractPresent } from '@bowline/test-servers/gitea';
import { describe, it } from 'vitest';
import { startSubject } from './gitea-subject.ts';

const checked = contractPresent
  ? 'against the official document'
  : 'unchecked: the official document is absent';

describe.each(['gitea', 'forgejo'] as const)(`%s, ${checked}`, (flavour) => {
  const cases = providerContract({
    create: async () => {
      const { provider, repository, state, close } = await startSubject({ flavour });
      return {
        provider,
        repository: repository.fullName,
        seed: (seed) => state.seed(seed),
        inspect: (sha) => state.inspect(sha),
        mode: (sha, path) => state.mode(sha, path),
        close,
      };
    },
    without: [{ part: 'ci', reason: 'not yet' }],
  });
  for (const test of cases) it.skipIf(test.skip !== undefined)(test.name, test.run);
});
