import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { WebhookDelivery } from '../webhook-types.ts';
import { verifyWebhook } from './webhook-events.ts';

const secret = new Secret('correct horse battery staple');
const sha = 'a'.repeat(40);
const other = 'b'.repeat(40);
const zeros = '0'.repeat(40);
const repository = { full_name: 'acme/shop' };
const base = { provider: 'github', repository: 'acme/shop', deliveryId: 'delivery-1' };

function sign(body: Uint8Array, key = secret.reveal()): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

function delivery(event: string, body: unknown, headers: WebhookDelivery['headers'] = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  return {
    headers: {
      'X-GitHub-Event': event,
      'X-GitHub-Delivery': 'delivery-1',
      'X-Hub-Signature-256': sign(bytes),
      ...headers,
    },
    body: bytes,
  };
}

const read = (event: string, body: unknown) => verifyWebhook(delivery(event, body), secret);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProviderError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const push = (more: object = {}) => ({
  repository,
  ref: 'refs/heads/main',
  before: sha,
  after: other,
  head_commit: { id: other },
  commits: [{ id: other }],
  ...more,
});
const pull = (action: string, more: object = {}) => ({
  repository,
  action,
  pull_request: {
    number: 7,
    merged: false,
    head: { ref: 'feature/x', repo: { full_name: 'Acme/shop' } },
    base: { ref: 'main', repo: repository },
    ...more,
  },
});

