import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, type LoadConfigOptions, loadConfig } from '@bowline/gitops-config';
import { openGit } from '@bowline/gitops-git';
import type { Provider } from '@bowline/gitops-providers';
import { createLocalRepository, local } from '@bowline/gitops-providers/local';
import type { FastifyInstance } from 'fastify';
import type { DocumentationFile, ServerDependencies } from '../src/dependencies.ts';
import { createServer } from '../src/server.ts';

export const PATH = 'shop/web_deployment.yaml';
export const IMAGE = 'registry.example.com/shop/web';

export const deployment = (tag: string) => `# The web front.
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: web
          image: ${IMAGE}:${tag} # kept
`;

/** A server on a folder of bare repositories, with one repository in it. */
export interface LocalServer {
  readonly app: FastifyInstance;
  readonly provider: Provider;
  readonly root: string;
  /** Each line that was logged, parsed. */
  readonly logged: Record<string, unknown>[];
  close(): Promise<void>;
}

/** The configuration of a server of local repositories. */
export async function localConfig(
  root: string,
  { environment, ...more }: Partial<LoadConfigOptions> = {},
): Promise<Config> {
  const { config } = await loadConfig({
    environment: { GIT_DEFAULT_REMOTE: 'local', GIT_DEFAULT_ORG: root, ...environment },
    homeDirectory: root,
    workingDirectory: root,
    ...more,
  });
  return config;
}

const require = createRequire(import.meta.url);
const files: Readonly<Record<DocumentationFile, string>> = {
  'openapi.json': '../openapi.json',
  'swagger-ui.css': 'swagger-ui-dist/swagger-ui.css',
  'swagger-ui-bundle.js': 'swagger-ui-dist/swagger-ui-bundle.js',
  'redoc.standalone.js': 'redoc/bundles/redoc.standalone.js',
};

const readDocumentation = (file: DocumentationFile): Promise<Uint8Array> =>
  readFile(require.resolve(files[file]));

/** Opens a server; what is given replaces what it would have. */
export async function openLocalServer(
  options: Partial<ServerDependencies> = {},
  configuration: Partial<LoadConfigOptions> = {},
): Promise<LocalServer> {
  const root = await mkdtemp(join(tmpdir(), 'gitops-server-'));
  const manifests = { [PATH]: deployment('2.0.3'), 'README.md': '# manifests\n' };
  await createLocalRepository({
    root,
    name: 'gitops-k8s',
    defaultBranch: 'staging',
    branches: { staging: manifests, prod: manifests },
  });
  const provider = local({ root, author: { name: 'Ada', email: 'ada@example.com' } });
  const git = openGit({ environment: process.env, allowFile: true });
  const logged: Record<string, unknown>[] = [];
  const app = createServer({
    version: '1.2.3',
    config: await localConfig(root, configuration),
    settings: [],
    connect: async () => provider,
    readLog: async ({ repository }, request) => {
      const found = await provider.repository(repository).get(request);
      return git.remoteLog(found?.cloneUrl ?? '', request);
    },
    readDocumentation,
    log: { level: 'info', write: (line) => void logged.push(JSON.parse(line)) },
    ...options,
  });
  return {
    app,
    provider,
    root,
    logged,
    close: async () => {
      await app.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
