import { spawnSync } from 'node:child_process';
import type { Answer } from '../forge/exchange.ts';
import { type ForgeServer, startForgeServer } from '../forge/server.ts';
import { loadContract } from './contract.ts';
import { failure, type GitlabRoute } from './exchange.ts';
import { hookRoutes } from './hook-routes.ts';
import { mergeRequestRoutes } from './merge-request-routes.ts';
import { pipelineRoutes } from './pipeline-routes.ts';
import { ProjectState } from './project-state.ts';
import { gitRoutes } from './receive-pack.ts';
import { refRoutes } from './ref-routes.ts';
import { sourceRoutes } from './source-routes.ts';

/** True when there is a git program, without which pushes cannot be answered. */
export const hasGit = spawnSync('git', ['--version']).status === 0;

/** Options of {@link startGitlab}. */
export interface GitlabSimulatorOptions {
  /** The relative URL root of the instance, such as `/gitlab`. @default '' */
  readonly root?: string;
  /** @default 'simulated-access-token' */
  readonly token?: string;
  /** @default 'simulated-job-token' */
  readonly jobToken?: string;
  /** Checks requests and answers against the document where it is present. @default true */
  readonly validate?: boolean;
}

/** A running simulator of GitLab. */
export interface GitlabSimulator extends ForgeServer<ProjectState> {
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly token: string;
  readonly jobToken: string;
  /** What `GET /version` answers. */
  version: string;
  /** Makes a project, with a number of its own. */
  createProject(fullName: string): Promise<ProjectState>;
  /** Makes a former path of a project lead to it. */
  move(from: string, to: string): void;
}

const routes: readonly GitlabRoute[] = [
  ...refRoutes,
  ...sourceRoutes,
  ...mergeRequestRoutes,
  ...hookRoutes,
  ...pipelineRoutes,
  ...gitRoutes,
];

/**
 * Starts a stateful simulator of GitLab on 127.0.0.1 with real Git repositories underneath. Pushes go to Git itself.
 *
 * Each request and each answer is checked against GitLab's own document where that is present; what it refuses is collected in
 * `violations`. Answers that a fault made up are not checked.
 */
export async function startGitlab(options: GitlabSimulatorOptions = {}): Promise<GitlabSimulator> {
  const {
    root = '',
    token = 'simulated-access-token',
    jobToken = 'simulated-job-token',
    validate = true,
  } = options;
  const basic = (user: string, secret: string) =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;
  const gitAccounts = new Set([basic('oauth2', token), basic('gitlab-ci-token', jobToken)]);
  const settings = { version: '18.4.1-ee' };
  const moved = new Map<string, string>();
  let projects = 0;
  const api = `${root}/api/v4`;
  const server = await startForgeServer<ProjectState>({
    basePath: api,
    routes,
    rootRoutes: [
      [
        'GET',
        /^\/version$/,
        async () => ({ status: 200, json: { version: settings.version, revision: 'abc1234' } }),
      ],
    ],
    contract: validate ? loadContract() : undefined,
    authenticate: ({ headers, url }) => {
      if (url.pathname.endsWith('/git-receive-pack')) {
        return gitAccounts.has(headers.authorization ?? '')
          ? 'bot'
          : {
              status: 401,
              bytes: Buffer.from('HTTP Basic: Access denied.'),
              headers: { 'www-authenticate': 'Basic realm="GitLab"' },
            };
      }
      const known =
        headers['private-token'] === token ||
        headers.authorization === `Bearer ${token}` ||
        headers['job-token'] === jobToken;
      return known ? 'bot' : failure(401, '401 Unauthorized');
    },
    resolve: ({ pathname }, repositories) => {
      const git = new RegExp(`^${root}/(.+)\\.git(/git-receive-pack)$`).exec(pathname);
      const [self, name, path] =
        git === null
          ? [
              /^.*?\/projects\/[^/]+/.exec(pathname)?.[0],
              new RegExp(`^${api}/projects/([^/]+)`).exec(pathname)?.[1],
              undefined,
            ]
          : [pathname, git[1], git[2]];
      if (self === undefined || name === undefined) return undefined;
      const id = decodeURIComponent(name).toLowerCase();
      const byNumber = [...repositories.values()].find((project) => String(project.id) === id);
      return {
        repository: repositories.get(id) ?? byNumber,
        path: path ?? pathname.slice(self.length),
        self,
      };
    },
    notFound: ({ method, url }): Answer => {
      const [, name = '', rest = ''] = /\/projects\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
      const now = moved.get(decodeURIComponent(name).toLowerCase());
      if (now !== undefined && method !== 'GET') {
        return failure(
          405,
          '405 Method Not Allowed - Non GET methods are not allowed for moved projects',
        );
      }
      if (now !== undefined) {
        const location = `${url.origin}${api}/projects/${encodeURIComponent(now)}${rest}${url.search}`;
        return { status: 301, headers: { location } };
      }
      return failure(404, name === '' ? '404 Not Found' : '404 Project Not Found');
    },
  });
  return {
    ...server,
    webUrl: `${server.origin}${root}`,
    token,
    jobToken,
    get version() {
      return settings.version;
    },
    set version(version: string) {
      settings.version = version;
    },
    move: (from, to) => moved.set(from.toLowerCase(), to),
    createProject: async (fullName) => {
      projects += 1;
      return server.add(await ProjectState.create(fullName, 4000 + projects));
    },
  };
}
