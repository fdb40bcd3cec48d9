import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import { detectWebhookSender, verifyWebhook, type WebhookSender } from './verify-webhook.ts';

const secret = new Secret("It's a Secret to Everybody");
const hex = (body: string) => createHmac('sha256', secret.reveal()).update(body).digest('hex');
const kinds: readonly WebhookSender[] = [
  'bitbucket-cloud',
  'bitbucket-datacenter',
  'github',
  'gitlab',
  'gitea',
];

describe('detectWebhookSender', () => {
  it.each([
    [{ 'X-GitHub-Event': 'push' }, 'github'],
    [{ 'X-Gitea-Event': 'push', 'X-GitHub-Event': 'push', 'X-Hub-Signature-256': 'x' }, 'gitea'],
    [{ 'X-Forgejo-Event': 'push', 'X-GitHub-Event': 'push' }, 'gitea'],
    [{ 'X-Gitlab-Event': 'Push Hook' }, 'gitlab'],
    [{ 'X-Event-Key': 'repo:push', 'X-Hook-UUID': 'u' }, 'bitbucket-cloud'],
    [{ 'X-Event-Key': 'repo:refs_changed', 'X-Request-Id': 'i' }, 'bitbucket-datacenter'],
    [{ 'X-Event-Key': 'pr:opened' }, 'bitbucket-datacenter'],
    [{ 'Content-Type': 'application/json' }, undefined],
  ])('%j is from %s', (headers, sender) => {
    expect(detectWebhookSender(headers)).toBe(sender);
  });
});

