import { providerContract } from '@bowline/gitops-providers/testing';
import { describe, it } from 'vitest';
import { gitPresent } from './bitbucket-datacenter-push.ts';
import { startSubject } from './bitbucket-datacenter-subject.ts';

/** The secret in the configuration of a webhook of the simulator. */
function configured(configuration: unknown): string | undefined {
  const { secret } = configuration as { readonly secret?: string };
  return secret;
}

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
        webhookSecret: async (id) => configured(state.hooks.get(id)?.['configuration']),
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
