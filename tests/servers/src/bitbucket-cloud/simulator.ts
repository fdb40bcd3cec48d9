import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ApiContract, loadContract } from './contract.ts';
import { type Answer, type Exchange, failure, type RouteEntry } from './exchange.ts';
import { FaultPlan, type SimulatedFault, type SimulatedFaultRule } from './faults.ts';
import { hookRoutes } from './hook-routes.ts';
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

/** One request as it came in. */
export interface SimulatedRequest {
  readonly method: string;
  /** The encoded path below the repository, with the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly body: Buffer;
}

/** A running simulator of Bitbucket Cloud. */
export interface BitbucketCloudSimulator {
  /** For `apiUrl`. */
  readonly apiUrl: string;
  /** For `webUrl`. */
  readonly webUrl: string;
  readonly email: string;
  readonly apiToken: string;
  readonly accessToken: string;
  /** True when requests and answers are checked against the document. */
  readonly validating: boolean;
  /** What the document refused; must be empty at the end of a test. */
  readonly violations: readonly string[];
  readonly requests: readonly SimulatedRequest[];
  forgetRequests(): void;
  createRepository(fullName: string): Promise<RepositoryState>;
  fault(rule: SimulatedFaultRule): void;
  close(): Promise<void>;
}

const routes: readonly RouteEntry[] = [
  ...refRoutes,
  ...sourceRoutes,
  ...pullRequestRoutes,
  ...hookRoutes,
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
  const contract = validate ? loadContract() : undefined;
  const state: ServerState = {
    contract,
    violations: [],
    requests: [],
    repositories: new Map(),
    faults: new FaultPlan(),
    // Writes run one after the other, as a forge's transactions do.
    writes: Promise.resolve(),
    accounts: new Map([
      [`Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`, 'user'],
      [`Bearer ${accessToken}`, 'bot'],
    ]),
  };
  const server = createServer((request, response) => {
    serve(state, request, response).catch((error: unknown) => {
      state.violations.push(`the simulator failed: ${String(error)}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/2.0`,
    webUrl: `http://127.0.0.1:${port}`,
    email,
    apiToken,
    accessToken,
    validating: contract !== undefined,
    violations: state.violations,
    requests: state.requests,
    forgetRequests: () => {
      state.requests.length = 0;
    },
    fault: (rule) => state.faults.add(rule),
    createRepository: async (fullName) => {
      const repository = await RepositoryState.create(fullName);
      const former = state.repositories.get(fullName.toLowerCase());
      state.repositories.set(fullName.toLowerCase(), repository);
      await former?.close();
      return repository;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await state.writes;
      await Promise.all([...state.repositories.values()].map((repository) => repository.close()));
    },
  };
}

interface ServerState {
  readonly contract: ApiContract | undefined;
  readonly violations: string[];
  readonly requests: SimulatedRequest[];
  readonly repositories: Map<string, RepositoryState>;
  readonly faults: FaultPlan;
  readonly accounts: ReadonlyMap<string, string>;
  writes: Promise<unknown>;
}

async function serve(
  state: ServerState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const base = `http://${request.headers.host}`;
  const url = new URL(request.url ?? '/', base);
  const [, workspace = '', slug = '', path = ''] =
    /^\/2\.0\/repositories\/([^/]+)\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
  const method = request.method ?? 'GET';
  const { authorization } = request.headers;
  const userAgent = request.headers['user-agent'];
  state.requests.push({ method, path: `${path}${url.search}`, authorization, userAgent, body });
  const fault = state.faults.take(method, path);
  if (fault?.kind === 'latency') await new Promise((done) => setTimeout(done, fault.milliseconds));
  if (fault?.kind === 'before') await fault.run();
  if (fault?.kind === 'drop') {
    response.destroy();
    return;
  }
  if (fault?.kind === 'answer') {
    write(response, made(fault));
    return;
  }
  const act = () =>
    answerOf(state, { authorization, workspace, slug }, (repository, account) => {
      const self = `${base}/2.0/repositories/${workspace}/${slug}`;
      const exchange = {
        repository,
        account,
        method,
        path,
        query: url.searchParams,
        body,
        contentType: request.headers['content-type'] ?? '',
        base: `${base}/2.0`,
        self,
        web: `${base}/${repository.fullName}`,
      };
      return dispatch(exchange);
    });
  const answer = method === 'GET' ? await act() : await inOrder(state, act);
  check(state, { method, url, body, request }, answer);
  afterwards(response, answer, fault);
}

function inOrder(state: ServerState, act: () => Promise<Answer>): Promise<Answer> {
  const next = state.writes.then(act, act);
  state.writes = next.catch(() => undefined);
  return next;
}

async function answerOf(
  state: ServerState,
  place: {
    readonly authorization: string | undefined;
    readonly workspace: string;
    readonly slug: string;
  },
  act: (repository: RepositoryState, account: string) => Promise<Answer>,
): Promise<Answer> {
  const account = state.accounts.get(place.authorization ?? '');
  if (account === undefined)
    return failure(401, 'Token is invalid, expired, or not supported for this endpoint.');
  const fullName = `${decodeURIComponent(place.workspace)}/${decodeURIComponent(place.slug)}`;
  const repository = state.repositories.get(fullName.toLowerCase());
  if (repository === undefined) {
    return failure(404, `You may not have access to this repository or it no longer exists.`);
  }
  return act(repository, account);
}

async function dispatch(exchange: Omit<Exchange, 'parts'>): Promise<Answer> {
  for (const [method, pattern, handler] of routes) {
    const match = method === exchange.method ? pattern.exec(exchange.path) : null;
    if (match !== null) {
      return handler({ ...exchange, parts: match.slice(1).map(decodeURIComponent) });
    }
  }
  return failure(404, `Resource not found: ${exchange.method} ${exchange.path}`);
}

function check(
  state: ServerState,
  sent: {
    readonly method: string;
    readonly url: URL;
    readonly body: Buffer;
    readonly request: IncomingMessage;
  },
  answer: Answer,
): void {
  if (state.contract === undefined) return;
  const problems = state.contract.check(
    {
      method: sent.method,
      path: sent.url.pathname.replace(/^\/2\.0/, ''),
      query: sent.url.searchParams,
      contentType: sent.request.headers['content-type'] ?? '',
      body: sent.body,
    },
    {
      status: answer.status,
      // A file that happens to be JSON is bytes here, not an answer in JSON.
      contentType: answer.json === undefined ? '' : 'application/json',
      json: answer.json,
    },
  );
  state.violations.push(...problems);
}

function made(fault: Extract<SimulatedFault, { kind: 'answer' | 'answer-after' }>): Answer {
  return {
    status: fault.status,
    bytes: Buffer.from(fault.body ?? ''),
    headers: { 'content-type': 'application/json', ...fault.headers },
  };
}

function afterwards(
  response: ServerResponse,
  answer: Answer,
  fault: SimulatedFault | undefined,
): void {
  if (fault?.kind === 'drop-after') {
    response.destroy();
    return;
  }
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'answer-after') {
    write(response, made(fault));
    return;
  }
  if (fault?.kind === 'truncate') {
    const bytes = toBytes(answer);
    response.writeHead(answer.status, { ...answer.headers, 'content-length': bytes.length + 10 });
    response.write(bytes.subarray(0, Math.max(1, bytes.length >> 1)), () => response.destroy());
    return;
  }
  write(response, answer);
}

function toBytes(answer: Answer): Buffer {
  return answer.json === undefined
    ? Buffer.from(answer.bytes ?? [])
    : Buffer.from(JSON.stringify(answer.json), 'utf8');
}

function write(response: ServerResponse, answer: Answer): void {
  const bytes = toBytes(answer);
  response.writeHead(answer.status, {
    ...(answer.json === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    ...answer.headers,
    ...(answer.status === 204 ? {} : { 'content-length': bytes.length }),
  });
  response.end(bytes);
}
