import { providerContract } from '@bowline/gitops-providers/testing';
import { describe, it } from 'vitest';
import { gitPresent } from './bitbucket-datacenter-push.ts';
import { startSubject } from './bitbucket-datacenter-subject.ts';

const how = gitPresent ? 'commits pushed by git' : 'skipped: there is no git program';

describe.skipIf(!gitPresent)(`Bitbucket Data Center, ${how}`, () => {
  const cases = providerContract({
    create: async () => {
      const { provider, repository, state, close } = await startSubject({ push: true });
      return {
        provider,
        repository: repository.fullName,
        seed: (seed) => state.seed(seed),
        inspect: (sha) => state.inspect(sha),
        mode: (sha, path) => state.mode(sha, path),
        close,
      };
    },
    skip: [
      {
        test: 'pull requests: approve and take it back, each twice',
        reason:
          'The author of a pull request cannot approve it; bitbucket-datacenter.merge.test.ts has another account do it.',
      },
    ],
    without: [{ part: 'ci', reason: 'Bitbucket Data Center runs no pipelines.' }],
  });
  for (const test of cases) it.skipIf(test.skip !== undefined)(test.name, test.run);
});
