import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { loadContract } from './contract.ts';
import { type BitbucketRoute, failure } from './exchange.ts';
import { hookRoutes } from './hook-routes.ts';
import { logStorage, pipelineRoutes } from './pipeline-routes.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { refRoutes } from './ref-routes.ts';
import { RepositoryState } from './repository-state.ts';
import { sourceRoutes } from './source-routes.ts';

/** Options of {@link startBitbucketCloud}. */
export interface BitbucketCloudSimulatorOptions {
  /** The Atlassian e-mail address that goes with the API token. @default 'bot@example.com' */
  readonly email?: string;
  /** @default 'simulated-api-token' */
  readonly apiToken?: string;
  /** @default 'simulated-access-token' */
  readonly accessToken?: string;
  /** Checks requests and answers against the document where it is present. @default true */
  readonly validate?: boolean;
}

/** A running simulator of Bitbucket Cloud. */
export interface BitbucketCloudSimulator extends ForgeServer<RepositoryState> {
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly email: string;
  readonly apiToken: string;
  readonly accessToken: string;
  createRepository(fullName: string): Promise<RepositoryState>;
}

const routes: readonly BitbucketRoute[] = [
  ...refRoutes,
  ...sourceRoutes,
  ...pullRequestRoutes,
  ...hookRoutes,
  ...pipelineRoutes,
];

/**
 * Starts a stateful simulator of Bitbucket Cloud on 127.0.0.1 with real Git repositories underneath.
 *
 * Each request and each answer is checked against Atlassian's OpenAPI document where that is present; what it refuses is
 * collected in `violations`. Answers that a fault made up are not checked.
 */
export async function startBitbucketCloud(
  options: BitbucketCloudSimulatorOptions = {},
): Promise<BitbucketCloudSimulator> {
  const {
    email = 'bot@example.com',
    apiToken = 'simulated-api-token',
    accessToken = 'simulated-access-token',
    validate = true,
  } = options;
  const accounts = new Map([
    [`Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`, 'user'],
    [`Bearer ${accessToken}`, 'bot'],
  ]);
  const all = new Map<string, RepositoryState>();
  const server = await startForgeServer<RepositoryState>({
    mount: logStorage((fullName, step) => all.get(fullName)?.pipelines.step(step)?.log),
    basePath: '/2.0',
    routes,
    contract: validate ? loadContract() : undefined,
    authenticate: ({ headers }) =>
      accounts.get(headers.authorization ?? '') ??
      failure(401, 'Token is invalid, expired, or not supported for this endpoint.'),
    resolve: ({ pathname }, repositories) => {
      const [self, workspace, slug] =
        /^\/2\.0\/repositories\/([^/]+)\/([^/]+)/.exec(pathname) ?? [];
      if (self === undefined || workspace === undefined || slug === undefined) return undefined;
      const fullName = `${decodeURIComponent(workspace)}/${decodeURIComponent(slug)}`;
      return {
        repository: repositories.get(fullName.toLowerCase()),
        path: pathname.slice(self.length),
        self,
      };
    },
    notFound: ({ method, path }) => failure(404, `Resource not found: ${method} ${path}`),
  });
  return {
    ...server,
    webUrl: server.origin,
    email,
    apiToken,
    accessToken,
    createRepository: async (fullName) => {
      const repository = await RepositoryState.create(fullName);
      all.set(fullName, repository);
      return server.add(repository);
    },
  };
}
