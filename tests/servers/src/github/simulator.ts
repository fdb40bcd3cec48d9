import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { loadContract } from './contract.ts';
import { failure, type GitHubRoute } from './exchange.ts';
import { answerGraphql } from './graphql-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { refRoutes } from './ref-routes.ts';
import { RepositoryState } from './repository-state.ts';

/** Options of {@link startGitHub}. */
export interface GitHubSimulatorOptions {
  /** @default 'simulated-access-token' */
  readonly token?: string;
  /** Puts the API where an Enterprise Server has it, at `/api/v3` and `/api/graphql`. @default false */
  readonly enterprise?: boolean;
  /** Checks requests and answers against the document where it is present. @default true */
  readonly validate?: boolean;
}

/** A running simulator of GitHub. */
export interface GitHubSimulator extends ForgeServer<RepositoryState> {
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly token: string;
  createRepository(fullName: string): Promise<RepositoryState>;
}

const routes: readonly GitHubRoute[] = [
  ...refRoutes,
  ...objectRoutes,
  ...pullRequestRoutes,
  ...hookRoutes,
];

/**
 * Starts a stateful simulator of GitHub on 127.0.0.1 with real Git repositories underneath.
 *
 * Each request and each answer is checked against GitHub's OpenAPI document where that is present, and each query against its
 * GraphQL schema; what they refuse is collected in `violations`. Answers that a fault made up are not checked.
 */
export async function startGitHub(options: GitHubSimulatorOptions = {}): Promise<GitHubSimulator> {
  const { token = 'simulated-access-token', enterprise = false, validate = true } = options;
  const basePath = enterprise ? '/api/v3' : '';
  const all = new Map<string, RepositoryState>();
  const server = await startForgeServer<RepositoryState>({
    basePath,
    routes,
    rootRoutes: [['POST', /^\/(?:api\/)?graphql$/, (exchange) => answerGraphql(exchange, all)]],
    contract: validate ? loadContract() : undefined,
    authenticate: ({ headers }) =>
      headers.authorization === `Bearer ${token}` ? 'octocat' : failure(401, 'Bad credentials'),
    resolve: ({ pathname }, repositories) => {
      const [self, owner = '', name = ''] =
        new RegExp(`^${basePath}/repos/([^/]+)/([^/]+)`).exec(pathname) ?? [];
      if (self === undefined) return undefined;
      const fullName = `${decodeURIComponent(owner)}/${decodeURIComponent(name)}`;
      return {
        repository: repositories.get(fullName.toLowerCase()),
        path: pathname.slice(self.length),
        self,
      };
    },
    notFound: () => failure(404, 'Not Found'),
  });
  return {
    ...server,
    webUrl: server.origin,
    token,
    createRepository: async (fullName) => {
      const repository = await RepositoryState.create(fullName);
      all.set(fullName.toLowerCase(), repository);
      return server.add(repository);
    },
  };
}
