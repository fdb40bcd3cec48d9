import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBareRepository, createFilledRepository, type FileEntry } from './bare-repository.ts';
import { type GitHttpFault, relayWithFault, serveFault } from './git-http-faults.ts';

export type { FileEntry, ImportedCommit } from './bare-repository.ts';
export {
  cleanGitEnvironment,
  createBareRepository,
  createFilledRepository,
  importCommit,
  runGit,
} from './bare-repository.ts';
export type { GitHttpFault } from './git-http-faults.ts';

/** True when there is a git program, without which nothing here can be served. */
export const hasGit = spawnSync('git', ['--version']).status === 0;

/** What a request of the Git protocol is for. */
export type GitHttpStep =
  | 'upload-pack-refs'
  | 'upload-pack'
  | 'receive-pack-refs'
  | 'receive-pack'
  | 'other';

/** One request as it came in. */
export interface GitHttpRequest {
  readonly method: string;
  /** Path with the query. */
  readonly path: string;
  readonly step: GitHttpStep;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The `Authorization` header; `undefined` when none came. */
  readonly authorization: string | undefined;
}

/** A fault and the requests that it hits. */
export interface GitHttpFaultRule {
  /** @default every step */
  readonly step?: GitHttpStep;
  /** How many requests are hit. @default all */
  times?: number;
  readonly fault: GitHttpFault;
}

export interface GitHttpServerOptions {
  /** User names with their passwords for basic auth. @default everything is open */
  readonly users?: Readonly<Record<string, string>>;
  /** `uploadpack.allowFilter`: partial clones. @default true */
  readonly allowFilter?: boolean;
  /** `uploadpack.allowAnySHA1InWant`: any object may be asked for by its id. @default true */
  readonly allowAnySha1?: boolean;
  /** Answers in version 2 of the protocol to clients that ask for it; else in version 0. @default true */
  readonly version2?: boolean;
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
  const folder = await mkdtemp(join(tmpdir(), 'bowline-git-http-'));
  const root = join(folder, 'repositories');
  await mkdir(root);
  await writeFile(join(folder, '.gitconfig'), serverConfig(options));
  const requests: GitHttpRequest[] = [];
  const faults: GitHttpFaultRule[] = [];
  const children = new Set<ChildProcess>();

  const server = createServer((request, response) => {
    const record = recordOf(request);
    requests.push(record);
    const rule = faults.find((one) => matches(one, record));
    if (rule?.times !== undefined) rule.times -= 1;
    // A client that goes away in the middle is an ordinary event here.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    answer(record, rule?.fault, { request, response }).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(String(error));
    });
  });

  async function answer(
    record: GitHttpRequest,
    fault: GitHttpFault | undefined,
    exchange: Exchange,
  ): Promise<void> {
    if (fault?.type === 'before') await fault.run();
    else if (fault !== undefined && serveFault(fault, exchange.response)) return;
    const user = userOf(record, options.users);
    if (user === undefined) {
      exchange.response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' });
      exchange.response.end('Authentication required\n');
      return;
    }
    const child = spawn('git', ['http-backend'], {
      env: cgiEnvironment(record, { folder, root, user, version2: options.version2 ?? true }),
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    relay(child, exchange, fault);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    root,
    requests,
    faults,
    url: (repository) => `${origin}/${repository}`,
    async createRepository(name, files) {
      if (files !== undefined) return createFilledRepository(join(root, name), files);
      await createBareRepository(join(root, name));
      return '';
    },
    async close() {
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      const gone = [...children].map(
        (child) => new Promise<void>((resolve) => child.once('close', () => resolve())),
      );
      for (const child of children) child.kill('SIGKILL');
      await Promise.all([ended, ...gone]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const { PATH = '' } = process.env;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

function serverConfig(options: GitHttpServerOptions): string {
  return [
    '[http]\n\treceivepack = true',
    `[uploadpack]\n\tallowFilter = ${options.allowFilter ?? true}`,
    `\tallowAnySHA1InWant = ${options.allowAnySha1 ?? true}`,
    '[safe]\n\tdirectory = *',
    '[receive]\n\tautogc = false',
    '',
  ].join('\n');
}

function recordOf(request: IncomingMessage): GitHttpRequest {
  const path = request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    path,
    step: stepOf(path),
    headers: request.headers,
    authorization: request.headers.authorization,
  };
}

function stepOf(path: string): GitHttpStep {
  const match =
    /\/(?:info\/refs\?service=git-(upload|receive)-pack|git-(upload|receive)-pack)$/.exec(path);
  if (match?.[1] !== undefined)
    return match[1] === 'upload' ? 'upload-pack-refs' : 'receive-pack-refs';
  if (match?.[2] !== undefined) return match[2] === 'upload' ? 'upload-pack' : 'receive-pack';
  return 'other';
}

function matches(rule: GitHttpFaultRule, request: GitHttpRequest): boolean {
  return (rule.step === undefined || rule.step === request.step) && rule.times !== 0;
}

/** The user name, `''` when nobody has to log in, `undefined` when the request is refused. */
function userOf(
  request: GitHttpRequest,
  users: Readonly<Record<string, string>> | undefined,
): string | undefined {
  if (users === undefined) return '';
  const [, encoded = ''] = /^Basic (.+)$/.exec(request.authorization ?? '') ?? [];
  const [, name = '', password = ''] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return Object.hasOwn(users, name) && users[name] === password ? name : undefined;
}

function cgiEnvironment(
  request: GitHttpRequest,
  server: {
    readonly folder: string;
    readonly root: string;
    readonly user: string;
    readonly version2: boolean;
  },
): Record<string, string> {
  const [path = '/', query = ''] = request.path.split('?', 2);
  const header = (name: string): string => String(request.headers[name] ?? '');
  return {
    PATH,
    HOME: server.folder,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PROJECT_ROOT: server.root,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: server.version2 ? header('git-protocol') : '',
    REQUEST_METHOD: request.method,
    PATH_INFO: decodeURIComponent(path),
    QUERY_STRING: query,
    CONTENT_TYPE: header('content-type'),
    ...(header('content-length') === '' ? {} : { CONTENT_LENGTH: header('content-length') }),
    HTTP_CONTENT_ENCODING: header('content-encoding'),
    REMOTE_ADDR: '127.0.0.1',
    ...(server.user === '' ? {} : { REMOTE_USER: server.user }),
  };
}

/** Streams a request into a CGI program and its answer back. */
function relay(child: ChildProcess, exchange: Exchange, fault: GitHttpFault | undefined): void {
  const { request, response } = exchange;
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('git http-backend has no pipes');
  stdin.on('error', () => undefined);
  request.pipe(stdin);
  child.stderr?.resume();
  child.once('error', (error) => response.destroy(error));
  response.once('close', () => {
    if (!response.writableFinished) child.kill('SIGKILL');
  });
  let head = Buffer.alloc(0);
  const onHead = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    stdout.off('data', onHead);
    stdout.pause();
    writeHead(response, head.subarray(0, end).toString());
    stdout.unshift(head.subarray(end + 4));
    relayWithFault(stdout, response, fault);
  };
  stdout.on('data', onHead);
}

function writeHead(response: ServerResponse, head: string): void {
  let status = 200;
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else response.setHeader(name, value);
  }
  response.writeHead(status);
}
