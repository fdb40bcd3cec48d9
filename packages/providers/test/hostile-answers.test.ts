import { Secret } from '@bowline/gitops-errors';
import { type Provider, ProviderError, type ProviderRepository } from '@bowline/gitops-providers';
import { gitea } from '@bowline/gitops-providers/gitea';
import { gitlab } from '@bowline/gitops-providers/gitlab';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock } from './bitbucket-cloud-subject.ts';

const sha = 'a'.repeat(40);
const change = { type: 'write', path: 'd/a', content: new Uint8Array() } as const;
const commit = { branch: 'b', message: 'm', expectedHead: sha, changes: [change] };
const hook = { url: 'https://example.com/x', topics: ['push'] } as const;

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
  ({ branches }) => all(branches.list({ nameContains: 'b' })),
  ({ branches }) => branches.create('b', sha),
  ({ branches }) => branches.delete('b', { expectedHead: sha }),
  ({ files }) => files.read('a', 'b'),
  ({ files }) => files.read('a', sha),
  ({ commits }) => commits.create(commit),
  ({ commits }) => commits.create({ ...commit, create: true }),
  ({ commits }) => commits.create({ ...commit, changes: [{ ...change, mode: '100755' }] }),
  ({ commits }) => commits.create({ ...commit, changes: [{ ...change, mode: '120000' }] }),
  ({ commits }) => commits.compare('a', 'b'),
  ({ commits }) => commits.diff('a', 'b'),
  ({ tags }) => tags.get('v1'),
  ({ tags }) => all(tags.list()),
  ({ tags }) => tags.create('v1', sha, { message: 'm' }),
  ({ statuses }) => all(statuses.list(sha)),
  ({ statuses }) => statuses.set(sha, { context: 'c', state: 'success' }),
  ({ pullRequests }) => pullRequests.get(1),
  ({ pullRequests }) => all(pullRequests.list({ source: 'b', destination: 'c' })),
  ({ pullRequests }) => pullRequests.create({ title: 't', source: 'a', destination: 'b' }),
  ({ pullRequests }) => pullRequests.update(1, { title: 't' }),
  ({ pullRequests }) => pullRequests.merge(1, { strategy: 'rebase', expectedHead: sha }),
  ({ pullRequests }) => pullRequests.merge(1),
  ({ pullRequests }) => pullRequests.approve(1),
  ({ pullRequests }) => pullRequests.unapprove(1),
  ({ pullRequests }) => pullRequests.decline(1),
  ({ pullRequests }) => pullRequests.comment(1, 'x', { marker: 'm' }),
  ({ pullRequests }) => pullRequests.diff(1),
  ({ pullRequests }) => pullRequests.autoMerge?.enable(1),
  ({ pullRequests }) => pullRequests.autoMerge?.disable(1),
  ({ webhooks }) => all(webhooks?.list()),
  ({ webhooks }) => webhooks?.create(hook),
  ({ webhooks }) => webhooks?.update('1', hook),
  ({ ci }) => ci?.trigger({ branch: 'b' }),
  ({ ci }) => ci?.trigger({ branch: 'b', workflow: 'w.yml' }),
  ({ ci }) => all(ci?.list()),
  ({ ci }) => all(ci?.jobs('1')),
  ({ ci }) => all(ci?.logs({ run: '1', job: '1' }, { follow: true })),
  ({ ci }) => ci?.cancel('1'),
  ({ ci }) => ci?.rerun('1'),
  ({ ci }) => all(ci?.variables.list()),
  ({ ci }) => ci?.variables.set('A', new Secret('value-of-8')),
];

interface Forge {
  readonly name: string;
  readonly connect: (fetcher: typeof fetch) => Provider;
  /** Members of its answers, so that what comes behind the first check is reached too. */
  readonly members: string;
  readonly words: readonly string[];
}

const common = () => ({
  auth: { type: 'bearer', token: new Secret('a-token-of-the-test') } as const,
  clock: fakeClock(),
});

const forges: readonly Forge[] = [
  {
    name: 'GitLab',
    connect: (fetcher) => gitlab({ ...common(), fetch: fetcher }),
    members:
      'id iid name commit parent_ids message error path mode size encoding content commit_id diffs commits old_path new_path diff title state sha source_branch target_branch source_project_id target_project_id detailed_merge_status merge_status author web_url created_at updated_at status key value url version path_with_namespace merge_method __proto__',
    words: ['opened', 'merged', 'mergeable', 'checking', 'base64', 'success', 'running', 'ff'],
  },
  {
    name: 'Gitea',
    connect: (fetcher) => gitea({ ...common(), host: 'gitea.example.com', fetch: fetcher }),
    members:
      'id number name sha commit parents message total_commits commits tree truncated path mode type size encoding content target title body state merged mergeable merge_base head base ref label repo full_name user login html_url created_at updated_at status context workflow_runs jobs steps conclusion total_count workflow_run_id config events url data version __proto__',
    words: ['open', 'closed', 'file', 'symlink', 'base64', '100755', '040000', 'completed'],
  },
];

function bodies({ members, words }: Forge): fc.Arbitrary<unknown> {
  const piece = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(sha, 'd', '2026-11-20T08:00:00Z', 7, null, true, [], {}, ...words),
  );
  const level = (below: fc.Arbitrary<unknown>) =>
    fc.oneof(
      fc.dictionary(fc.constantFrom(...members.split(' ')), below, {
        maxKeys: 10,
        noNullPrototype: true,
      }),
      fc.array(below, { maxLength: 3 }),
    );
  return fc.oneof(piece, level(fc.oneof(piece, level(fc.oneof(piece, level(piece))))));
}

const statuses = [200, 200, 200, 201, 202, 204, 301, 400, 404, 405, 409, 422, 429, 500, 503];
const headers = fc.dictionary(
  fc.constantFrom(
    'link',
    'x-total-count',
    'x-next-page',
    'retry-after',
    'content-range',
    'location',
  ),
  fc.constantFrom(
    '<https://evil.example/x?page=2>; rel="next"',
    '999999999999',
    '-1',
    '2',
    'bytes 0-1/9',
    'https://evil.example/',
    'x',
  ),
  { maxKeys: 3, noNullPrototype: true },
);

describe.each(forges)('$name', (forge) => {
  it('gives an answer or an error of ours, whatever a server answers', async () => {
    const answer = fc.tuple(fc.constantFrom(...statuses), bodies(forge), headers);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...calls),
        fc.array(answer, { minLength: 1, maxLength: 6 }),
        async (call, answers) => {
          const hosts = new Set<string>();
          let sent = 0;
          const provider = forge.connect(async (input, init) => {
            const { host } = new URL(String(input));
            // A log may lie elsewhere, and then the credential stays here.
            if (host !== 'evil.example') hosts.add(host);
            else expect(new Headers(init?.headers).has('authorization')).toBe(false);
            const [status, json, more] = answers[sent % answers.length] ?? [200, null, {}];
            sent += 1;
            // Who waits for something that never comes true ends by the deadline, on the clock of the test.
            return new Response(status === 204 ? null : JSON.stringify(json), {
              status,
              headers: more,
            });
          });
          try {
            await call(provider.repository('acme/shop'));
          } catch (error) {
            if (!(error instanceof ProviderError)) throw error;
          }
          expect(sent).toBeLessThan(1200);
          expect(hosts.size).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 700 },
    );
  });
});
