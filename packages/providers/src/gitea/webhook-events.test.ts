import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import type { WebhookDelivery } from '../webhook-types.ts';
import { verifyWebhook } from './webhook-events.ts';

const secret = new Secret('correct horse battery staple');
const [before, after, zero] = ['a'.repeat(40), 'b'.repeat(40), '0'.repeat(40)];
const repository = { id: 1, full_name: 'acme/shop' };

function sign(body: Uint8Array, key = secret.reveal()): string {
  return createHmac('sha256', key).update(body).digest('hex');
}

function delivery(event: string, body: unknown, headers: WebhookDelivery['headers'] = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
  const signature = sign(bytes);
  return {
    headers: {
      'X-Gitea-Event': event,
      'X-Gitea-Delivery': 'delivery-1',
      'X-Gitea-Signature': signature,
      'X-GitHub-Event': event,
      'X-Hub-Signature-256': `sha256=${signature}`,
      ...headers,
    },
    body: bytes,
  };
}

const read = (event: string, body: unknown, headers?: WebhookDelivery['headers']) =>
  verifyWebhook(delivery(event, body, headers), secret);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ProviderError) return error.code;
    throw error;
  }
  return 'nothing was thrown';
}

const push = {
  ref: 'refs/heads/env/prod',
  before,
  after,
  repository,
  commits: [{ id: after }],
  pusher: { id: 1, login: 'bot' },
};
const side = (ref: string, full_name = 'acme/shop') => ({ label: ref, ref, repo: { full_name } });
const pullRequest = {
  action: 'opened',
  number: 7,
  pull_request: { number: 7, merged: false, head: side('feature/x'), base: side('main') },
  repository,
};
const run = {
  action: 'completed',
  workflow: { name: 'Build' },
  workflow_run: {
    head_sha: after,
    status: 'completed',
    conclusion: 'failure',
    path: 'ci.yaml@refs/heads/main',
  },
  repository,
};
const status = { sha: after, context: 'ci', state: 'failure', repository };

describe('the signature', () => {
  const bytes = Buffer.from(JSON.stringify(push));
  const good = sign(bytes);

  it('is taken in either case of its digits, with and without those of Forgejo and GitHub', () => {
    for (const headers of [
      {},
      { 'X-Gitea-Signature': good.toUpperCase() },
      { 'X-Forgejo-Signature': good },
      { 'X-Hub-Signature-256': undefined },
    ]) {
      expect(read('push', push, headers)?.type).toBe('push');
    }
  });

  it.each<[string, WebhookDelivery['headers']]>([
    ['none', { 'X-Gitea-Signature': undefined }],
    ['that of GitHub alone', { 'X-Gitea-Signature': undefined }],
    ['that of Forgejo alone', { 'X-Gitea-Signature': undefined, 'X-Forgejo-Signature': good }],
    ['one of Forgejo that says otherwise', { 'X-Forgejo-Signature': sign(Buffer.from('x')) }],
    ['one of GitHub that says otherwise', { 'X-Hub-Signature-256': `sha256=${'0'.repeat(64)}` }],
    ['one of GitHub that is empty', { 'X-Hub-Signature-256': '' }],
    ['an empty one', { 'X-Gitea-Signature': '' }],
    ['with the algorithm', { 'X-Gitea-Signature': `sha256=${good}` }],
    ['cut short', { 'X-Gitea-Signature': good.slice(0, -2) }],
    ['too long', { 'X-Gitea-Signature': `${good}00` }],
    ['of another body', { 'X-Gitea-Signature': sign(Buffer.from('{}')) }],
    ['of another secret', { 'X-Gitea-Signature': sign(bytes, 'guess') }],
    ['with other characters', { 'X-Gitea-Signature': 'ü'.repeat(64) }],
    ['two of them', { 'X-Gitea-Signature': [good, good] }],
    ['two in two spellings', { 'x-gitea-signature': good }],
  ])('is refused: %s', (_, headers) => {
    expect(codeOf(() => read('push', push, headers))).toBe('PROVIDER_WEBHOOK_UNVERIFIED');
  });

  it('is refused whatever it is while no secret is configured', () => {
    for (const empty of ['', ' ']) {
      const headers = { 'X-Gitea-Signature': sign(bytes, empty), 'X-Hub-Signature-256': undefined };
      const sent = delivery('push', push, headers);
      expect(codeOf(() => verifyWebhook(sent, new Secret(empty)))).toBe(
        'PROVIDER_WEBHOOK_UNVERIFIED',
      );
    }
  });

  it('comes before the body: what is not signed is never parsed', () => {
    for (const hostile of ['', 'null', '{', 'x'.repeat(6_000_000)]) {
      expect(codeOf(() => read('push', hostile, { 'X-Gitea-Signature': good }))).toBe(
        'PROVIDER_WEBHOOK_UNVERIFIED',
      );
    }
  });
});

