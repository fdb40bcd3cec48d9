// Runs the tests that every provider passes on a provider of one's own. In a project they are cases of its test runner.
import { type ContractSubject, providerContract } from '@bowline/gitops-providers/testing';
import { Forge, Repository } from './forge.ts';
import { memoryProvider } from './provider.ts';
import { seed } from './seed.ts';

const fullName = 'acme/shop';

/** A provider with a new and empty repository, and a way into it past the provider. */
async function create(): Promise<ContractSubject> {
  const forge = new Forge();
  const repository = new Repository();
  forge.repositories.set(fullName, repository);
  return {
    provider: memoryProvider({ forge }),
    repository: fullName,
    seed: async (input) => seed(repository, input),
    inspect: async (sha) => {
      const commit = repository.commits.get(sha);
      if (commit === undefined) throw new Error(`no commit ${sha}`);
      return commit;
    },
    mode: async (sha, path) => repository.tree(sha).get(path)?.mode,
    close: async () => forge.repositories.clear(),
  };
}

const cases = providerContract({
  create,
  // What the forge cannot do is said with a reason. A list of skips that names no case is an error, so it does not outlive them.
  skip: [
    {
      test: 'merge: rebase puts the commits of the source on the destination',
      reason: 'This forge does not rebase.',
    },
  ],
  without: [
    { part: 'webhooks', reason: 'It calls nobody.' },
    { part: 'ci', reason: 'It runs nothing.' },
    { part: 'autoMerge', reason: 'It merges nothing by itself.' },
  ],
});

const counts = { passed: 0, failed: 0, skipped: 0 };
for (const test of cases) {
  if (test.skip !== undefined) {
    counts.skipped += 1;
    console.log(`skipped: ${test.name} (${test.skip})`);
    continue;
  }
  try {
    await test.run();
    counts.passed += 1;
  } catch (error) {
    counts.failed += 1;
    console.log(`failed: ${test.name}`, error);
    process.exitCode = 1;
  }
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
