import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GitHttpFault, relayWithFault, serveFault } from './git-http-faults.ts';

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

/** What a Git server offers to clients. */
export interface GitHttpProtocol {
  /** `uploadpack.allowFilter`: partial clones. @default true */
  readonly allowFilter?: boolean;
  /** `uploadpack.allowAnySHA1InWant`: any object may be asked for by its id. @default true */
  readonly allowAnySha1?: boolean;
  /** Answers in version 2 of the protocol to clients that ask for it; else in version 0. @default true */
  readonly version2?: boolean;
}

export interface GitHttpHandlerOptions extends GitHttpProtocol {
  /** Gives the name of who asks, `''` when nobody has to log in, `undefined` when the request is refused. */
  readonly authenticate: (headers: IncomingHttpHeaders) => string | undefined;
}

/** Where a request leads. */
export interface GitHttpPlace {
  /** The bare repository, or a folder of bare repositories; `undefined` when there is none. */
  readonly root: string | undefined;
  /** The path below `root` with the query, such as `/info/refs?service=git-upload-pack`. */
  readonly path: string;
}

/** Answers requests of the Git protocol by the real `git http-backend`, inside any HTTP server. */
export interface GitHttpHandler {
  /** Every request so far, also those that were refused. */
  readonly requests: GitHttpRequest[];
  /** Rules that hold from now on; the first that matches is used. Push to it, and empty it with `length = 0`. */
  readonly faults: GitHttpFaultRule[];
  handle(exchange: GitHttpExchange, place: GitHttpPlace): void;
  /** Ends the git processes. */
  close(): Promise<void>;
}

export interface GitHttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Makes a handler of the Git protocol: smart protocol v0 to v2, gzip bodies, pushes, and faults on demand. */
export async function createGitHttpHandler(
  options: GitHttpHandlerOptions,
): Promise<GitHttpHandler> {
  const home = await mkdtemp(join(tmpdir(), 'bowline-git-home-'));
  await writeFile(join(home, '.gitconfig'), serverConfig(options));
  const requests: GitHttpRequest[] = [];
  const faults: GitHttpFaultRule[] = [];
  const children = new Set<ChildProcess>();

  async function answer(
    {
      record,
      place,
      fault,
    }: { record: GitHttpRequest; place: GitHttpPlace; fault: GitHttpFault | undefined },
    exchange: GitHttpExchange,
  ): Promise<void> {
    const { response } = exchange;
    if (fault?.type === 'before') await fault.run();
    else if (fault !== undefined && serveFault(fault, response)) return;
    const user = options.authenticate(exchange.request.headers);
    if (user === undefined) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' });
      response.end('Authentication required\n');
      return;
    }
    const { root, path } = place;
    if (root === undefined) {
      response.writeHead(404).end('Repository not found\n');
      return;
    }
    const child = spawn('git', ['http-backend'], {
      env: cgiEnvironment(
        { ...record, path },
        { home, root, user, version2: options.version2 ?? true },
      ),
    });
    children.add(child);
    child.once('close', () => children.delete(child));
    relay(child, exchange, fault);
  }

  return {
    requests,
    faults,
    handle(exchange, place) {
      const { request, response } = exchange;
      const record = recordOf(request);
      requests.push(record);
      const rule = faults.find((one) => matches(one, record));
      if (rule?.times !== undefined) rule.times -= 1;
      // A client that goes away in the middle is an ordinary event here.
      request.on('error', () => undefined);
      response.on('error', () => undefined);
      answer({ record, place, fault: rule?.fault }, exchange).catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(500);
        response.end(String(error));
      });
    },
    async close() {
      const gone = [...children].map(
        (child) => new Promise<void>((resolve) => child.once('close', () => resolve())),
      );
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(gone);
      await rm(home, { recursive: true, force: true });
    },
  };
}

const { PATH = '' } = process.env;

function serverConfig(options: GitHttpProtocol): string {
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

function cgiEnvironment(
  request: GitHttpRequest,
  server: {
    readonly home: string;
    readonly root: string;
    readonly user: string;
    readonly version2: boolean;
  },
): Record<string, string> {
  const [path = '/', query = ''] = request.path.split('?', 2);
  const header = (name: string): string => String(request.headers[name] ?? '');
  return {
    PATH,
    HOME: server.home,
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
function relay(
  child: ChildProcess,
  exchange: GitHttpExchange,
  fault: GitHttpFault | undefined,
): void {
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
