/** A process that edits one branch again and again: `node edit-worker.ts <remote> <engine> <name> <count>`. */
import { argv, env } from 'node:process';
import { openGit } from '@bowline/gitops-git';

const [, , remote = '', engine = '', name = '', count = '0'] = argv;
const git = openGit({
  engine: engine === 'system' ? 'system' : 'isomorphic',
  environment: { PATH: env['PATH'] },
});
for (let turn = 1; turn <= Number(count); turn += 1) {
  await git.editBranch({
    remote,
    branch: 'main',
    // The same author in the same second: only the compare-and-swap keeps the edits apart.
    author: { name: 'Worker', email: 'worker@example.com' },
    attempts: 100,
    edit: async (tree) => {
      const text = Buffer.from((await tree.read('counter')) ?? []).toString();
      return {
        message: 'chore: count',
        changes: [
          { type: 'write', path: 'counter', content: Buffer.from(`${Number(text) + 1}\n`) },
          { type: 'write', path: `done/${name}-${turn}`, content: Buffer.from('') },
        ],
      };
    },
  });
}
