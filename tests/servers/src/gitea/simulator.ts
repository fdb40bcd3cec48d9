import type { Answer } from '../forge/exchange.ts';
import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { actionRoutes } from './action-routes.ts';
import { contentRoutes } from './content-routes.ts';
import { loadContract } from './contract.ts';
import { failure, type GiteaRoute } from './exchange.ts';
import { hookRoutes } from './hook-routes.ts';
import { findRoutes, pullRequestRoutes } from './pull-request-routes.ts';
import { refRoutes, userJson } from './ref-routes.ts';
import { type Flavour, RepositoryState } from './repository-state.ts';
import { reviewRoutes } from './review-routes.ts';
import { treeRoutes } from './tree-routes.ts';

/** Options of {@link startGitea}. */
export interface GiteaSimulatorOptions {
  /** @default 'gitea' */
  readonly flavour?: Flavour;
  /** The path that the server is below, such as `/git`. @default '' */
  readonly path?: string;
  /** @default 'simulated-token' */
  readonly token?: string;
  /** Checks requests and answers against the document where it is present; that is one of Gitea. @default true */
  readonly validate?: boolean;
}

/** A running simulator of Gitea or Forgejo. */
export interface GiteaSimulator extends ForgeServer<RepositoryState> {
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly user: string;
  readonly token: string;
  createRepository(fullName: string): Promise<RepositoryState>;
}

const routes: readonly GiteaRoute[] = [
  ...refRoutes,
  ...treeRoutes,
  ...contentRoutes,
  ...pullRequestRoutes,
  ...reviewRoutes,
  ...hookRoutes,
  ...actionRoutes,
  ...findRoutes,
];

const versions: Readonly<Record<Flavour, string>> = {
  gitea: '1.26.3',
  forgejo: '11.0.6+gitea-1.22.0',
};

/**
 * Starts a stateful simulator of Gitea or Forgejo on 127.0.0.1 with real Git repositories underneath.
 *
 * Each request and each answer is checked against the document of Gitea 1.26.3 where that is present; what it refuses is collected
 * in `violations`. Answers that a fault made up are not checked.
 */
export async function startGitea(options: GiteaSimulatorOptions = {}): Promise<GiteaSimulator> {
  const { flavour = 'gitea', path = '', token = 'simulated-token', validate = true } = options;
  const user = 'bot';
  const accounts = new Map([
    [`Bearer ${token}`, user],
    [`token ${token}`, user],
    [`Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`, user],
  ]);
  const basePath = `${path}/api/v1`;
  const server = await startForgeServer<RepositoryState>({
    basePath,
    routes,
    rootRoutes: [
      ['GET', /^\/version$/, async () => ({ status: 200, json: { version: versions[flavour] } })],
      [
        'GET',
        /^\/user$/,
        async ({ account }): Promise<Answer> => ({ status: 200, json: userJson(1, account) }),
      ],
    ],
    contract: validate ? loadContract() : undefined,
    authenticate: ({ headers }) =>
      accounts.get(headers.authorization ?? '') ??
      failure(401, 'invalid username, password or token'),
    resolve: ({ pathname }, repositories) => {
      const below = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : '';
      const [place, owner, name] = /^\/repos\/([^/]+)\/([^/]+)/.exec(below) ?? [];
      if (place === undefined || owner === undefined || name === undefined) return undefined;
      const fullName = `${decodeURIComponent(owner)}/${decodeURIComponent(name)}`;
      return {
        repository: repositories.get(fullName.toLowerCase()),
        path: below.slice(place.length),
        self: `${basePath}${place}`,
      };
    },
    notFound: () => failure(404, "The target couldn't be found."),
  });
  return {
    ...server,
    webUrl: `${server.origin}${path}`,
    user,
    token,
    createRepository: async (fullName) =>
      server.add(await RepositoryState.create({ fullName, flavour, sitePath: path })),
  };
}
