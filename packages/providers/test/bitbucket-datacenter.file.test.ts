import { Secret } from '@bowline/gitops-errors';
import { type CreateCommit, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitPresent } from './bitbucket-datacenter-push.ts';
import { type Subject, startSubject } from './bitbucket-datacenter-subject.ts';

// Without `commitFiles`: one file per commit, through the API alone. The modes are read from archives, which the simulator has Git make.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({
    branch: 'main',
    files: {
      'web.yaml': 'image: web:1\n',
      'run.sh': { content: '#!/bin/sh\n', mode: '100755' },
      link: { content: 'web.yaml', mode: '120000' },
      'odd/[a]*.yaml': 'a: 1\n',
      'größe/名前 1.yaml': 'a: 1\n',
    },
  });
});
afterEach(() => subject.close());

const commit = (more: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [write('web.yaml', 'image: web:2\n')],
  ...more,
});
const write = (path: string, text: string) => ({
  type: 'write' as const,
  path,
  content: Buffer.from(text, 'utf8'),
});
const create = (more?: Partial<CreateCommit>) => subject.repository.commits.create(commit(more));
const sent = () =>
  subject.simulator.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);
const tip = (branch = 'main') => subject.state.branch(branch);

async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, got ${String(error)}`);
}

describe.skipIf(!gitPresent)(
  `a commit through the API${gitPresent ? '' : ' (skipped: no git program)'}`,
  () => {
    it('takes three requests, and two of the read before', async () => {
      const file = await subject.repository.files.read('web.yaml', 'main');
      expect(file?.commit).toBe(base);
      expect(sent()).toEqual(['GET /branches', 'GET /raw/web.yaml']);
      subject.simulator.forgetRequests();
      const { sha, webUrl } = await create();
      expect(sent().sort()).toEqual(['GET /archive', 'GET /branches', 'PUT /browse/web.yaml']);
      expect(await tip()).toBe(sha);
      expect(webUrl).toBe(
        `${subject.simulator.webUrl}/projects/SHOP/repos/gitops-k8s/commits/${sha}`,
      );
      const seen = await subject.state.inspect(sha);
      expect(seen).toMatchObject({ parents: [base], author: { name: 'Bowline Bot' } });
      expect(seen.message.trim()).toBe('chore: set the image');
    });

    it('takes three on a new branch too, which begins at the expected head', async () => {
      await subject.state.seed({ branch: 'main', files: { other: '1' } });
      const { sha } = await create({ branch: 'shop/web', create: true });
      expect(sent()).toEqual(['GET /archive', 'POST /branches', 'PUT /browse/web.yaml']);
      expect(await tip('shop/web')).toBe(sha);
      expect((await subject.state.inspect(sha)).parents).toEqual([base]);
    });

    it('adds a file, and writes one whose name is not ASCII', async () => {
      const long = `new/${'größe-'.repeat(30)}/${'x'.repeat(120)}.yaml`;
      const first = await create({ changes: [write(long, 'a: 1\n')] });
      const { sha } = await create({ expectedHead: first.sha, changes: [write(long, 'a: 2\n')] });
      expect(await subject.state.mode(sha, long)).toBe('100644');
      const other = await create({
        expectedHead: sha,
        changes: [write('größe/名前 1.yaml', 'ü\n')],
      });
      const read = await subject.repository.files.read('größe/名前 1.yaml', other.sha);
      expect(Buffer.from(read?.content ?? []).toString()).toBe('ü\n');
    });

    it.each<[string, Partial<CreateCommit>]>([
      ['several files', { changes: [write('a', '1'), write('b', '1')] }],
      ['a deletion', { changes: [{ type: 'delete', path: 'web.yaml' }] }],
      ['an executable file', { changes: [write('run.sh', '#!/bin/sh\necho\n')] }],
      ['a link', { changes: [write('link', 'other')] }],
      [
        'a file that becomes executable',
        { changes: [{ ...write('web.yaml', 'x'), mode: '100755' }] },
      ],
      [
        'an executable file that ceases to be one',
        { changes: [{ ...write('run.sh', 'x'), mode: '100644' }] },
      ],
      ['a file whose mode cannot be told', { changes: [write('odd/[a]*.yaml', 'x')] }],
      ['a folder', { changes: [write('odd', 'x')] }],
      ['an author', { author: { name: 'Ann', email: 'ann@example.com' } }],
    ])('of %s is refused with a word on pushing, also on a new branch', async (_, more) => {
      for (const place of [{}, { branch: 'new', create: true }]) {
        const error = await failure(create({ ...more, ...place }));
        expect(error).toMatchObject({
          code: 'PROVIDER_REJECTED',
          hint: expect.stringContaining('commitFiles'),
        });
      }
      expect(await tip()).toBe(base);
      expect(await tip('new')).toBeUndefined();
    });

    it('that changes nothing answers with the head', async () => {
      expect((await create({ changes: [write('web.yaml', 'image: web:1\n')] })).sha).toBe(base);
      expect(await tip()).toBe(base);
    });

    it('is a conflict when the branch has moved, or is gone', async () => {
      const moved = await subject.state.seed({ branch: 'main', files: { other: '1' } });
      expect((await failure(create())).code).toBe('PROVIDER_CONFLICT');
      expect(await tip()).toBe(moved);
      expect((await failure(create({ branch: 'absent' }))).code).toBe('PROVIDER_NOT_FOUND');
    });

    it('is a conflict when the file moves right before it is written, and nothing is lost', async () => {
      let moved = '';
      const run = async () => {
        moved = await subject.state.seed({
          branch: 'main',
          files: { 'web.yaml': 'image: web:9\n' },
        });
      };
      subject.simulator.fault({ method: 'PUT', fault: { kind: 'before', run } });
      expect((await failure(create())).code).toBe('PROVIDER_CONFLICT');
      expect(await tip()).toBe(moved);
    });

    it('tells when another file moved right before it was written: nothing is lost, and both stand', async () => {
      let moved = '';
      const run = async () => {
        moved = await subject.state.seed({ branch: 'main', files: { other: '1' } });
      };
      subject.simulator.fault({ method: 'PUT', fault: { kind: 'before', run } });
      const error = await failure(create());
      const landed = await tip();
      expect(error).toMatchObject({
        code: 'PROVIDER_CONFLICT',
        details: { expectedHead: base, landed },
      });
      expect((await subject.state.inspect(landed ?? '')).parents).toEqual([moved]);
    });

    it('goes on on a branch that a call has left behind, and takes away one that it cannot use', async () => {
      await subject.state.store.setRef('refs/heads/left', base);
      const { sha } = await create({ branch: 'left', create: true });
      expect(await tip('left')).toBe(sha);
      expect((await failure(create({ branch: 'left', create: true }))).code).toBe(
        'PROVIDER_CONFLICT',
      );
      expect(await tip('left')).toBe(sha);
      const answer = { kind: 'answer', status: 400, body: '{}' } as const;
      subject.simulator.fault({ method: 'PUT', fault: answer });
      expect((await failure(create({ branch: 'fresh', create: true }))).code).toBe(
        'PROVIDER_REJECTED',
      );
      expect(await tip('fresh')).toBeUndefined();
    });

    it.each(['drop-after', 'truncate'] as const)(
      'whose answer is lost (%s) is found and never made twice',
      async (kind) => {
        subject.simulator.fault({ method: 'PUT', fault: { kind } });
        const { sha } = await create();
        expect(await tip()).toBe(sha);
        expect((await subject.state.inspect(sha)).parents).toEqual([base]);
      },
    );

    it('whose answer is a page for people is found too', async () => {
      const body = '<html><title>Welcome</title></html>';
      subject.simulator.fault({
        method: 'PUT',
        fault: { kind: 'answer-after', status: 200, body },
      });
      const { sha } = await create({ branch: 'new', create: true });
      expect(await tip('new')).toBe(sha);
      subject.simulator.fault({ method: 'PUT', fault: { kind: 'answer', status: 200, body } });
      expect((await failure(create())).code).toBe('PROVIDER_BAD_RESPONSE');
      expect(await tip()).toBe(base);
    });

    it('that is lost before it was made is made once', async () => {
      subject.simulator.fault({ method: 'PUT', fault: { kind: 'drop' }, times: 2 });
      const { sha } = await create();
      expect((await subject.state.inspect(sha)).parents).toEqual([base]);
    });

    it('by a token of a project says that it has no user', async () => {
      const { simulator } = subject;
      const auth = { type: 'bearer', token: new Secret(simulator.tokens.project) } as const;
      const repository = subject.connect({ auth });
      const error = await failure(repository.commits.create(commit()));
      expect(error.code).toBe('PROVIDER_FORBIDDEN');
      expect(error.hint).toMatch(/tokens of a project or repository have no user/);
    });
  },
);