describe('a delivery', () => {
  const base = { provider: 'gitea', repository: 'acme/shop', deliveryId: 'delivery-1' };

  it('of a push, a new branch and a deleted one', () => {
    const event = { ...base, type: 'push', branch: 'env/prod' };
    expect(read('push', push)).toEqual({ ...event, before, after, commits: [after] });
    expect(read('push', { ...push, before: zero, commits: null })).toEqual({
      ...event,
      before: undefined,
      after,
      commits: [],
    });
    expect(read('push', { ...push, after: zero })).toMatchObject({ before, after: undefined });
    const gone = { ref: 'env/prod', ref_type: 'branch', repository };
    expect(read('delete', gone)).toEqual({
      ...event,
      before: undefined,
      after: undefined,
      commits: [],
    });
  });

  it('of a tag, told once although it comes as a push too', () => {
    const tag = { ref: 'v1', ref_type: 'tag', sha: after, repository };
    expect(read('create', tag)).toEqual({ ...base, type: 'tag', tag: 'v1', after });
    expect(read('delete', { ...tag, ref: 'refs/tags/v1' })).toEqual({
      ...base,
      type: 'tag',
      tag: 'v1',
      after: undefined,
    });
    expect(read('push', { ...push, ref: 'refs/tags/v1' })).toBeUndefined();
    expect(read('create', { ...tag, ref: 'x', ref_type: 'branch' })).toBeUndefined();
  });

  it.each([
    ['pull_request', 'opened', false, 'opened'],
    ['pull_request', 'reopened', false, 'opened'],
    ['pull_request', 'synchronized', false, 'updated'],
    ['pull_request', 'edited', false, 'updated'],
    ['pull_request', 'closed', true, 'merged'],
    ['pull_request', 'closed', false, 'declined'],
    ['pull_request_approved', 'reviewed', false, 'approved'],
    ['pull_request_comment', 'reviewed', false, 'commented'],
  ])('of a pull request: %s %s, merged: %s', (event, action, merged, expected) => {
    const pull_request = { ...pullRequest.pull_request, merged };
    expect(read(event, { ...pullRequest, action, pull_request })).toEqual({
      ...base,
      type: 'pull-request',
      action: expected,
      id: 7,
      source: 'feature/x',
      fork: false,
      destination: 'main',
    });
  });

  it('of a pull request whose branch is gone, or that is from a fork', () => {
    const gone = { label: 'feature/x', ref: 'refs/pull/7/head', repo: { full_name: 'ACME/shop' } };
    const of = (head: object) =>
      read('pull_request', {
        ...pullRequest,
        pull_request: { ...pullRequest.pull_request, head },
      });
    expect(of(gone)).toMatchObject({ source: 'feature/x', fork: false });
    expect(of(side('main', 'mallory/shop'))).toMatchObject({ source: 'main', fork: true });
    expect(of({ ...side('main'), repo: null })).toMatchObject({ fork: true });
  });

  it('of a comment, where the server says on which pull request', () => {
    const comment = { action: 'created', is_pull: true, repository, comment: { id: 1, body: 'x' } };
    const { pull_request } = pullRequest;
    expect(read('issue_comment', { ...comment, pull_request })).toMatchObject({
      type: 'pull-request',
      action: 'commented',
      id: 7,
    });
    expect(read('issue_comment', comment)).toBeUndefined();
    expect(read('issue_comment', { ...comment, action: 'deleted', pull_request })).toBeUndefined();
  });

  it('of a status and of a run', () => {
    const event = { ...base, type: 'pipeline', sha: after, state: 'failed' };
    expect(read('status', status)).toEqual({ ...event, context: 'ci' });
    expect(read('workflow_run', run)).toEqual({ ...event, context: 'Build' });
    const of = (change: object) =>
      read('workflow_run', {
        ...run,
        workflow: null,
        workflow_run: { ...run.workflow_run, ...change },
      });
    expect(of({ status: 'in_progress', conclusion: '' })).toMatchObject({
      state: 'running',
      context: 'ci.yaml',
    });
    expect(of({ status: 'queued' })).toMatchObject({ state: 'pending' });
    expect(of({ conclusion: 'constructor' })).toMatchObject({ state: 'error' });
  });

  it.each(['release', '', 'constructor', '__proto__', 'toString', 'pull_request_rejected'])(
    'of the kind %j means nothing here',
    (event) => {
      expect(read(event, push)).toBeUndefined();
    },
  );

  it.each<[string, unknown]>([
    ['nothing', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '""'],
    ['cut off', '{"ref":'],
    ['without a repository', { ...push, repository: undefined }],
    ['of a repository that leaves its place', { ...push, repository: { full_name: '../x' } }],
    ['of a branch that is an option', { ...push, ref: 'refs/heads/-x/../y' }],
    ['of a commit that is none', { ...push, after: '../../etc' }],
    ['with commits that are a text', { ...push, commits: 'boom' }],
    ['with prototype keys', '{"__proto__":{"ref":"refs/heads/main"}}'],
  ])('that is %s is malformed', (_, body) => {
    expect(codeOf(() => read('push', body))).toBe('PROVIDER_WEBHOOK_MALFORMED');
  });

  it('that was changed anywhere is read or malformed, and never a crash', () => {
    const payloads = [
      ['push', push],
      ['create', { ref: 'v1', ref_type: 'tag', sha: after, repository }],
      ['pull_request', pullRequest],
      ['issue_comment', { action: 'created', repository, pull_request: pullRequest.pull_request }],
      ['status', status],
      ['workflow_run', run],
    ] as const;
    fc.assert(
      fc.property(
        fc.constantFrom(...payloads),
        fc.nat(),
        fc.anything({ withNullPrototype: true }),
        ([event, payload], at, value) => {
          const paths = pathsOf(payload);
          const changed = replaceAt(payload, paths[at % paths.length] ?? [], value);
          const code = codeOf(() => read(event, JSON.stringify(changed) ?? ''));
          expect(['nothing was thrown', 'PROVIDER_WEBHOOK_MALFORMED']).toContain(code);
        },
      ),
    );
  });
});

function pathsOf(value: unknown): string[][] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([k, v]) => pathsOf(v).map((rest) => [k, ...rest]))];
}

function replaceAt(value: unknown, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by;
  if (typeof value !== 'object' || value === null) return value;
  const next = replaceAt((value as Record<string, unknown>)[name], rest, by);
  return Array.isArray(value)
    ? value.map((item, index) => (String(index) === name ? next : item))
    : { ...value, [name]: next };
}
