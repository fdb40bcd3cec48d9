import type { Exchange } from '../forge/exchange.ts';
import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { actionsRoutes, logStorage } from './actions-routes.ts';
import { appRoutes } from './app-routes.ts';
import { AppState } from './app-state.ts';
import { loadContract } from './contract.ts';
import { failure, type GitHubRoute } from './exchange.ts';
import { answerGraphql } from './graphql-routes.ts';
import { hookRoutes } from './hook-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { refRoutes } from './ref-routes.ts';
import { RepositoryState } from './repository-state.ts';
import { SecondaryLimit, type SecondaryLimits } from './secondary-limit.ts';
import { variableRoutes } from './variable-routes.ts';

/** Options of {@link startGitHub}. */
export interface GitHubSimulatorOptions {
  /** @default 'simulated-access-token' */
  readonly token?: string;
  /** Puts the API where an Enterprise Server has it, at `/api/v3` and `/api/graphql`. @default false */
  readonly enterprise?: boolean;
  /** False for a server whose GraphQL has no `updateRefs`. @default true */
  readonly updateRefs?: boolean;
  /** Limits the writes of an account. @default no limit */
  readonly limits?: SecondaryLimits;
  /** The clock that tokens of the App and limits are measured by, in milliseconds. @default the one of the machine */
  readonly now?: () => number;
  /** Checks requests and answers against the document where it is present. @default true */
  readonly validate?: boolean;
}

/** A running simulator of GitHub. */
export interface GitHubSimulator extends ForgeServer<RepositoryState> {
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly token: string;
  readonly app: AppState;
  readonly limit: SecondaryLimit;
  createRepository(fullName: string): Promise<RepositoryState>;
}

const routes: readonly GitHubRoute[] = [
  ...refRoutes,
  ...objectRoutes,
  ...pullRequestRoutes,
  ...hookRoutes,
  ...actionsRoutes,
  ...variableRoutes,
];

/**
 * Starts a stateful simulator of GitHub on 127.0.0.1 with real Git repositories underneath.
 *
 * Each request and each answer is checked against GitHub's OpenAPI document where that is present, and each query against its
 * GraphQL schema; what they refuse is collected in `violations`. Answers that a fault made up are not checked.
 */
export async function startGitHub(options: GitHubSimulatorOptions = {}): Promise<GitHubSimulator> {
  const {
    token = 'simulated-access-token',
    enterprise = false,
    validate = true,
    updateRefs = true,
  } = options;
  const basePath = enterprise ? '/api/v3' : '';
  const all = new Map<string, RepositoryState>();
  const now = options.now ?? Date.now;
  const app = new AppState(now);
  const limit = new SecondaryLimit(options.limits ?? { contentPerMinute: Infinity }, now);
  const visibleTo = ({ headers: { authorization = '' } }: Exchange<undefined>) => {
    const reached = app.token(authorization)?.repositories;
    const seen = [...all].filter(([key]) => reached?.has(key.split('/')[1] ?? '') ?? true);
    return new Map(seen);
  };
  const server = await startForgeServer<RepositoryState>({
    basePath,
    routes,
    mount: logStorage((fullName, job) => all.get(fullName)?.actions.job(job)?.log),
    rootRoutes: [
      ...appRoutes(app),
      [
        'POST',
        /^\/(?:api\/)?graphql$/,
        (exchange) => answerGraphql(exchange, visibleTo(exchange), { updateRefs }),
      ],
    ],
    contract: validate ? loadContract() : undefined,
    authenticate: ({ headers: { authorization = '' }, method, path, url, body }) => {
      const refusal = limit.refuse(writes(method, path, body));
      if (refusal !== undefined) return refusal;
      if (authorization === `Bearer ${token}`) return 'octocat';
      // The App says who it is in another way; its calls look into that themselves.
      if (/^\/app\/|\/installation$/.test(path)) return app.appId;
      const reached = app.token(authorization)?.repositories;
      if (reached === undefined) return failure(401, 'Bad credentials');
      const [, name] = /\/repos\/[^/]+\/([^/]+)/.exec(url.pathname) ?? [];
      return name === undefined || reached.has(name) ? 'app[bot]' : failure(404, 'Not Found');
    },
    resolve: ({ pathname }, repositories) => {
      const [self, owner = '', name = ''] =
        new RegExp(`^${basePath}/repos/([^/]+)/([^/]+)`).exec(pathname) ?? [];
      if (self === undefined || pathname === `${self}/installation`) return undefined;
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
    app,
    limit,
    createRepository: async (fullName) => {
      const repository = await RepositoryState.create(fullName);
      all.set(fullName.toLowerCase(), repository);
      return server.add(repository);
    },
  };
}

function writes(method: string, path: string, body: Buffer): boolean {
  if (path.endsWith('/graphql')) return body.toString('utf8').includes('"query":"mutation');
  return method !== 'GET' && !path.endsWith('/access_tokens');
}
