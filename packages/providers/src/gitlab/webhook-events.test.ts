import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { Clock } from '../http/clock.ts';
import type { WebhookDelivery } from '../webhook-types.ts';
import { verifyWebhook } from './webhook-events.ts';

const token = new Secret('correct horse battery staple');
const key = Buffer.alloc(32, 7);
const signing = new Secret(`whsec_${key.toString('base64')}`);
const now = Date.parse('2026-11-20T08:00:00Z');
const clock: Clock = { now: () => now, random: () => 1, sleep: async () => undefined };
const sha = 'a'.repeat(40);
const other = 'b'.repeat(40);
const none = '0'.repeat(40);
const project = { id: 1, path_with_namespace: 'acme/platform/shop' };

type Headers = WebhookDelivery['headers'];

function delivery(event: string, body: unknown, headers: Headers = {}): WebhookDelivery {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  return {
    headers: {
      'X-Gitlab-Event': event,
      'X-Gitlab-Event-UUID': 'delivery-1',
      'X-Gitlab-Token': token.reveal(),
      ...headers,
    },
    body: bytes,
  };
}

function sign(body: Uint8Array, { id = 'msg-1', seconds = now / 1000, by = key } = {}): string {
  const mac = createHmac('sha256', by).update(`${id}.${seconds}.`).update(body).digest('base64');
  return `v1,${mac}`;
}

