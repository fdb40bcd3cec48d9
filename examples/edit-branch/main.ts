// Commits on a remote branch without a clone, and reads the file back. With an https or ssh address it works the same.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openGit } from '@bowline/gitops-git';
import { createLocalRepository } from '@bowline/gitops-providers/local';

const root = await mkdtemp(join(tmpdir(), 'edit-branch-'));
try {
  const { path } = await createLocalRepository({
    root,
    name: 'settings',
    branches: { main: { 'replicas.txt': '1\n' } },
  });
  const git = openGit({ allowFile: true, environment: { PATH: process.env['PATH'] } });
  const result = await git.editBranch({
    remote: path,
    branch: 'main',
    author: { name: 'Ada Lovelace', email: 'ada@example.com' },
    edit: async (tree) => {
      const replicas = Number(new TextDecoder().decode(await tree.read('replicas.txt')));
      return {
        message: 'feat: one replica more',
        changes: [
          {
            type: 'write',
            path: 'replicas.txt',
            content: new TextEncoder().encode(`${replicas + 1}\n`),
          },
        ],
      };
    },
  });
  const file = await git.readRemoteFile(path, { ref: 'main', path: 'replicas.txt' });
  console.log(result.changed, new TextDecoder().decode(file?.content).trim());
} finally {
  await rm(root, { recursive: true });
}
