import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LocalServer, openLocalServer } from './local-forge.ts';

/*
 * Sends deliveries, genuine and not, whose bodies look like those of forges and go wrong anywhere. Whatever comes, the answer is no 5xx, and
 * neither it nor the log shows the secret, also where the delivery itself holds it.
 */

const CANARY = 'canary-77ab-of-the-webhook-test';

let server: LocalServer;
const lines: string[] = [];
beforeAll(async () => {
  server = await openLocalServer(
    {
      log: { level: 'debug', write: (line) => void lines.push(line) },
      notify: async () => [],
    },
    {
      environment: {
        GITHUB_WEBHOOK_SECRET: CANARY,
        GITLAB_WEBHOOK_SECRET: CANARY,
        GITEA_WEBHOOK_SECRET: CANARY,
        BITBUCKET_WEBHOOK_SECRET: CANARY,
      },
    },
  );
});
afterAll(() => server.close());

const hmac = (body: string) => createHmac('sha256', CANARY).update(body).digest('hex');

/** How each forge proves a delivery, and what it calls its events. */
const forges: Readonly<
  Record<string, (event: string, body: string) => Readonly<Record<string, string>>>
> = {
  github: (event, body) => ({
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${hmac(body)}`,
  }),
  gitlab: (event) => ({ 'x-gitlab-event': event, 'x-gitlab-token': CANARY }),
  gitea: (event, body) => ({ 'x-gitea-event': event, 'x-gitea-signature': hmac(body) }),
  'bitbucket-cloud': (event, body) => ({
    'x-event-key': event,
    'x-hub-signature': `sha256=${hmac(body)}`,
  }),
  'bitbucket-datacenter': (event, body) => ({
    'x-event-key': event,
    'x-hub-signature': `sha256=${hmac(body)}`,
  }),
};

const events = fc.constantFrom(
  'push',
  'pull_request',
  'status',
  'create',
  'ping',
  'Push Hook',
  'Merge Request Hook',
  'Pipeline Hook',
  'Tag Push Hook',
  'repo:push',
  'repo:refs_changed',
  'pullrequest:created',
  'pr:opened',
  'constructor',
  CANARY,
);

const names = fc.constantFrom(
  ...['repository', 'project', 'pull_request', 'pullrequest', 'pullRequest', 'object_attributes'],
  ...['ref', 'before', 'after', 'push', 'changes', 'commits', 'actor', 'sender', 'full_name', 'id'],
  ...['action', 'title', 'source', 'head', 'base', 'links', 'html_url', 'message', 'constructor'],
);
const values = fc.constantFrom(
  ...[CANARY, `https://example.com/?token=${CANARY}`, 'refs/heads/main', 'refs/tags/v1', 'opened'],
  ...[
    'a'.repeat(40),
    '0'.repeat(40),
    'acme/shop',
    '\u202e\r\nx',
    'x'.repeat(10_000),
    1,
    null,
    true,
  ],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    values,
    fc.dictionary(names, tie('tree'), { maxKeys: 8 }),
    fc.array(tie('tree'), { maxLength: 3 }),
  ),
}));
const bodies = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.dictionary(names, tree, { maxKeys: 10 }).map((value) => JSON.stringify(value)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '{', '[]', 'null', '['.repeat(20_000), CANARY) },
);

it('whatever a delivery holds, it is answered, and tells nobody the secret', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(forges)),
      fc.tuple(events, bodies, fc.boolean()),
      async (kind, [event, body, genuine]) => {
        const headers = forges[kind]?.(event, genuine ? body : `${body} `) ?? {};
        const answer = await server.app.inject({
          method: 'POST',
          url: `/v1/webhooks/${kind}?token=${CANARY}`,
          payload: body,
          headers: { 'content-type': 'application/json', ...headers, 'x-request-id': CANARY },
        });
        const expected = genuine || kind === 'gitlab' ? [202, 400, 401] : [401];
        expect(expected, answer.body).toContain(answer.statusCode);
        const all = [answer.body, JSON.stringify(answer.headers), ...lines].join('');
        expect(all).not.toContain(CANARY);
        expect(all).not.toContain('"level":"error"');
        lines.length = 0;
      },
    ),
    { numRuns: 400 },
  ));
