import type { Answer, Exchange, RouteEntry } from '../forge/exchange.ts';
import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { createGitHttpHandler, type GitHttpHandler } from '../git-http-handler.ts';
import { commentRoutes } from './comment-routes.ts';
import { createDatacenterContract } from './contract.ts';
import { type DatacenterRoute, failure, page, userJson, users } from './exchange.ts';
import { mergeRoutes } from './merge-routes.ts';
import { pullRequestRoutes } from './pull-request-routes.ts';
import { refRoutes } from './ref-routes.ts';
import { reportRoutes } from './report-routes.ts';
import { RepositoryState } from './repository-state.ts';
import { sourceRoutes } from './source-routes.ts';

/** A running simulator of Bitbucket Data Center, below the context path `/bitbucket`. */
export interface BitbucketDatacenterSimulator extends ForgeServer<RepositoryState> {
  /** The host with its port. */
  readonly host: string;
  readonly webUrl: string;
  /** HTTP access tokens: of the account "bot", of the account "Rita.Reviewer", and one of a project, which has no account. */
  readonly tokens: { readonly bot: string; readonly reviewer: string; readonly project: string };
  /** Git over HTTP at `/bitbucket/scm/{key}/{slug}.git`. */
  readonly git: GitHttpHandler;
  createRepository(fullName: string): Promise<RepositoryState>;
}

const routes: readonly DatacenterRoute[] = [
  ...refRoutes,
  ...sourceRoutes,
  ...pullRequestRoutes,
  ...mergeRoutes,
  ...commentRoutes,
  ...reportRoutes,
];

const tokens = { bot: 'bot-token', reviewer: 'reviewer-token', project: 'project-token' };
const NO_USER = 'project-token-without-user';
const accounts = new Map<string, string>([
  [`Bearer ${tokens.bot}`, users.bot.name],
  [`Basic ${Buffer.from(`bot:${tokens.bot}`).toString('base64')}`, users.bot.name],
  [`Bearer ${tokens.reviewer}`, users.reviewer.name],
  [`Bearer ${tokens.project}`, NO_USER],
]);

/**
 * Starts a stateful simulator of Bitbucket Data Center on 127.0.0.1, with real Git repositories underneath and Git over HTTP.
 *
 * There is no official document in the reference data: requests and answers are checked against schemas of our own, written from
 * the documentation. What these refuse is collected in `violations`.
 */
export async function startBitbucketDatacenter(): Promise<BitbucketDatacenterSimulator> {
  const git = await createGitHttpHandler({
    authenticate: ({ authorization }) => accounts.get(authorization ?? ''),
  });
  const all = new Map<string, RepositoryState>();
  const server = await startForgeServer<RepositoryState>({
    basePath: '/bitbucket/rest',
    routes: routes.map(named),
    rootRoutes: rootRoutes(all).map(named),
    contract: createDatacenterContract(),
    authenticate: ({ headers }) =>
      accounts.get(headers.authorization ?? '') ??
      failure(
        401,
        'auth.IncorrectPasswordAuthenticationException',
        'Authentication failed. Please check your credentials and try again.',
      ),
    resolve: ({ pathname }, repositories) => {
      const [self, key, slug] =
        /^\/bitbucket\/rest\/(?:api|branch-utils)\/latest\/projects\/([^/]+)\/repos\/([^/]+)/.exec(
          pathname,
        ) ?? [];
      if (self === undefined || key === undefined || slug === undefined) return undefined;
      const fullName = `${decodeURIComponent(key)}/${decodeURIComponent(slug)}`;
      return {
        repository: repositories.get(fullName.toLowerCase()),
        path: pathname.slice(self.length),
        self,
      };
    },
    notFound: ({ path }) =>
      failure(404, 'repository.NoSuchRepositoryException', `Repository does not exist: ${path}`),
    mount: (request, response, repositories) => {
      const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
      const [, key, slug, path] =
        /^\/bitbucket\/scm\/([^/]+)\/([^/]+)\.git(\/.*)$/.exec(pathname) ?? [];
      if (key === undefined || slug === undefined || path === undefined) return false;
      const name = `${decodeURIComponent(key)}/${decodeURIComponent(slug)}`.toLowerCase();
      const root = repositories.get(name)?.store.gitdir;
      git.handle({ request, response }, { root, path: `${path}${search}` });
      return true;
    },
    onClose: () => git.close(),
  });
  return {
    ...server,
    apiUrl: `${server.apiUrl}/api/latest`,
    host: new URL(server.origin).host,
    webUrl: `${server.origin}/bitbucket`,
    tokens,
    git,
    createRepository: async (fullName) => {
      const repository = await RepositoryState.create(fullName);
      all.set(fullName, repository);
      return server.add(repository);
    },
  };
}

function rootRoutes(all: ReadonlyMap<string, RepositoryState>): readonly RouteEntry<undefined>[] {
  return [
    [
      'GET',
      /^\/build-status\/latest\/commits\/([^/]+)$/,
      async (exchange) => {
        const [sha = ''] = exchange.parts;
        const builds = [...all.values()].flatMap((repository) => [
          ...(repository.builds.get(sha)?.values() ?? []),
        ]);
        return page(exchange, builds);
      },
    ],
    [
      'GET',
      /^\/api\/latest\/users$/,
      async (exchange) => {
        const filter = (exchange.query.get('filter') ?? '').toLowerCase();
        const found = Object.values(users).filter(({ name, displayName }) =>
          `${name} ${displayName}`.toLowerCase().includes(filter),
        );
        return page(exchange, found.map(userJson));
      },
    ],
  ];
}

/** Names the account in each answer, as the real one does; a token of a project has none. */
function named<Repository>([
  method,
  pattern,
  handler,
]: RouteEntry<Repository>): RouteEntry<Repository> {
  const answer = async (exchange: Exchange<Repository>): Promise<Answer> => {
    const made = await handler(exchange);
    if (exchange.account === NO_USER) return made;
    const account = encodeURIComponent(exchange.account);
    return { ...made, headers: { ...made.headers, 'x-ausername': account } };
  };
  return [method, pattern, answer];
}