/** A signed delivery; headers given here replace those that are right. */
function signed(body: unknown, headers: Headers = {}): WebhookDelivery {
  const { body: bytes } = delivery('', body);
  return {
    headers: {
      'X-Gitlab-Event': 'Push Hook',
      'webhook-id': 'msg-1',
      'webhook-timestamp': String(now / 1000),
      'webhook-signature': sign(bytes),
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

const read = (sent: WebhookDelivery, secret = token) => verifyWebhook(sent, secret, clock);
const push = {
  project,
  ref: 'refs/heads/main',
  before: sha,
  after: other,
  commits: [{ id: other }],
};
const bytes = Buffer.from(JSON.stringify(push));

describe('the token', () => {
  it('is taken in any spelling of the header', () => {
    const headers = { 'x-gitlab-event': 'Push Hook', 'X-GITLAB-TOKEN': token.reveal() };
    expect(read({ headers, body: bytes })?.type).toBe('push');
  });

  it.each<[string, Headers]>([
    ['none', { 'X-Gitlab-Token': undefined }],
    ['an empty one', { 'X-Gitlab-Token': '' }],
    ['a shorter one', { 'X-Gitlab-Token': token.reveal().slice(0, -1) }],
    ['a longer one', { 'X-Gitlab-Token': `${token.reveal()}x` }],
    ['in another case', { 'X-Gitlab-Token': token.reveal().toUpperCase() }],
    ['with other characters', { 'X-Gitlab-Token': 'ü'.repeat(28) }],
    ['two of them', { 'X-Gitlab-Token': [token.reveal(), token.reveal()] }],
    ['two in two spellings', { 'x-gitlab-token': token.reveal() }],
    ['a signature that cannot be checked with it', { 'webhook-signature': 'v1,x' }],
  ])('is refused: %s', (_, headers) => {
    expect(codeOf(() => read(delivery('Push Hook', push, headers)))).toBe(
      'PROVIDER_WEBHOOK_UNVERIFIED',
    );
  });

  it('is refused whatever it is while no secret is configured', () => {
    for (const empty of ['', ' ']) {
      const sent = delivery('Push Hook', push, { 'X-Gitlab-Token': empty });
      expect(codeOf(() => read(sent, new Secret(empty)))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
    }
  });

  it('comes before the body: what is not proven is never parsed', () => {
    for (const hostile of ['', 'null', '{', 'x'.repeat(6_000_000)]) {
      const sent = delivery('Push Hook', hostile, { 'X-Gitlab-Token': 'guess' });
      expect(codeOf(() => read(sent))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
    }
    const large = delivery('Push Hook', 'x'.repeat(6_000_000));
    expect(codeOf(() => read(large))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
  });
});

describe('the signature', () => {
  it('is taken when it is new, also as one of several', () => {
    expect(read(signed(push), signing)).toMatchObject({ type: 'push', deliveryId: 'msg-1' });
    const former = sign(bytes, { by: Buffer.alloc(32, 9) });
    for (const list of [`${former} ${sign(bytes)}`, `v2,abc ${sign(bytes)}`]) {
      expect(read(signed(push, { 'webhook-signature': list }), signing)?.type).toBe('push');
    }
    for (const seconds of [now / 1000 - 300, now / 1000 + 300]) {
      const headers = {
        'webhook-timestamp': String(seconds),
        'webhook-signature': sign(bytes, { seconds }),
      };
      expect(read(signed(push, headers), signing)?.type).toBe('push');
    }
  });

  const at = (seconds: number) => ({
    'webhook-timestamp': String(seconds),
    'webhook-signature': sign(bytes, { seconds }),
  });

  it.each<[string, Headers]>([
    ['none', { 'webhook-signature': undefined }],
    // Whoever takes it away cannot fall back on the weaker way, also not with the secret itself.
    ['none, with a token', { 'webhook-signature': undefined, 'x-gitlab-token': signing.reveal() }],
    ['wrong, with a token', { 'webhook-signature': 'v1,x', 'x-gitlab-token': signing.reveal() }],
    ['an empty one', { 'webhook-signature': '' }],
    ['two of them', { 'webhook-signature': [sign(bytes), sign(bytes)] }],
    ['of another version', { 'webhook-signature': sign(bytes).replace('v1,', 'v1a,') }],
    ['cut short', { 'webhook-signature': sign(bytes).slice(0, -3) }],
    ['of another body', { 'webhook-signature': sign(Buffer.from('{}')) }],
    ['of another key', { 'webhook-signature': sign(bytes, { by: Buffer.alloc(32, 1) }) }],
    ['of another id', { 'webhook-id': 'msg-2' }],
    ['without an id', { 'webhook-id': undefined }],
    ['with an id that moves the border', { 'webhook-id': 'msg-1.1' }],
    ['without a time', { 'webhook-timestamp': undefined }],
    ['with a time that is none', { 'webhook-timestamp': '1e9' }],
    ['of another time', { 'webhook-timestamp': String(now / 1000 + 1) }],
    ['too old', at(now / 1000 - 301)],
    ['from the future', at(now / 1000 + 301)],
    ['after ten others', { 'webhook-signature': `${'v1,x '.repeat(10)}${sign(bytes)}` }],
  ])('is refused: %s', (_, headers) => {
    expect(codeOf(() => read(signed(push, headers), signing))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
  });

  it.each(['whsec_', 'whsec_AAAA', 'whsec_!!!!'])(
    'is refused with a key that is none: %s',
    (text) => {
      expect(codeOf(() => read(signed(push), new Secret(text)))).toBe(
        'PROVIDER_WEBHOOK_UNVERIFIED',
      );
    },
  );
});

describe('a delivery', () => {
  const base = { provider: 'gitlab', repository: 'acme/platform/shop', deliveryId: 'delivery-1' };

  it('of a push, a new and a deleted branch', () => {
    expect(read(delivery('Push Hook', push))).toEqual({
      ...base,
      type: 'push',
      branch: 'main',
      before: sha,
      after: other,
      commits: [other],
    });
    expect(read(delivery('Push Hook', { ...push, before: none, commits: null }))).toMatchObject({
      before: undefined,
      after: other,
      commits: [],
    });
    expect(read(delivery('Push Hook', { ...push, after: none }))).toMatchObject({
      after: undefined,
    });
  });

  it('of a tag, which stands for a commit', () => {
    const tag = { ...push, ref: 'refs/tags/v1', before: none, checkout_sha: sha };
    expect(read(delivery('Tag Push Hook', tag))).toEqual({
      ...base,
      type: 'tag',
      tag: 'v1',
      after: sha,
    });
    expect(
      read(delivery('Tag Push Hook', { ...tag, after: none, checkout_sha: null })),
    ).toMatchObject({ tag: 'v1', after: undefined });
  });

  const request = {
    iid: 7,
    source_branch: 'feature/x',
    target_branch: 'main',
    source_project_id: 1,
    target_project_id: 1,
  };

  it.each([
    ['open', 'opened'],
    ['reopen', 'opened'],
    ['update', 'updated'],
    ['approved', 'approved'],
    ['approval', 'approved'],
    ['unapproved', 'updated'],
    ['merge', 'merged'],
    ['close', 'declined'],
  ])('of a merge request: %s', (action, expected) => {
    const body = { project, object_attributes: { ...request, action } };
    expect(read(delivery('Merge Request Hook', body))).toEqual({
      ...base,
      type: 'pull-request',
      action: expected,
      id: 7,
      source: 'feature/x',
      fork: false,
      destination: 'main',
    });
  });

  it.each([2, null])('of a merge request from a fork says so: %j', (source_project_id) => {
    const object_attributes = { ...request, source_project_id, action: 'open' };
    const event = read(delivery('Merge Request Hook', { project, object_attributes }));
    expect(event).toMatchObject({ fork: true });
  });

  it('of a comment on a merge request, and on nothing else', () => {
    const note = (noteable_type: string, system = false) => ({
      project,
      object_attributes: { noteable_type, system },
      merge_request: request,
    });
    expect(read(delivery('Note Hook', note('MergeRequest')))).toMatchObject({
      action: 'commented',
      id: 7,
    });
    expect(read(delivery('Note Hook', note('Issue')))).toBeUndefined();
    expect(read(delivery('Note Hook', note('MergeRequest', true)))).toBeUndefined();
  });

  it.each([
    ['pending', 'pending'],
    ['manual', 'pending'],
    ['running', 'running'],
    ['success', 'success'],
    ['failed', 'failed'],
    ['canceled', 'cancelled'],
    ['skipped', 'skipped'],
  ])('of a pipeline: %s', (status, state) => {
    const body = { project, object_attributes: { sha, status, name: null } };
    expect(read(delivery('Pipeline Hook', body))).toEqual({
      ...base,
      type: 'pipeline',
      sha,
      state,
      context: 'pipeline',
    });
  });

  it('keeps its id when GitLab sends it again', () => {
    const again = delivery('Push Hook', push, { 'Idempotency-Key': 'the-same' });
    expect(read(again)?.deliveryId).toBe('the-same');
  });

  it.each(['Job Hook', '', 'constructor', '__proto__', 'toString', 'push hook', 'System Hook'])(
    'of the kind %j means nothing here',
    (event) => {
      expect(read(delivery(event, push))).toBeUndefined();
    },
  );

  it.each([
    ['Merge Request Hook', { project, object_attributes: { ...request, action: 'constructor' } }],
    ['Merge Request Hook', { project, object_attributes: request }],
    ['Pipeline Hook', { project, object_attributes: { sha, status: 'of_next_year' } }],
  ])('of a word that is new means nothing here: %s', (event, body) => {
    expect(read(delivery(event, body))).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '""'],
    ['cut off', '{"project":'],
    ['no project', { ...push, project: null }],
    ['a project that leaves its place', { ...push, project: { path_with_namespace: '../x' } }],
    ['a ref of another kind', { ...push, ref: 'refs/tags/v1' }],
    ['a branch that is an option', { ...push, ref: 'refs/heads/--upload-pack=x' }],
    ['a commit that is none', { ...push, after: '../../etc' }],
    ['commits that are a text', { ...push, commits: 'boom' }],
    ['too many commits', { ...push, commits: Array.from({ length: 10_001 }, () => ({ id: sha })) }],
    ['prototype keys', '{"__proto__":{"project":{"path_with_namespace":"a/b"}}}'],
  ])('that is %s is malformed', (_, body) => {
    expect(codeOf(() => read(delivery('Push Hook', body)))).toBe('PROVIDER_WEBHOOK_MALFORMED');
  });

  it('never ends in anything but an event, nothing, or a typed error', () => {
    const samples: readonly (readonly [string, object])[] = [
      ['Push Hook', push],
      ['Tag Push Hook', { ...push, ref: 'refs/tags/v1' }],
      ['Merge Request Hook', { project, object_attributes: { ...request, action: 'open' } }],
      [
        'Note Hook',
        { project, object_attributes: { noteable_type: 'MergeRequest' }, merge_request: request },
      ],
      ['Pipeline Hook', { project, object_attributes: { sha, status: 'success' } }],
    ];
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(null, [], {}, '', 0, -1, 1e308, none, 'refs/heads/', 'x'.repeat(10_000)),
    );
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(30), odd, ([event, body], at, value) => {
        const mutated = replaceAt(body, at, value);
        const code = codeOf(() => read(delivery(event, mutated)));
        expect(['nothing was thrown', 'PROVIDER_WEBHOOK_MALFORMED']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});

/** Puts a value in place of the member of that number, counted through the whole. */
function replaceAt(body: object, at: number, value: unknown): unknown {
  let left = at;
  return JSON.parse(
    JSON.stringify(body, (name, member: unknown) => {
      if (name === '') return member;
      left -= 1;
      return left === -1 ? value : member;
    }),
  );
}