describe('verifyWebhook', () => {
  it("takes GitHub's documented example", async () => {
    const headers = {
      'x-github-event': 'ping',
      'x-hub-signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    };
    const body = Buffer.from('Hello, World!');
    expect(await verifyWebhook({ headers, body }, secret)).toBeUndefined();
  });

  it('refuses headers that no forge sends', async () => {
    await expect(
      verifyWebhook({ headers: {}, body: Buffer.from('{}') }, secret),
    ).rejects.toMatchObject({ code: 'PROVIDER_WEBHOOK_UNVERIFIED' });
  });

  it('takes no delivery of one forge for one of another, where it is told which', async () => {
    const body = '{}';
    const signed: Record<WebhookSender, Record<string, string>> = {
      github: { 'x-github-event': 'fork', 'x-hub-signature-256': `sha256=${hex(body)}` },
      gitea: {
        'x-gitea-event': 'fork',
        'x-gitea-signature': hex(body),
        'x-github-event': 'fork',
        'x-hub-signature-256': `sha256=${hex(body)}`,
      },
      gitlab: { 'x-gitlab-event': 'System Hook', 'x-gitlab-token': secret.reveal() },
      'bitbucket-cloud': {
        'x-event-key': 'repo:fork',
        'x-hook-uuid': 'u',
        'x-hub-signature': `sha256=${hex(body)}`,
      },
      'bitbucket-datacenter': {
        'x-event-key': 'diagnostics:ping',
        'x-request-id': 'i',
        'x-hub-signature': `sha256=${hex(body)}`,
      },
    };
    const taken: string[] = [];
    for (const sender of kinds) {
      for (const kind of kinds) {
        const delivery = { headers: signed[sender], body: Buffer.from(body) };
        const outcome = await verifyWebhook(delivery, secret, { kind }).then(
          () => true,
          (error: unknown) => error instanceof ProviderError && false,
        );
        if (outcome) taken.push(`${sender} as ${kind}`);
      }
    }
    expect(taken).toEqual([
      'bitbucket-cloud as bitbucket-cloud',
      // One scheme and one header name: only the path that was called and the secret tell the two Bitbuckets apart.
      'bitbucket-cloud as bitbucket-datacenter',
      'bitbucket-datacenter as bitbucket-cloud',
      'bitbucket-datacenter as bitbucket-datacenter',
      'github as github',
      'gitlab as gitlab',
      'gitea as gitea',
    ]);
  });

  it('believes nothing while the secret is empty, of any forge', async () => {
    for (const kind of kinds) {
      const signature = createHmac('sha256', '').update('{}').digest('hex');
      const headers = {
        'x-hub-signature': `sha256=${signature}`,
        'x-hub-signature-256': `sha256=${signature}`,
        'x-gitea-signature': signature,
        'x-gitlab-token': '',
        'x-gitlab-event': 'Push Hook',
      };
      await expect(
        verifyWebhook({ headers, body: Buffer.from('{}') }, new Secret(''), { kind }),
      ).rejects.toMatchObject({ code: 'PROVIDER_WEBHOOK_UNVERIFIED' });
    }
  });

  it('ends in an event, in nothing, or in one of two errors, whatever is delivered', async () => {
    const names = [
      'x-github-event',
      'x-gitea-event',
      'x-gitlab-event',
      'x-event-key',
      'x-hub-signature',
      'x-hub-signature-256',
      'x-gitea-signature',
      'x-gitlab-token',
      'webhook-signature',
      'webhook-id',
      'webhook-timestamp',
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.constant('push'))),
        fc.oneof(fc.json(), fc.string()),
        fc.boolean(),
        async (headers, body, sign) => {
          const signature = sign
            ? {
                'x-hub-signature': `sha256=${hex(body)}`,
                'x-hub-signature-256': `sha256=${hex(body)}`,
                'x-gitea-signature': hex(body),
                'x-gitlab-token': secret.reveal(),
              }
            : {};
          const delivery = { headers: { ...headers, ...signature }, body: Buffer.from(body) };
          for (const kind of [undefined, ...kinds]) {
            const outcome = await verifyWebhook(delivery, secret, { kind }).catch(
              (error: unknown) => error,
            );
            if (outcome instanceof Error) {
              expect((outcome as ProviderError).code).toMatch(
                /^PROVIDER_WEBHOOK_(?:UNVERIFIED|MALFORMED)$/,
              );
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the pull request of a delivery', () => {
  const repo = { full_name: 'acme/shop' };
  const side = (ref: string) => ({ ref, label: ref, repo });
  const pull = (address: string) => ({
    repository: repo,
    action: 'opened',
    sender: { login: 'ada' },
    pull_request: {
      number: 7,
      title: 'Update web',
      html_url: address,
      head: side('web-2'),
      base: side('prod'),
    },
  });
  const bodies: Record<WebhookSender, (address: string) => object> = {
    github: pull,
    gitea: pull,
    gitlab: (url) => ({
      project: { path_with_namespace: 'acme/shop' },
      user: { name: 'ada' },
      object_attributes: {
        iid: 7,
        title: 'Update web',
        url,
        action: 'open',
        source_branch: 'web-2',
        target_branch: 'prod',
        source_project_id: 1,
        target_project_id: 1,
      },
    }),
    'bitbucket-cloud': (href) => ({
      repository: repo,
      actor: { display_name: 'ada' },
      pullrequest: {
        id: 7,
        title: 'Update web',
        links: { html: { href } },
        source: { branch: { name: 'web-2' }, repository: repo },
        destination: { branch: { name: 'prod' } },
      },
    }),
    'bitbucket-datacenter': (href) => {
      const repository = { slug: 'shop', project: { key: 'ACME' } };
      return {
        actor: { displayName: 'ada' },
        pullRequest: {
          id: 7,
          title: 'Update web',
          links: { self: [{ href }] },
          fromRef: { id: 'refs/heads/web-2', displayId: 'web-2', repository },
          toRef: { id: 'refs/heads/prod', displayId: 'prod', repository },
        },
      };
    },
  };

  const read = (kind: WebhookSender, address: string) => {
    const body = JSON.stringify(bodies[kind](address));
    const headers: Record<WebhookSender, Record<string, string>> = {
      github: { 'x-github-event': 'pull_request', 'x-hub-signature-256': `sha256=${hex(body)}` },
      gitea: { 'x-gitea-event': 'pull_request', 'x-gitea-signature': hex(body) },
      gitlab: { 'x-gitlab-event': 'Merge Request Hook', 'x-gitlab-token': secret.reveal() },
      'bitbucket-cloud': {
        'x-event-key': 'pullrequest:created',
        'x-hub-signature': `sha256=${hex(body)}`,
      },
      'bitbucket-datacenter': {
        'x-event-key': 'pr:opened',
        'x-hub-signature': `sha256=${hex(body)}`,
      },
    };
    return verifyWebhook({ headers: headers[kind], body: Buffer.from(body) }, secret, { kind });
  };

  it.each(kinds)('of %s has its title, its page and who did it', async (kind) => {
    expect(await read(kind, 'https://forge.example.com/pull/7')).toMatchObject({
      type: 'pull-request',
      action: 'opened',
      id: 7,
      source: 'web-2',
      destination: 'prod',
      title: 'Update web',
      webUrl: 'https://forge.example.com/pull/7',
      author: 'ada',
    });
  });

  it.each(kinds)('of %s has no page that is not http', async (kind) => {
    expect(await read(kind, 'javascript:alert(1)')).toMatchObject({ id: 7, webUrl: undefined });
  });
});
