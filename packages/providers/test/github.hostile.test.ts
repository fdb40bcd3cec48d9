import { Secret } from '@bowline/gitops-errors';
import { ProviderError, type ProviderRepository } from '@bowline/gitops-providers';
import { github } from '@bowline/gitops-providers/github';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fakeClock } from './bitbucket-cloud-subject.ts';

const sha = 'a'.repeat(40);
const change = { type: 'write', path: 'a', content: new Uint8Array() } as const;
const commit = { branch: 'b', message: 'm', expectedHead: sha, changes: [change] };

async function all(items: AsyncIterable<unknown> | undefined): Promise<void> {
  let seen = 0;
  for await (const _ of items ?? []) {
    seen += 1;
    if (seen > 10) return;
  }
}

const calls: readonly ((repository: ProviderRepository) => Promise<unknown> | undefined)[] = [
  (repository) => repository.get(),
  ({ branches }) => branches.get('b'),
  ({ branches }) => all(branches.list()),
  ({ branches }) => branches.create('b', sha),
  ({ branches }) => branches.delete('b', { expectedHead: sha }),
  ({ files }) => files.read('a', 'b'),
  ({ files }) => files.read('a', sha),
  ({ commits }) => commits.create(commit),
  ({ commits }) => commits.create({ ...commit, create: true }),
  ({ commits }) => commits.create({ ...commit, author: { name: 'a', email: 'a@example.com' } }),
  ({ commits }) => commits.compare('a', 'b'),
  ({ tags }) => tags.get('v1'),
  ({ tags }) => tags.create('v1', sha, { message: 'm' }),
  ({ statuses }) => all(statuses.list(sha)),
  ({ statuses }) => statuses.set(sha, { context: 'c', state: 'success' }),
  ({ pullRequests }) => pullRequests.get(1),
  ({ pullRequests }) => all(pullRequests.list({ source: 'b' })),
  ({ pullRequests }) => pullRequests.create({ title: 't', source: 'a', destination: 'b' }),
  ({ pullRequests }) => pullRequests.merge(1),
  ({ pullRequests }) => pullRequests.approve(1),
  ({ pullRequests }) => pullRequests.comment(1, 'x', { marker: 'm' }),
  ({ pullRequests }) => pullRequests.autoMerge?.enable(1),
  ({ pullRequests }) => pullRequests.autoMerge?.disable(1),
  ({ webhooks }) => all(webhooks?.list()),
  ({ ci }) => ci?.trigger({ branch: 'b', workflow: 'w.yml' }),
  ({ ci }) => all(ci?.list()),
  ({ ci }) => all(ci?.jobs('1')),
  ({ ci }) => all(ci?.logs({ run: '1', job: '1' }, { follow: true })),
  ({ ci }) => ci?.rerun('1'),
  ({ ci }) => ci?.variables.set('A', new Secret('value')),
];

// Pieces of real answers among anything: so that what comes behind the first check is reached too.
const piece = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(sha, 'commit', 'open', '2026-11-20T08:00:00Z', 7, null, true, [], {}),
);
const names = [
  ...['data', 'errors', 'repository', 'branch', 'ref', 'target', 'file', 'object', 'oid', 'sha'],
  ...['id', 'node_id', '__typename', 'type', 'mode', 'message', 'path', 'head', 'base', 'state'],
  ...[
    'number',
    'title',
    'statuses',
    'check_runs',
    'workflow_runs',
    'jobs',
    'f0',
    'key',
    '__proto__',
  ],
];
const level = (below: fc.Arbitrary<unknown>) =>
  fc.dictionary(fc.constantFrom(...names), below, { maxKeys: 6, noNullPrototype: true });
const body = fc.oneof(piece, level(fc.oneof(piece, level(fc.oneof(piece, level(piece))))));

it('gives an answer or an error of ours, whatever a server answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...calls),
      fc.array(fc.tuple(fc.constantFrom(200, 200, 200, 201, 202, 204, 404, 405, 409, 422), body), {
        minLength: 1,
        maxLength: 4,
      }),
      async (call, answers) => {
        let sent = 0;
        const provider = github({
          auth: { type: 'bearer', token: new Secret('a-token-of-the-test') },
          clock: fakeClock(),
          fetch: async () => {
            const [status, json] = answers[Math.min(sent, answers.length - 1)] ?? [200, null];
            sent += 1;
            return new Response(status === 204 ? null : JSON.stringify(json), { status });
          },
        });
        try {
          await call(provider.repository('acme/shop'));
        } catch (error) {
          if (!(error instanceof ProviderError)) throw error;
        }
        expect(sent).toBeLessThan(200);
      },
    ),
    { numRuns: 600 },
  );
});
