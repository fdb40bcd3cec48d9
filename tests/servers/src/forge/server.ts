import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { madeUp, writeAnswer } from './answer-writer.ts';
import type { ApiContract } from './contract.ts';
import type { Answer, Exchange, RouteEntry } from './exchange.ts';
import { FaultPlan, type SimulatedFaultRule } from './faults.ts';

/** A repository as the server needs it; {@link SimulatedGit} is one. */
export interface ServedRepository {
  readonly fullName: string;
  close(): Promise<void>;
}

/** Where a path leads. */
export interface Place<Repository> {
  /** `undefined` when there is no such repository. */
  readonly repository: Repository | undefined;
  /** The encoded path below the repository, which routes and faults are tested against. */
  readonly path: string;
  /** The encoded path of the repository from the root of the server, such as `/2.0/repositories/acme/shop`. */
  readonly self: string;
}

/** A request before it is known who asks. */
export interface ArrivingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** As in {@link Exchange}. */
  readonly path: string;
  readonly body: Buffer;
}

/** Options of {@link startForgeServer}. */
export interface ForgeServerOptions<Repository extends ServedRepository> {
  /** The path of the API, such as `/2.0`; the contract is checked with what follows it. @default '' */
  readonly basePath?: string;
  /** Finds the repository of an address, keyed in lower case by its full name; `undefined` when the address is about none. */
  readonly resolve: (
    url: URL,
    repositories: ReadonlyMap<string, Repository>,
  ) => Place<Repository> | undefined;
  /** Calls about one repository. */
  readonly routes: readonly RouteEntry<Repository>[];
  /** Calls outside of any repository, with patterns over the path below `basePath`. @default none */
  readonly rootRoutes?: readonly RouteEntry<undefined>[];
  /** Tells who asks, or answers in place of the route. */
  readonly authenticate: (request: ArrivingRequest) => string | Answer;
  /** Answers where there is no repository or no route; a redirect of a renamed repository can be made here. */
  readonly notFound: (request: ArrivingRequest) => Answer;
  /** Checks requests and answers. @default nothing is checked */
  readonly contract?: ApiContract | undefined;
  /**
   * Takes requests before anything else, such as those of Git over HTTP: returns true when it answers, false without having
   * touched the request. What it takes is neither logged nor checked.
   */
  readonly mount?: (
    request: IncomingMessage,
    response: ServerResponse,
    repositories: ReadonlyMap<string, Repository>,
  ) => boolean;
  /** Called by `close()` when the connections have ended and the repositories are still there. */
  readonly onClose?: () => Promise<void>;
  /** Waits this many milliseconds before each request is carried out. @default 0 */
  readonly latency?: number;
}

