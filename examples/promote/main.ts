// Moves an image into an environment by pull request, on a repository in a temporary folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kubernetesPullRequest } from '@bowline/gitops-operations';
import { connect } from '@bowline/gitops-providers';
import { createLocalRepository } from '@bowline/gitops-providers/local';

const root = await mkdtemp(join(tmpdir(), 'promote-'));
try {
  const manifest =
    'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec:\n  containers:\n  - { name: web, image: example.com/web:1 }\n';
  await createLocalRepository({
    root,
    name: 'gitops-k8s',
    branches: { prod: { 'web.yaml': manifest } },
  });

  // The same with `{ kind: 'bitbucket-cloud', auth }` and `acme/gitops-k8s`.
  const forge = await connect({ kind: 'local', root });
  const result = await kubernetesPullRequest(
    {
      repository: forge.repository('gitops-k8s'),
      cluster: 'prod',
      namespace: 'shop',
      deploy: 'web',
      image: 'example.com/web:2',
      branch: 'k8s/prod/shop/web',
      path: 'web.yaml',
      approveMerge: true,
    },
    { onProgress: ({ state, message }) => console.log(`${state}: ${message}`) },
  );
  console.log(result.merged ? 'prod runs web:2' : result.message);
} finally {
  await rm(root, { recursive: true });
}
