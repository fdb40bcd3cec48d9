import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBareRepository, createFilledRepository, type FileEntry } from './bare-repository.ts';
import {
  createGitHttpHandler,
  type GitHttpFaultRule,
  type GitHttpProtocol,
  type GitHttpRequest,
} from './git-http-handler.ts';

export type { FileEntry, ImportedCommit } from './bare-repository.ts';
export {
  cleanGitEnvironment,
  createBareRepository,
  createFilledRepository,
  importCommit,
  runGit,
} from './bare-repository.ts';
export type { GitHttpFault } from './git-http-faults.ts';
export type { GitHttpFaultRule, GitHttpRequest, GitHttpStep } from './git-http-handler.ts';

/** True when there is a git program, without which nothing here can be served. */
export const hasGit = spawnSync('git', ['--version']).status === 0;

/** Options of {@link startGitHttpServer}. */
export interface GitHttpServerOptions extends GitHttpProtocol {
  /** User names with their passwords for basic auth. @default everything is open */
  readonly users?: Readonly<Record<string, string>>;
}

/** The real `git http-backend` behind HTTP on 127.0.0.1. */
export interface GitHttpServer {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** Folder of the bare repositories; removed by `close()`. */
  readonly root: string;
  /** Every request so far, also those that were refused. */
  readonly requests: GitHttpRequest[];
  /** Rules that hold from now on; the first that matches is used. Push to it, and empty it with `length = 0`. */
  readonly faults: GitHttpFaultRule[];
  /** Address of a repository, such as `http://127.0.0.1:41234/shop.git` for `shop.git`. */
  url(repository: string): string;
  /**
   * Makes the bare repository `<root>/<name>` with one commit on `main` (none when there are no files).
   *
   * @returns The id of the commit; `''` when there is none.
   */
  createRepository(name: string, files?: Readonly<Record<string, FileEntry>>): Promise<string>;
  /** Ends the connections and the git processes, and removes the folder. */
  close(): Promise<void>;
}

/**
 * Starts a Git server over HTTP: smart protocol v0 to v2, gzip bodies, pushes, basic auth, and faults on demand.
 *
 * @example
 * const server = await startGitHttpServer({ users: { me: 'hunter22' } });
 * await server.createRepository('shop.git', { 'README.md': '# Shop\n' });
 * server.faults.push({ step: 'upload-pack', times: 1, fault: { type: 'cut', fraction: 0.99 } });
 * // ... use server.url('shop.git'), look at server.requests
 * await server.close();
 */
export async function startGitHttpServer(
  options: GitHttpServerOptions = {},
): Promise<GitHttpServer> {
  const root = await mkdtemp(join(tmpdir(), 'bowline-git-http-'));
  const { users, ...protocol } = options;
  const git = await createGitHttpHandler({
    ...protocol,
    authenticate: ({ authorization }) => userOf(authorization, users),
  });
  const server = createServer((request, response) => {
    git.handle({ request, response }, { root, path: request.url ?? '/' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    root,
    requests: git.requests,
    faults: git.faults,
    url: (repository) => `${origin}/${repository}`,
    async createRepository(name, files) {
      if (files !== undefined) return createFilledRepository(join(root, name), files);
      await createBareRepository(join(root, name));
      return '';
    },
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([ended, git.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The user name, `''` when nobody has to log in, `undefined` when the request is refused. */
function userOf(
  authorization: string | undefined,
  users: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (users === undefined) return '';
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  const [, name = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return Object.hasOwn(users, name) && users[name] === password ? name : undefined;
}
