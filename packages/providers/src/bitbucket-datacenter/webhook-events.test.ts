import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { WebhookDelivery } from '../webhook-types.ts';
import { verifyWebhook } from './webhook-events.ts';

const secret = new Secret('correct horse battery staple');
const [before, after, zero] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];

function sign(body: Uint8Array, key = secret.reveal()): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

function delivery(key: string, body: unknown, headers: WebhookDelivery['headers'] = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  const fixed = { 'X-Event-Key': key, 'X-Request-Id': 'delivery-1' };
  return { headers: { ...fixed, 'X-Hub-Signature': sign(bytes), ...headers }, body: bytes };
}

const read = (key: string, body: unknown, headers?: WebhookDelivery['headers']) =>
  verifyWebhook(delivery(key, body, headers), secret);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProviderError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const repository = (key = 'SHOP', slug = 'gitops-k8s') => ({
  slug,
  id: 84,
  name: slug,
  project: { key, id: 1, name: key, type: 'NORMAL' },
});
const change = (id: string, fromHash: string, toHash: string) => ({
  ref: { id, displayId: id.replace(/^refs\/[a-z]+\//, ''), type: 'BRANCH' },
  refId: id,
  fromHash,
  toHash,
  type: 'UPDATE',
});
const push = (...changes: readonly unknown[]) => ({
  eventKey: 'repo:refs_changed',
  date: '2026-11-20T10:39:36+1100',
  actor: { name: 'ann', displayName: 'Ann', slug: 'ann' },
  repository: repository(),
  changes,
  commits: [{ id: after }],
});
const end = (branch: string, home: unknown = repository()) => ({
  id: `refs/heads/${branch}`,
  displayId: branch,
  latestCommit: before,
  repository: home,
});
const pullRequest = (fromRef: unknown = end('feature/x')) => ({
  eventKey: 'pr:opened',
  actor: { name: 'ann', displayName: 'Ann' },
  pullRequest: {
    id: 7,
    version: 1,
    title: 'Update web',
    fromRef,
    toRef: end('main'),
    links: {
      self: [{ href: 'https://git.example.com/projects/SHOP/repos/gitops-k8s/pull-requests/7' }],
    },
  },
});
const base = {
  provider: 'bitbucket-datacenter',
  repository: 'SHOP/gitops-k8s',
  deliveryId: 'delivery-1',
};

describe('a delivery', () => {
  it('of a push, a new and a deleted branch', () => {
    expect(read('repo:refs_changed', push(change('refs/heads/env/prod', before, after)))).toEqual({
      ...base,
      type: 'push',
      branch: 'env/prod',
      before,
      after,
      commits: [after],
    });
    expect(read('repo:refs_changed', push(change('refs/heads/x', zero, after)))).toMatchObject({
      before: undefined,
      after,
    });
    expect(read('repo:refs_changed', push(change('refs/heads/x', before, zero)))).toMatchObject({
      before,
      after: undefined,
    });
  });

  it('of several refs at once names the others, and gives the commits to none', () => {
    const event = read(
      'repo:refs_changed',
      push(
        change('refs/pull-requests/1/from', before, after),
        change('refs/heads/main', before, after),
        change('refs/tags/v1', zero, after),
        change('refs/tags/v0', before, zero),
      ),
    );
    expect(event).toMatchObject({ type: 'push', branch: 'main', commits: [] });
    expect(event?.more).toEqual([
      { ...base, type: 'tag', tag: 'v1', after },
      { ...base, type: 'tag', tag: 'v0', after: undefined },
    ]);
  });

  it.each([
    ['pr:opened', 'opened'],
    ['pr:modified', 'updated'],
    ['pr:from_ref_updated', 'updated'],
    ['pr:reviewer:approved', 'approved'],
    ['pr:merged', 'merged'],
    ['pr:declined', 'declined'],
    ['pr:comment:added', 'commented'],
  ])('of a pull request: %s', (key, action) => {
    expect(read(key, pullRequest())).toEqual({
      ...base,
      type: 'pull-request',
      action,
      id: 7,
      source: 'feature/x',
      fork: false,
      destination: 'main',
      title: 'Update web',
      webUrl: 'https://git.example.com/projects/SHOP/repos/gitops-k8s/pull-requests/7',
      author: 'Ann',
    });
  });

  it.each([
    ['of a person', end('main', repository('~mallory'))],
    ['that was deleted', { ...end('main'), repository: null }],
    ['of the same slug elsewhere', end('main', repository('OTHER'))],
  ])('of a pull request from a fork %s says so', (_, fromRef) => {
    expect(read('pr:opened', pullRequest(fromRef))).toMatchObject({ source: 'main', fork: true });
  });

  it('takes the case of names for nothing', () => {
    const fromRef = end('x', repository('shop', 'GitOps-K8s'));
    expect(read('pr:opened', pullRequest(fromRef))).toMatchObject({ fork: false });
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'nonsense'])(
    'hands on no link that is not http: %s',
    (href) => {
      const body = pullRequest();
      Object.assign(body.pullRequest, { links: { self: [{ href }] } });
      expect(read('pr:opened', body)).toMatchObject({ webUrl: undefined });
    },
  );

  it.each([
    'diagnostics:ping',
    'repo:modified',
    'pr:deleted',
    'repo:secret_detected',
    '',
    'constructor',
    '__proto__',
  ])('of the kind %j means nothing here', (key) => {
    expect(read(key, { test: true })).toBeUndefined();
  });

  it('of no branch and no tag means nothing', () => {
    expect(read('repo:refs_changed', push())).toBeUndefined();
    const only = push(change('refs/pull-requests/1/from', before, after));
    expect(read('repo:refs_changed', only)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['cut off', '{"changes":'],
    ['without a repository', { changes: [] }],
    ['of a repository that leaves its place', { ...push(), repository: repository('..') }],
    ['of changes that are no list', { ...push(), changes: { length: 1e9 } }],
    [
      'of too many changes',
      push(...Array.from({ length: 1001 }, () => change('refs/heads/x', before, after))),
    ],
    ['of a branch that is an option', push(change('refs/heads/--upload-pack=x', before, after))],
    ['of a commit that is none', push(change('refs/heads/x', before, '../../etc'))],
    [
      'of commits that are a text',
      { ...push(change('refs/heads/x', before, after)), commits: 'boom' },
    ],
    ['with prototype keys', '{"__proto__":{"repository":{},"changes":[]}}'],
  ])('%s is malformed', (_, body) => {
    expect(codeOf(() => read('repo:refs_changed', body))).toBe('PROVIDER_WEBHOOK_MALFORMED');
  });

  it.each(['pr:opened', 'repo:refs_changed'])(
    'of %s, whatever in it is changed, is an event or malformed and never a crash',
    (key) => {
      const genuine: unknown =
        key === 'pr:opened' ? pullRequest() : push(change('refs/heads/x', before, after));
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 3 }), (edits) => {
          const body = edits.reduce((value, [place, put]) => mutate(value, place, put), genuine);
          try {
            const event = read(key, body);
            expect(event === undefined || event.provider === 'bitbucket-datacenter').toBe(true);
          } catch (error) {
            expect((error as ProviderError).code).toBe('PROVIDER_WEBHOOK_MALFORMED');
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});

/** Puts a value at one of the places of a tree of JSON, the same for the same number. */
function mutate(value: unknown, place: number, put: unknown): unknown {
  const copy: unknown = structuredClone(value);
  const places: (() => void)[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const name of Object.keys(node)) {
      const holder = node as Record<string, unknown>;
      places.push(() => {
        holder[name] = put;
      });
      walk(holder[name]);
    }
  };
  walk(copy);
  places[place % Math.max(places.length, 1)]?.();
  return copy;
}

describe('the signature', () => {
  const body = push(change('refs/heads/main', before, after));
  const good = delivery('repo:refs_changed', body);
  const withSignature = (value: string | readonly string[] | undefined) => ({
    ...good,
    headers: { ...good.headers, 'X-Hub-Signature': value },
  });

  it('may be in capitals', () => {
    const value = sign(good.body).replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase());
    expect(verifyWebhook(withSignature(value), secret)).toMatchObject({ branch: 'main' });
  });

  it.each<[string, string | readonly string[] | undefined]>([
    ['absent', undefined],
    ['of another body', sign(Buffer.from('{}'))],
    ['made with another secret', sign(good.body, 'other')],
    ['cut off', sign(good.body).slice(0, -2)],
    ['of another algorithm', sign(good.body).replace('sha256', 'sha1')],
    ['there twice', [sign(good.body), sign(good.body)]],
    ['not hex', `sha256=${'g'.repeat(64)}`],
  ])('that is %s is refused', (_, value) => {
    expect(codeOf(() => verifyWebhook(withSignature(value), secret))).toBe(
      'PROVIDER_WEBHOOK_UNVERIFIED',
    );
  });

  it('made with no secret is never believed', () => {
    const value = sign(good.body, '');
    expect(codeOf(() => verifyWebhook(withSignature(value), new Secret('')))).toBe(
      'PROVIDER_WEBHOOK_UNVERIFIED',
    );
  });
});
