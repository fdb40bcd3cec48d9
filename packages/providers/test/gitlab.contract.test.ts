import { type ContractCi, providerContract } from '@bowline/gitops-providers/testing';
import { contractPresent, hasGit, type ProjectState } from '@bowline/test-servers/gitlab';
import { describe, it } from 'vitest';
import { startSubject } from './gitlab-subject.ts';

const checked = contractPresent
  ? 'against the official document'
  : 'unchecked: the official document is absent';
const named = hasGit ? '' : ' (skipped: there is no git program to push to)';

// What the project decides cannot be both: these cases run on a project that merges by fast-forward.
const linear = [
  'merge: squash makes one commit with one parent',
  'merge: fast-forward moves the destination to the source',
  'merge: fast-forward of branches that have diverged is refused',
  'merge: rebase puts the commits of the source on the destination',
];

/** The CI of a project, in the hands of the test. */
function ciOf({ pipelines }: ProjectState): ContractCi {
  return {
    workflow: undefined,
    files: { '.gitlab-ci.yml': 'deploy:\n  script: echo\n' },
    environment: 'prod',
    absentRun: '4711',
    start: async (run) => pipelines.start(run),
    write: async (job, text) => pipelines.write(job, text),
    finish: async (run, result) => pipelines.finish(run, result),
    settle: async (run) => pipelines.finish(run, 'canceled'),
    secret: async (name) => pipelines.variables.find(({ key }) => key === name)?.value,
  };
}

function cases(method: 'merge' | 'ff', skip: readonly string[]) {
  return providerContract({
    skip: skip.map((test) => ({ test, reason: 'it needs another merge method of the project' })),
    create: async () => {
      const { provider, repository, state, close } = await startSubject();
      state.merging.method = method;
      return {
        provider,
        repository: repository.fullName,
        seed: (seed) => state.seed(seed),
        inspect: (sha) => state.inspect(sha),
        mode: (sha, path) => state.mode(sha, path),
        webhookSecret: async (id) => {
          const token = state.hooks.get(Number(id))?.['token'];
          return typeof token === 'string' ? token : undefined;
        },
        ci: ciOf(state),
        close,
      };
    },
  });
}

describe.skipIf(!hasGit)(`GitLab, ${checked}${named}`, () => {
  for (const test of cases('merge', linear))
    it.skipIf(test.skip !== undefined)(test.name, test.run);
});

describe.skipIf(!hasGit)(`GitLab with a linear history, ${checked}${named}`, () => {
  for (const test of cases('ff', []).filter(({ name }) => linear.includes(name)))
    it(test.name, test.run);
});
