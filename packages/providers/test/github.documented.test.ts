import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Secret } from '@bowline/gitops-errors';
import type { ProviderRepository } from '@bowline/gitops-providers';
import { github } from '@bowline/gitops-providers/github';
import { describe, expect, it } from 'vitest';
import { fakeClock } from './bitbucket-cloud-subject.ts';

// Beside the repository: the documents are read in place.
const folder = new URL('../../../../shared/contracts/github/', import.meta.url);
const present = existsSync(fileURLToPath(new URL('openapi.json', folder)));
const load = (name: string): Node =>
  present ? JSON.parse(readFileSync(fileURLToPath(new URL(name, folder)), 'utf8')) : {};

type Node = Readonly<Record<string, unknown>>;

const sha = 'a'.repeat(40);

/** The values of texts of which the description says in prose alone what they are. */
const texts: Readonly<Record<string, string>> = {
  id: sha,
  before: '0'.repeat(40),
  after: sha,
  full_name: 'acme/shop',
  key: Buffer.alloc(32, 1).toString('base64'),
  ref: 'refs/heads/main',
  state: 'open',
};

function at(node: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (found, name) =>
      typeof found === 'object' && found !== null ? (found as Node)[name] : undefined,
    node,
  );
}

type Amount = 'least' | 'all';

interface Place {
  readonly document: Node;
  readonly amount: Amount;
  readonly name: string;
  readonly depth: number;
}

/** Makes what a schema describes: the least that it allows, `null` wherever it may be, or all that it has. */
function made(described: unknown, place: Place): unknown {
  const schema = described as Node;
  const { document, name, depth } = place;
  const pointer = schema['$ref'];
  if (typeof pointer === 'string') return made(at(document, ...pointer.slice(2).split('/')), place);
  const amount = depth > 6 ? 'least' : place.amount;
  const below = { document, amount, name, depth: depth + 1 };
  if (amount === 'least' && schema['nullable'] === true) return null;
  const [first] = (schema['enum'] ?? []) as unknown[];
  if (first !== undefined) return first;
  const options = (schema['oneOf'] ?? schema['anyOf']) as readonly Node[] | undefined;
  if (options !== undefined && schema['properties'] === undefined) return made(options[0], below);
  const all = (schema['allOf'] ?? []) as readonly Node[];
  if (all.length > 0) return Object.assign({}, ...all.map((part) => made(part, below)));
  switch (schema['type']) {
    case 'string':
      return textOf(schema, name);
    case 'integer':
    case 'number':
      return 1;
    case 'boolean':
      return false;
    case 'array':
      return amount === 'least' && depth > 2 ? [] : [made(schema['items'] ?? {}, below)];
    default:
      return members(schema, below);
  }
}

function members(schema: Node, place: Place): object {
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.fromEntries(
    Object.entries((schema['properties'] ?? {}) as Node)
      .filter(([name]) => place.amount === 'all' || required.includes(name))
      .map(([name, property]) => [name, made(property, { ...place, name })]),
  );
}

function textOf(schema: Node, name: string): string {
  if (schema['format'] === 'date-time') return '2026-11-20T08:00:00Z';
  if (schema['format'] === 'uri') return 'https://example.com/x';
  if (/(?:^|_)sha$|^commit_id$/.test(name)) return sha;
  return texts[name] ?? 'x';
}

const named = present ? '' : ' (skipped: the description is absent)';

async function all(items: AsyncIterable<unknown> | undefined): Promise<void> {
  let count = 0;
  for await (const _ of items ?? []) count += 1;
  expect(count).toBeGreaterThan(0);
}

type Call = (repository: ProviderRepository) => Promise<unknown> | undefined;

const hook = { url: 'https://example.com/x', topics: ['push'] } as const;
const calls: Readonly<Record<string, Call>> = {
  get: (repository) => repository.get(),
  'branches.get': ({ branches }) => branches.get('b'),
  'branches.list': ({ branches }) => all(branches.list()),
  'branches.create': ({ branches }) => branches.create('b', sha),
  'branches.delete': ({ branches }) => branches.delete('b'),
  'commits.compare': ({ commits }) => commits.compare('a', 'b'),
  'commits.diff': ({ commits }) => commits.diff('a', 'b'),
  'tags.get': ({ tags }) => tags.get('v1'),
  'tags.list': ({ tags }) => all(tags.list()),
  'tags.create': ({ tags }) => tags.create('v1', sha, { message: 'm' }),
  'statuses.list': ({ statuses }) => all(statuses.list(sha)),
  'statuses.set': ({ statuses }) => statuses.set(sha, { context: 'c', state: 'success' }),
  'pullRequests.get': ({ pullRequests }) => pullRequests.get(1),
  'pullRequests.list': ({ pullRequests }) => all(pullRequests.list()),
  'pullRequests.create': ({ pullRequests }) =>
    pullRequests.create({ title: 't', source: 'a', destination: 'b' }),
  'pullRequests.update': ({ pullRequests }) => pullRequests.update(1, { description: 'd' }),
  'pullRequests.comment': ({ pullRequests }) => pullRequests.comment(1, 'x', { marker: 'm' }),
  'pullRequests.diff': ({ pullRequests }) => pullRequests.diff(1),
  'webhooks.list': ({ webhooks }) => all(webhooks?.list()),
  'webhooks.create': ({ webhooks }) => webhooks?.create(hook),
  'webhooks.update': ({ webhooks }) =>
    webhooks?.update('1', { ...hook, secret: new Secret('a-shared-word') }),
  'webhooks.delete': ({ webhooks }) => webhooks?.delete('1'),
  'ci.trigger': ({ ci }) => ci?.trigger({ branch: 'b', workflow: 'w.yml' }),
  'ci.list': ({ ci }) => all(ci?.list()),
  'ci.get': ({ ci }) => ci?.get('1'),
  'ci.jobs': ({ ci }) => all(ci?.jobs('1')),
  'ci.cancel': ({ ci }) => ci?.cancel('1'),
  'ci.variables.list': ({ ci }) => all(ci?.variables.list()),
  'ci.variables.list of an environment': ({ ci }) =>
    all(ci?.variables.list({ environment: 'production' })),
  'ci.variables.set': ({ ci }) => ci?.variables.set('A', 'b'),
  'ci.variables.set of a secret': ({ ci }) => ci?.variables.set('A', new Secret('b')),
};

