import type { Seed } from '@bowline/gitops-providers/testing';
import type { File, Repository } from './forge.ts';

/** Commits files as somebody who pushes with Git does, past the provider. */
export function seed(repository: Repository, { branch, files, from }: Seed): string {
  const start = from === undefined ? undefined : (repository.branches.get(from) ?? from);
  const tip = repository.branches.get(branch) ?? start;
  const tree = new Map(repository.tree(tip));
  for (const [path, file] of Object.entries(files)) {
    if (file === undefined) tree.delete(path);
    else tree.set(path, toFile(file));
  }
  const sha = repository.store({
    parents: tip === undefined ? [] : [tip],
    tree,
    message: `Seed ${branch} ${repository.commits.size}`,
    author: { name: 'Somebody', email: 'somebody@forge.example' },
  });
  repository.branches.set(branch, sha);
  return sha;
}

function toFile(file: NonNullable<Seed['files'][string]>): File {
  const plain = typeof file === 'string' || file instanceof Uint8Array;
  const content = plain ? file : file.content;
  return {
    content: typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
    mode: plain ? '100644' : file.mode,
  };
}
