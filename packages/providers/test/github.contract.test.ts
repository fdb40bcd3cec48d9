import { providerContract } from '@bowline/gitops-providers/testing';
import { contractPresent } from '@bowline/test-servers/github';
import { describe, it } from 'vitest';
import { actionsOf, startSubject } from './github-subject.ts';

const checked = contractPresent
  ? 'against the official documents'
  : 'against the official schema of GraphQL alone: the document of the REST API is absent';

/** The secret in the configuration of a webhook of the simulator. */
function configured(config: unknown): string | undefined {
  const { secret } = config as { readonly secret?: string };
  return secret;
}

const noFastForward = 'GitHub has no way to merge a pull request by moving its destination';

/** An Enterprise Server of the kind that knows least: it neither compares refs nor tells which run it started. */
const server = { enterprise: true, updateRefs: false };

describe.each([
  ['GitHub', {}],
  ['an older Enterprise Server', server],
] as const)(`%s, ${checked}`, (_, options) => {
  const cases = providerContract({
    create: async () => {
      const { provider, repository, state, close } = await startSubject({}, options);
      state.actions.runDetails = options !== server;
      return {
        provider,
        repository: repository.fullName,
        seed: (seed) => state.seed(seed),
        inspect: (sha) => state.inspect(sha),
        mode: (sha, path) => state.mode(sha, path),
        webhookSecret: async (id) => configured(state.hooks.get(Number(id))?.['config']),
        ci: actionsOf(state),
        close,
      };
    },
    skip: [
      { test: 'merge: fast-forward moves the destination to the source', reason: noFastForward },
      {
        test: 'merge: fast-forward of branches that have diverged is refused',
        reason: noFastForward,
      },
    ],
  });
  for (const test of cases) it.skipIf(test.skip !== undefined)(test.name, test.run);
});