/** The key in the example of a public key has 33 bytes, which is none. */
function usable(example: unknown): unknown {
  return at(example, 'key_id') === undefined
    ? example
    : { ...(example as Node), key: texts['key'] };
}

describe.skipIf(!present)(`GitHub's description of answers${named}`, () => {
  const document = load('openapi.json');
  const examples = load('examples.json');
  const operations = Object.entries((document['paths'] ?? {}) as Node).flatMap(([path, item]) =>
    Object.entries(item as Node).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      pattern: new RegExp(
        `^${path.replace(/\{(?:ref|basehead)\}/g, '.+').replace(/\{\w+\}/g, '[^/]+')}$`,
      ),
      operation: operation as Node,
    })),
  );

  function answer(method: string, url: URL, kind: Amount | 'example'): Response {
    // A name may stand where another operation has a fixed part, and a `ref` may have slashes: what says most is meant.
    const variables = ({ path }: { readonly path: string }) => path.split('{').length;
    const [found] = operations
      .filter((item) => item.method === method && item.pattern.test(url.pathname))
      .sort(
        (one, other) => variables(one) - variables(other) || other.path.length - one.path.length,
      );
    const responses = (found?.operation['responses'] ?? {}) as Node;
    const status = Object.keys(responses).find((code) => /^2/.test(code)) ?? '404';
    const content = at(responses, status, 'content', 'application/json', 'schema');
    if (content === undefined) return new Response(null, { status: Number(status) });
    const id = String(found?.operation['operationId']);
    const [example] = Object.values((at(examples, id, status) ?? {}) as Node);
    const body =
      kind === 'example' && example !== undefined
        ? usable(example)
        : made(content, {
            document,
            amount: kind === 'example' ? 'all' : kind,
            name: '',
            depth: 0,
          });
    return Response.json(body, { status: Number(status) });
  }

  const kinds = ['least', 'all', 'example'] as const;
  const cases = Object.entries(calls).flatMap(([name, call]) =>
    kinds.map((kind) => [name, kind, call] as const),
  );

  it.each(cases)('are taken by %s: %s', async (_, kind, call) => {
    const provider = github({
      auth: { type: 'bearer', token: new Secret('a-token-of-the-test') },
      clock: fakeClock(),
      fetch: async (input, init) => answer(init?.method ?? 'GET', new URL(String(input)), kind),
    });
    await call(provider.repository('acme/shop'));
  });
});

/** What is made of each delivery that GitHub describes. */
const deliveries: Readonly<Record<string, object | undefined>> = {
  ping: undefined,
  push: { type: 'push', branch: 'main', before: undefined, after: sha },
  create: undefined,
  delete: undefined,
  'pull-request-opened': { type: 'pull-request', action: 'opened', id: 1 },
  'pull-request-closed': { type: 'pull-request', action: 'declined', id: 1 },
  'pull-request-synchronize': { type: 'pull-request', action: 'updated', id: 1 },
  'pull-request-reopened': { type: 'pull-request', action: 'opened', id: 1 },
  status: { type: 'pipeline', sha, state: 'pending', context: 'x' },
  'workflow-run-completed': { type: 'pipeline', sha, state: 'pending', context: 'x' },
  'workflow-run-requested': { type: 'pipeline', sha, state: 'pending', context: 'x' },
  'workflow-run-in-progress': { type: 'pipeline', sha, state: 'pending', context: 'x' },
  'check-run-completed': undefined,
  'deployment-status-created': undefined,
  'installation-created': undefined,
  'installation-deleted': undefined,
};

describe.skipIf(!present)(`GitHub's description of deliveries${named}`, () => {
  const document = load('webhooks.json');
  const hooks = (document['x-webhooks'] ?? {}) as Node;
  const amounts = ['least', 'all'] as const;
  const cases = Object.keys(hooks).flatMap((name) =>
    amounts.map((amount) => [name, amount] as const),
  );

  it('is looked at whole', () => {
    expect(Object.keys(hooks)).toEqual(Object.keys(deliveries));
  });

  it.each(cases)('is read as it comes: %s, %s', (name, amount) => {
    const secret = new Secret('the secret of the webhook');
    const schema = at(hooks, name, 'post', 'requestBody', 'content', 'application/json', 'schema');
    const body = Buffer.from(
      JSON.stringify(made(schema, { document, amount, name: '', depth: 0 })),
    );
    const mac = createHmac('sha256', secret.reveal()).update(body).digest('hex');
    const event = /^(?:pull-request|workflow-run|check-run|deployment-status)|^[a-z]+/.exec(name);
    const headers = {
      'X-GitHub-Event': (event?.[0] ?? '').replace('-', '_'),
      'X-Hub-Signature-256': `sha256=${mac}`,
    };
    const { verifyWebhook } = github({ auth: { type: 'bearer', token: new Secret('t-o-k-e-n') } });
    const expected = deliveries[name];
    const read = verifyWebhook?.({ headers, body }, secret);
    if (expected === undefined) expect(read).toBeUndefined();
    else expect(read).toMatchObject({ repository: 'acme/shop', ...expected });
  });
});