/** One request as it came in. */
export interface SimulatedRequest {
  readonly method: string;
  /** The encoded path below the repository (outside of any: below the API), with the query. */
  readonly path: string;
  /** The whole path with the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: Buffer;
}

/** A running simulator. */
export interface ForgeServer<Repository extends ServedRepository> {
  /** Such as `http://127.0.0.1:41234`. */
  readonly origin: string;
  /** The address of the API: `origin` with `basePath`. */
  readonly apiUrl: string;
  /** True when requests and answers are checked against a document. */
  readonly validating: boolean;
  /** What the document refused; must be empty at the end of a test. */
  readonly violations: readonly string[];
  readonly requests: readonly SimulatedRequest[];
  /** What is served, by the full name in lower case. */
  readonly repositories: ReadonlyMap<string, Repository>;
  forgetRequests(): void;
  /** Serves a repository in place of a former one of this name, which is closed. The server closes it at the end. */
  add(repository: Repository): Promise<Repository>;
  fault(rule: SimulatedFaultRule): void;
  /** Ends the connections, waits for the requests under way and closes the repositories. */
  close(): Promise<void>;
}

interface ServerState<Repository extends ServedRepository> {
  readonly options: ForgeServerOptions<Repository>;
  readonly violations: string[];
  readonly requests: SimulatedRequest[];
  readonly repositories: Map<string, Repository>;
  readonly faults: FaultPlan;
  writes: Promise<unknown>;
  /** Requests that are being answered, also those whose client has gone. */
  readonly underWay: Set<Promise<void>>;
}

/**
 * Starts the HTTP server of a simulator on 127.0.0.1.
 *
 * Each request that no fault answers is checked, with its answer, against the contract; what that refuses is collected in
 * `violations`, and so is a handler that throws. Calls other than GET and HEAD run one after the other.
 */
export async function startForgeServer<Repository extends ServedRepository>(
  options: ForgeServerOptions<Repository>,
): Promise<ForgeServer<Repository>> {
  const { basePath = '', mount, onClose } = options;
  const state: ServerState<Repository> = {
    options,
    violations: [],
    requests: [],
    repositories: new Map(),
    faults: new FaultPlan(),
    // Writes run one after the other, as a forge's transactions do.
    writes: Promise.resolve(),
    underWay: new Set(),
  };
  const server = createServer((request, response) => {
    if (mount?.(request, response, state.repositories)) return;
    const answering = serve(state, request, response)
      .catch((error: unknown) => {
        state.violations.push(`the simulator failed: ${String(error)}`);
        response.destroy();
      })
      .finally(() => state.underWay.delete(answering));
    state.underWay.add(answering);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    apiUrl: `${origin}${basePath}`,
    validating: options.contract !== undefined,
    violations: state.violations,
    requests: state.requests,
    repositories: state.repositories,
    forgetRequests: () => {
      state.requests.length = 0;
    },
    fault: (rule) => state.faults.add(rule),
    add: async (repository) => {
      const key = repository.fullName.toLowerCase();
      const former = state.repositories.get(key);
      state.repositories.set(key, repository);
      await former?.close();
      return repository;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all(state.underWay);
      await onClose?.();
      await Promise.all([...state.repositories.values()].map((repository) => repository.close()));
    },
  };
}

async function serve<Repository extends ServedRepository>(
  state: ServerState<Repository>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { basePath = '', resolve, latency = 0, contract } = state.options;
  const { headers, method = 'GET' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const url = new URL(request.url ?? '/', `http://${headers.host}`);
  const apiPath = url.pathname.startsWith(basePath)
    ? url.pathname.slice(basePath.length)
    : url.pathname;
  const place = resolve(url, state.repositories);
  const path = place?.path ?? apiPath;
  state.requests.push({
    method,
    path: `${path}${url.search}`,
    url: `${url.pathname}${url.search}`,
    headers,
    authorization: headers.authorization,
    userAgent: headers['user-agent'],
    body,
  });
  const fault = state.faults.take(method, path);
  const wait = latency + (fault?.kind === 'latency' ? fault.milliseconds : 0);
  if (wait > 0) await new Promise((done) => setTimeout(done, wait));
  if (fault?.kind === 'before') await fault.run();
  if (fault?.kind === 'drop') {
    response.destroy();
    return;
  }
  if (fault?.kind === 'answer') {
    writeAnswer(response, madeUp(fault), undefined);
    return;
  }
  const act = () => answerOf(state, { method, url, headers, path, body }, place);
  const reads = method === 'GET' || method === 'HEAD';
  const answer = await (reads ? act() : inOrder(state, act));
  const contentType = headers['content-type'] ?? '';
  state.violations.push(
    ...(contract?.check(
      { method, path: apiPath, query: url.searchParams, contentType, body },
      {
        status: answer.status,
        // A file that happens to be JSON is bytes here, not an answer in JSON.
        contentType: answer.json === undefined ? '' : 'application/json',
        json: answer.json,
        empty: answer.json === undefined && answer.bytes === undefined,
      },
    ) ?? []),
  );
  writeAnswer(response, answer, fault);
}

function inOrder<Repository extends ServedRepository>(
  state: ServerState<Repository>,
  act: () => Promise<Answer>,
): Promise<Answer> {
  const next = state.writes.then(act, act);
  state.writes = next.catch(() => undefined);
  return next;
}

async function answerOf<Repository extends ServedRepository>(
  { options }: ServerState<Repository>,
  request: ArrivingRequest,
  place: Place<Repository> | undefined,
): Promise<Answer> {
  const account = options.authenticate(request);
  if (typeof account !== 'string') return account;
  const { method, url, headers, path, body } = request;
  const base = `${url.origin}${options.basePath ?? ''}`;
  const common = {
    method,
    path,
    headers,
    body,
    base,
    account,
    query: url.searchParams,
    contentType: headers['content-type'] ?? '',
    origin: url.origin,
  };
  if (place === undefined) {
    const exchange = { ...common, repository: undefined, self: base, web: url.origin };
    return (await dispatch(options.rootRoutes ?? [], exchange)) ?? options.notFound(request);
  }
  const { repository } = place;
  if (repository === undefined) return options.notFound(request);
  const web = `${url.origin}/${repository.fullName}`;
  const exchange = { ...common, repository, self: `${url.origin}${place.self}`, web };
  return (await dispatch(options.routes, exchange)) ?? options.notFound(request);
}

async function dispatch<Repository>(
  routes: readonly RouteEntry<Repository>[],
  exchange: Omit<Exchange<Repository>, 'parts'>,
): Promise<Answer | undefined> {
  for (const [method, pattern, handler] of routes) {
    // A HEAD is answered as its GET; Node leaves the body out.
    const same = method === exchange.method || (method === 'GET' && exchange.method === 'HEAD');
    const match = same ? pattern.exec(exchange.path) : null;
    if (match !== null) {
      const parts = match
        .slice(1)
        .map((part: string | undefined) => decodeURIComponent(part ?? ''));
      return handler({ ...exchange, parts });
    }
  }
  return undefined;
}
