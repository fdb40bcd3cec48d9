import { type ContractCi, providerContract } from '@bowline/gitops-providers/testing';
import { contractPresent, type RepositoryState } from '@bowline/test-servers/gitea';
import { describe, it } from 'vitest';
import { startSubject } from './gitea-subject.ts';

const checked = contractPresent
  ? 'against the official document'
  : 'unchecked: the official document is absent';

const notOnGitea = [
  { test: 'ci: a run is cancelled, once', reason: 'The API of Gitea 1.26 cannot cancel a run.' },
  {
    test: 'ci: a variable of an environment stays in it',
    reason: 'Gitea has no deployment environments.',
  },
];

/** Moves the Actions of a repository on, as a runner does. */
function actionsOf({ actions }: RepositoryState): ContractCi {
  return {
    workflow: 'deploy.yaml',
    files: { '.gitea/workflows/deploy.yaml': 'on: workflow_dispatch\n' },
    environment: undefined,
    absentRun: '4711',
    start: async (run) => actions.start(run),
    write: async (job, text) => actions.write(job, text),
    finish: async (run, result) => actions.finish(run, result === 'failed' ? 'failure' : result),
    secret: async (name) => actions.secrets.get(name),
  };
}

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
        webhookSecret: async (id) => {
          const secret = state.hooks.get(Number(id))?.['secret'];
          return typeof secret === 'string' ? secret : undefined;
        },
        ci: actionsOf(state),
        close,
      };
    },
    ...(flavour === 'forgejo'
      ? { without: [{ part: 'ci', reason: 'Forgejo 11 shows no runs: see gitea.ci.test.ts' }] }
      : { skip: notOnGitea }),
  });
  for (const test of cases) it.skipIf(test.skip !== undefined)(test.name, test.run);
});
