import { isGitOpsError } from '@bowline/gitops-errors';
import { local } from '@bowline/gitops-providers/local';

// One of several processes that work on one repository at once: `node local-worker.ts <root> <name> <rounds>`.
const [root = '', name = '', rounds = '0'] = process.argv.slice(2);
const repository = local({ root, author: { name, email: `${name}@example.com` } }).repository(
  'shop',
);
const content = (text: string) => Buffer.from(text);

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isGitOpsError(error) || error.code !== 'PROVIDER_CONFLICT') throw error;
    }
  }
}

async function headOfMain(): Promise<string> {
  return (await repository.branches.get('main'))?.sha ?? '';
}

for (let round = 0; round < Number(rounds); round += 1) {
  await retried(async () =>
    repository.commits.create({
      branch: 'main',
      expectedHead: await headOfMain(),
      message: `direct ${name} ${round}`,
      changes: [{ type: 'write', path: `direct/${name}-${round}`, content: content('1') }],
    }),
  );
  const source = `work/${name}/${round}`;
  await repository.commits.create({
    branch: source,
    create: true,
    expectedHead: await headOfMain(),
    message: `branch ${name} ${round}`,
    changes: [{ type: 'write', path: `merged/${name}-${round}`, content: content('1') }],
  });
  const pull = await repository.pullRequests.create({
    title: `${name} ${round}`,
    source,
    destination: 'main',
    deleteSourceBranch: true,
  });
  await repository.pullRequests.comment(1, `${name} ${round}`, { marker: name });
  await repository.statuses.set(pull.source.sha ?? '', { context: name, state: 'success' });
  const strategy = (['merge', 'squash', 'rebase'] as const)[round % 3] ?? 'merge';
  await repository.pullRequests.merge(pull.id, { strategy });
  // One line per round, so that a test sees how far this is.
  process.stdout.write(`${pull.id}\n`);
}
