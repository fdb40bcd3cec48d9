import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { WebhookDelivery } from '../webhook-types.ts';
import { statusKey } from './status-key.ts';
import { verifyWebhook } from './webhook-events.ts';

const secret = new Secret('correct horse battery staple');
const sha = 'a'.repeat(40);
const repository = { full_name: 'acme/shop' };

function sign(body: Uint8Array, key = secret.reveal()): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

function delivery(event: string, body: unknown, headers: WebhookDelivery['headers'] = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  return {
    headers: {
      'X-Event-Key': event,
      'X-Request-UUID': 'delivery-1',
      'X-Hub-Signature': sign(bytes),
      ...headers,
    },
    body: bytes,
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProviderError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const branch = (hash: string) => ({ type: 'branch', name: 'main', target: { hash } });
const push = (...changes: unknown[]) => ({ repository, push: { changes } });

describe('the signature', () => {
  const body = push({ old: branch(sha), new: branch('b'.repeat(40)) });
  const bytes = Buffer.from(JSON.stringify(body));
  const good = sign(bytes);

  it('is taken in either case of its digits and of the header', () => {
    for (const value of [good, `sha256=${good.slice(7).toUpperCase()}`]) {
      const headers = { 'x-event-key': 'repo:push', 'x-hub-signature': value };
      expect(verifyWebhook({ headers, body: bytes }, secret)?.type).toBe('push');
    }
  });

  it.each<[string, WebhookDelivery['headers']]>([
    ['none', { 'X-Hub-Signature': undefined }],
    ['an empty one', { 'X-Hub-Signature': '' }],
    ['another algorithm', { 'X-Hub-Signature': good.replace('sha256=', 'sha1=') }],
    ['without the algorithm', { 'X-Hub-Signature': good.slice(7) }],
    ['cut short', { 'X-Hub-Signature': good.slice(0, -2) }],
    ['too long', { 'X-Hub-Signature': `${good}00` }],
    ['of another body', { 'X-Hub-Signature': sign(Buffer.from('{}')) }],
    ['of another secret', { 'X-Hub-Signature': sign(bytes, 'guess') }],
    [
      'of an empty secret',
      { 'X-Hub-Signature': createHmac('sha256', '').update(bytes).digest('hex') },
    ],
    ['with other characters', { 'X-Hub-Signature': `sha256=${'ü'.repeat(64)}` }],
    ['two of them', { 'X-Hub-Signature': [good, good] }],
    ['two in two spellings', { 'x-hub-signature': good }],
  ])('is refused: %s', (_, headers) => {
    expect(codeOf(() => verifyWebhook(delivery('repo:push', body, headers), secret))).toBe(
      'PROVIDER_WEBHOOK_UNVERIFIED',
    );
  });

  it('is refused whatever it is while no secret is configured', () => {
    for (const empty of ['', ' ']) {
      const headers = { 'X-Hub-Signature': sign(bytes, empty) };
      expect(
        codeOf(() => verifyWebhook(delivery('repo:push', body, headers), new Secret(empty))),
      ).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
    }
  });

  it('comes before the body: what is not signed is never parsed', () => {
    const headers = { 'X-Hub-Signature': good };
    for (const hostile of ['', 'null', '{', 'x'.repeat(6_000_000)]) {
      expect(codeOf(() => verifyWebhook(delivery('repo:push', hostile, headers), secret))).toBe(
        'PROVIDER_WEBHOOK_UNVERIFIED',
      );
    }
  });
});

describe('a delivery', () => {
  const base = { provider: 'bitbucket-cloud', repository: 'acme/shop', deliveryId: 'delivery-1' };

  it('of a push, a new and a deleted branch', () => {
    const other = 'b'.repeat(40);
    const read = (change: unknown) => verifyWebhook(delivery('repo:push', push(change)), secret);
    expect(read({ old: branch(sha), new: branch(other), commits: [{ hash: other }] })).toEqual({
      ...base,
      type: 'push',
      branch: 'main',
      before: sha,
      after: other,
      commits: [other],
    });
    expect(read({ old: null, new: branch(sha), commits: null })).toMatchObject({
      before: undefined,
      after: sha,
    });
    expect(read({ old: branch(sha), new: null })).toMatchObject({ before: sha, after: undefined });
  });

  it('of a tag, and of several refs at once', () => {
    const tag = { type: 'tag', name: 'v1', target: { hash: sha } };
    const event = verifyWebhook(
      delivery(
        'repo:push',
        push({ old: null, new: branch(sha) }, { old: null, new: tag }, { old: tag, new: null }),
      ),
      secret,
    );
    expect(event).toMatchObject({ type: 'push', branch: 'main' });
    expect(event?.more).toEqual([
      { ...base, type: 'tag', tag: 'v1', after: sha },
      { ...base, type: 'tag', tag: 'v1', after: undefined },
    ]);
  });

  it.each([
    ['created', 'opened'],
    ['updated', 'updated'],
    ['approved', 'approved'],
    ['fulfilled', 'merged'],
    ['rejected', 'declined'],
    ['comment_created', 'commented'],
  ])('of a pull request: %s', (key, action) => {
    const side = (name: string) => ({ branch: { name }, repository: { full_name: 'Acme/shop' } });
    const body = {
      repository,
      pullrequest: { id: 7, source: side('feature/x'), destination: side('main') },
    };
    expect(verifyWebhook(delivery(`pullrequest:${key}`, body), secret)).toEqual({
      ...base,
      type: 'pull-request',
      action,
      id: 7,
      source: 'feature/x',
      fork: false,
      destination: 'main',
    });
  });

  it.each([{ full_name: 'mallory/shop' }, null, undefined])(
    'of a pull request from a fork says so: %j',
    (from) => {
      const source = { branch: { name: 'main' }, repository: from };
      const pullrequest = { id: 7, source, destination: { branch: { name: 'main' } } };
      const event = verifyWebhook(
        delivery('pullrequest:created', { repository, pullrequest }),
        secret,
      );
      expect(event).toMatchObject({ source: 'main', fork: true });
    },
  );

  it('of a status, whose commit stands in a link', () => {
    const links = {
      commit: { href: `https://api.bitbucket.org/2.0/repositories/acme/shop/commit/${sha}` },
    };
    const body = { repository, commit_status: { key: 'ci', state: 'FAILED', links } };
    expect(verifyWebhook(delivery('repo:commit_status_updated', body), secret)).toEqual({
      ...base,
      type: 'pipeline',
      sha,
      state: 'failed',
      context: 'ci',
    });
  });

  it('of a status has the context that was set, also where it is too long for a key', () => {
    const context = 'bowline/production-europe-west/shop-frontend-web';
    const commit_status = {
      name: context,
      key: statusKey(context),
      state: 'SUCCESSFUL',
      commit: { hash: sha },
    };
    const read = (status: object) =>
      verifyWebhook(
        delivery('repo:commit_status_created', { repository, commit_status: status }),
        secret,
      );
    expect(read(commit_status)).toMatchObject({ context });
    // A build of somebody else has a name for people.
    expect(read({ ...commit_status, key: 'CI-7', name: 'Unit tests' })).toMatchObject({
      context: 'CI-7',
    });
  });

  it.each(['repo:fork', '', 'constructor', '__proto__', 'toString', 'pullrequest:unknown'])(
    'of the kind %j means nothing here',
    (key) => {
      expect(verifyWebhook(delivery(key, push()), secret)).toBeUndefined();
    },
  );

  it('without changes means nothing', () => {
    expect(verifyWebhook(delivery('repo:push', push()), secret)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '""'],
    ['cut off', '{"push":'],
    ['no repository', { push: { changes: [] } }],
    [
      'a repository that leaves its place',
      { repository: { full_name: '../x' }, push: { changes: [] } },
    ],
    ['changes that are no list', { repository, push: { changes: { length: 1e9 } } }],
    [
      'too many changes',
      push(...Array.from({ length: 1001 }, () => ({ old: null, new: branch(sha) }))),
    ],
    ['a change of nothing', push({ old: null, new: null })],
    [
      'a branch that is an option',
      push({ old: null, new: { ...branch(sha), name: '--upload-pack=x' } }),
    ],
    ['a commit that is none', push({ old: null, new: branch('../../etc') })],
    ['commits that are a text', push({ old: null, new: branch(sha), commits: 'boom' })],
    [
      'prototype keys',
      '{"__proto__":{"repository":{"full_name":"acme/shop"}},"push":{"changes":[]}}',
    ],
  ])('that is %s is malformed', (_, body) => {
    expect(codeOf(() => verifyWebhook(delivery('repo:push', body), secret))).toBe(
      'PROVIDER_WEBHOOK_MALFORMED',
    );
  });
});
