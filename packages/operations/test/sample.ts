import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Provider, type ProviderRepository } from '@bowline/gitops-providers';
import { createLocalRepository } from '@bowline/gitops-providers/local';

/** Two containers, comments, quotes: what an edit must leave alone. */
export function deployment(
  image: string,
  sidecar = 'registry.example.com/platform/logs:0.9.1',
): string {
  return `# The web front. Owner: team-shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      containers:
      - name: web
        image: "${image}"   # set by the release job
      - name: logs
        image: '${sidecar}'
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { ports: [{ port: 80 }] }
`;
}

export const PATH = 'shop/web_deployment.yaml';
export const IMAGE = 'registry.example.com/shop/web';

/** A local forge with one repository, as every test begins with. */
export interface Sample {
  readonly provider: Provider;
  readonly repository: ProviderRepository;
  readonly root: string;
  read(branch: string, path?: string): Promise<string | undefined>;
  commit(branch: string, path: string, text: string): Promise<string>;
  close(): Promise<void>;
}

export async function openSample(): Promise<Sample> {
  const root = await mkdtemp(join(tmpdir(), 'gitops-operations-'));
  const close = () => rm(root, { recursive: true, force: true });
  try {
    return await fillSample(root, close);
  } catch (error) {
    // A test that has no sample closes none.
    await close();
    throw error;
  }
}

async function fillSample(root: string, close: () => Promise<void>): Promise<Sample> {
  const files = {
    [PATH]: deployment(`${IMAGE}:2.0.3`),
    'README.md': '# manifests\n',
  };
  await createLocalRepository({
    root,
    name: 'gitops-k8s',
    defaultBranch: 'staging',
    branches: { staging: files, prod: files },
  });
  const provider = await connect({
    kind: 'local',
    root,
    author: { name: 'Ada', email: 'ada@example.com' },
  });
  const repository = provider.repository('gitops-k8s');
  return {
    provider,
    repository,
    root,
    async read(branch, path = PATH) {
      const file = await repository.files.read(path, branch);
      return file === undefined ? undefined : new TextDecoder().decode(file.content);
    },
    async commit(branch, path, text) {
      const head = await repository.branches.get(branch);
      const made = await repository.commits.create({
        branch,
        message: `Change ${path}`,
        changes: [{ type: 'write', path, content: new TextEncoder().encode(text) }],
        expectedHead: head?.sha ?? '',
      });
      return made.sha;
    },
    close,
  };
}