describe('the signature', () => {
  it('is that of the test vector in the documentation', () => {
    const vector = {
      headers: {
        'x-github-event': 'ping',
        'x-hub-signature-256':
          'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
      },
      body: Buffer.from('Hello, World!'),
    };
    expect(verifyWebhook(vector, new Secret("It's a Secret to Everybody"))).toBeUndefined();
    expect(codeOf(() => verifyWebhook(vector, secret))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
  });

  const good = sign(Buffer.from(JSON.stringify(push())));
  it('is taken in either case of its digits', () => {
    const upper = { 'X-Hub-Signature-256': `sha256=${good.slice(7).toUpperCase()}` };
    expect(verifyWebhook(delivery('push', push(), upper), secret)?.type).toBe('push');
  });

  it.each<[string, WebhookDelivery['headers']]>([
    ['none', { 'X-Hub-Signature-256': undefined }],
    ['the old one alone', { 'X-Hub-Signature-256': undefined, 'X-Hub-Signature': 'sha1=00' }],
    ['another algorithm', { 'X-Hub-Signature-256': good.replace('sha256=', 'sha1=') }],
    ['cut short', { 'X-Hub-Signature-256': good.slice(0, -2) }],
    ['of another body', { 'X-Hub-Signature-256': sign(Buffer.from('{}')) }],
    ['with other characters', { 'X-Hub-Signature-256': `sha256=${'ü'.repeat(64)}` }],
    ['two of them', { 'X-Hub-Signature-256': [good, good] }],
    ['two in two spellings', { 'x-hub-signature-256': good }],
    ['that of Gitea, which sends the headers of GitHub too', { 'X-Gitea-Event': 'push' }],
    ['that of Forgejo', { 'x-forgejo-event': 'push' }],
    ['that of Gogs', { 'X-Gogs-Event': 'push' }],
  ])('is refused: %s', (_, headers) => {
    expect(codeOf(() => verifyWebhook(delivery('push', push(), headers), secret))).toBe(
      'PROVIDER_WEBHOOK_UNVERIFIED',
    );
  });

  it('is refused whatever it is while no secret is configured', () => {
    for (const empty of ['', ' ']) {
      const bytes = Buffer.from(JSON.stringify(push()));
      const headers = { 'X-Hub-Signature-256': sign(bytes, empty) };
      expect(
        codeOf(() => verifyWebhook(delivery('push', push(), headers), new Secret(empty))),
      ).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
    }
  });
});

describe('a delivery', () => {
  it('of a push, a new and a deleted branch', () => {
    expect(read('push', push())).toEqual({
      ...base,
      type: 'push',
      branch: 'main',
      before: sha,
      after: other,
      commits: [other],
    });
    const created = push({ ref: 'refs/heads/a/b', before: zeros, created: true, commits: null });
    expect(read('push', created)).toMatchObject({ branch: 'a/b', before: undefined, commits: [] });
    const deleted = push({ after: zeros, head_commit: null, commits: [] });
    expect(read('push', deleted)).toMatchObject({ before: sha, after: undefined });
  });

  it('of a tag, whose commit is not the tag itself', () => {
    const tag = push({
      ref: 'refs/tags/v1',
      before: zeros,
      after: sha,
      head_commit: { id: other },
    });
    expect(read('push', tag)).toEqual({ ...base, type: 'tag', tag: 'v1', after: other });
    const gone = push({ ref: 'refs/tags/v1', after: zeros, head_commit: null });
    expect(read('push', gone)).toMatchObject({ type: 'tag', after: undefined });
  });

  it('of a ref that is neither means nothing', () => {
    expect(read('push', push({ ref: 'refs/notes/x' }))).toBeUndefined();
  });

  it.each([
    ['opened', 'opened'],
    ['reopened', 'opened'],
    ['synchronize', 'updated'],
    ['edited', 'updated'],
    ['ready_for_review', 'updated'],
    ['closed', 'declined'],
  ])('of a pull request: %s', (action, expected) => {
    expect(read('pull_request', pull(action))).toEqual({
      ...base,
      type: 'pull-request',
      action: expected,
      id: 7,
      source: 'feature/x',
      fork: false,
      destination: 'main',
    });
  });

  it('of a pull request that was merged, approved and commented on', () => {
    expect(read('pull_request', pull('closed', { merged: true }))).toMatchObject({
      action: 'merged',
    });
    const review = (state: string) => ({ ...pull('submitted'), review: { state } });
    expect(read('pull_request_review', review('approved'))).toMatchObject({ action: 'approved' });
    expect(read('pull_request_review', review('commented'))).toMatchObject({ action: 'commented' });
    const comment = pull('created');
    expect(read('pull_request_review_comment', comment)).toMatchObject({ action: 'commented' });
  });

  it.each([{ full_name: 'mallory/shop' }, null])(
    'of a pull request from a fork says so: %j',
    (repo) => {
      const event = read('pull_request', pull('opened', { head: { ref: 'main', repo } }));
      expect(event).toMatchObject({ source: 'main', fork: true });
    },
  );

  it('of a workflow, a status and the checks of another App', () => {
    const run = { head_sha: sha, name: 'Deploy', status: 'completed', conclusion: 'timed_out' };
    expect(read('workflow_run', { repository, action: 'completed', workflow_run: run })).toEqual({
      ...base,
      type: 'pipeline',
      sha,
      state: 'failed',
      context: 'Deploy',
    });
    const status = { repository, sha, state: 'error', context: 'ci/x' };
    expect(read('status', status)).toMatchObject({ state: 'error', context: 'ci/x' });
    const suite = (slug: string) => ({
      repository,
      check_suite: {
        head_sha: sha,
        status: 'in_progress',
        conclusion: null,
        app: { slug, name: 'Other CI' },
      },
    });
    expect(read('check_suite', suite('other'))).toMatchObject({
      state: 'running',
      context: 'Other CI',
    });
    expect(read('check_suite', suite('github-actions'))).toBeUndefined();
  });

  it.each([
    ['ping', { zen: 'x', hook_id: 1 }],
    ['issue_comment', { repository, issue: { number: 7, pull_request: {} } }],
    ['create', { repository, ref: 'v1', ref_type: 'tag' }],
    ['pull_request', pull('labeled')],
    ['pull_request', pull('__proto__')],
    ['pull_request_review', { ...pull('dismissed'), review: { state: 'dismissed' } }],
    ['constructor', {}],
    ['__proto__', {}],
    ['', {}],
  ])('of the kind %j means nothing here', (event, body) => {
    expect(read(event, body)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['cut off', '{"ref":'],
    ['no repository', { ...push(), repository: undefined }],
    ['a repository that leaves its place', push({ repository: { full_name: '../x' } })],
    ['a branch that is an option', push({ ref: 'refs/heads/--upload-pack=x' })],
    ['a branch that leaves its place', push({ ref: 'refs/heads/../../x' })],
    ['a commit that is none', push({ after: '../../etc' })],
    ['commits that are a text', push({ commits: 'boom' })],
    ['too many commits', push({ commits: Array.from({ length: 10_001 }, () => ({ id: sha })) })],
    [
      'prototype keys',
      '{"__proto__":{"repository":{"full_name":"acme/shop"}},"ref":"refs/heads/x"}',
    ],
  ])('that is %s is malformed', (_, body) => {
    expect(codeOf(() => read('push', body))).toBe('PROVIDER_WEBHOOK_MALFORMED');
  });

  it('that is a form is refused with a word on the setting', () => {
    expect(() => read('push', 'payload=%7B%7D')).toThrow(
      expect.objectContaining({
        code: 'PROVIDER_WEBHOOK_MALFORMED',
        hint: expect.stringContaining('application/json'),
      }),
    );
    expect(read('ping', 'payload=%7B%7D')).toBeUndefined();
  });
});

it('never fails in another way, whatever is signed', () => {
  const bodies: readonly [string, object][] = [
    ['push', push()],
    ['pull_request', pull('closed')],
    ['pull_request_review', { ...pull('submitted'), review: { state: 'approved' } }],
    ['workflow_run', { repository, workflow_run: { head_sha: sha, status: 'queued' } }],
    ['check_suite', { repository, check_suite: { head_sha: sha, app: null } }],
    ['status', { repository, sha, state: 'success', context: 'c' }],
  ];
  const place = fc.array(fc.nat(9), { maxLength: 4 });
  fc.assert(
    fc.property(fc.constantFrom(...bodies), place, fc.jsonValue(), ([event, body], path, value) => {
      const mutated = replaceAt(body, path, value);
      const code = codeOf(() => read(event, mutated));
      expect(['nothing was thrown', 'PROVIDER_WEBHOOK_MALFORMED']).toContain(code);
    }),
    { numRuns: 500 },
  );
});

/** Puts a value somewhere into plain data: each number chooses a member. */
function replaceAt(data: unknown, path: readonly number[], value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined || typeof data !== 'object' || data === null) return value;
  const keys = Object.keys(data);
  const key = keys[first % keys.length];
  if (key === undefined) return value;
  const copy: Record<string, unknown> = { ...(data as Record<string, unknown>) };
  copy[key] = replaceAt(copy[key], rest, value);
  return Array.isArray(data) ? Object.values(copy) : copy;
}
