import type { CreateCommit } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './github-subject.ts';

let subject: Subject;
let base: string;

async function start(server: { readonly updateRefs: boolean }): Promise<void> {
  subject = await startSubject({}, server);
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
}
afterEach(() => subject.close());

const author = { name: 'Ann', email: 'ann@example.com' };
const commit = (more: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
  ...more,
});
const create = (more?: Partial<CreateCommit>) => subject.repository.commits.create(commit(more));
const headOf = async (branch: string) => (await subject.repository.branches.get(branch))?.sha;
const sent = () => subject.simulator.requests.map(({ method, path }) => `${method} ${path}`);

describe('a server without updateRefs', () => {
  beforeEach(() => start({ updateRefs: false }));

  it.each([undefined, author])('makes a branch with its commit: author %j', async (person) => {
    const made = await create({ branch: 'new', create: true, author: person });
    expect(await headOf('new')).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });

  it('is asked once', async () => {
    await create({ branch: 'one', create: true });
    subject.simulator.forgetRequests();
    await create({ branch: 'two', create: true });
    expect(sent()).toEqual(['POST /git/refs', 'POST /graphql']);
  });

  it.each([undefined, author])('refuses a branch that is elsewhere: author %j', async (person) => {
    const other = await subject.state.seed({ branch: 'new', from: 'main', files: { x: '1' } });
    await expect(create({ branch: 'new', create: true, author: person })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(await headOf('new')).toBe(other);
  });

  it('refuses a commit on a branch that moved or went back', async () => {
    const next = await subject.state.seed({ branch: 'main', files: { x: '1' } });
    await expect(create({ author })).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    await subject.state.store.setRef('refs/heads/main', base);
    await expect(create({ author, expectedHead: next })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(await headOf('main')).toBe(base);
  });

  it('refuses what moves between the look and the move', async () => {
    const run = async () => {
      await subject.state.seed({ branch: 'main', files: { x: '1' } });
    };
    subject.simulator.fault({ method: 'PATCH', fault: { kind: 'before', run } });
    await expect(create({ author })).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)(
    'takes a commit once when the answer is lost: %s',
    async (kind) => {
      subject.simulator.fault({ method: 'PATCH', fault: { kind } });
      const made = await create({ author });
      expect(await headOf('main')).toBe(made.sha);
      expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
      subject.simulator.fault({ path: /git\/refs$/, fault: { kind } });
      const begun = await create({ branch: 'new', create: true });
      expect((await subject.state.inspect(begun.sha)).parents).toEqual([base]);
      expect(await headOf('new')).toBe(begun.sha);
    },
  );

  it('deletes a branch that is where it is expected, and no other', async () => {
    const { branches } = subject.repository;
    await branches.create('old', base);
    const moved = await subject.state.seed({ branch: 'old', files: { x: '1' } });
    await expect(branches.delete('old', { expectedHead: base })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'drop-after' } });
    expect(await branches.delete('old', { expectedHead: moved })).toBe(true);
    expect(await branches.delete('old', { expectedHead: moved })).toBe(false);
  });
});

describe('a branch and its commit in one mutation', () => {
  beforeEach(() => start({ updateRefs: true }));

  const halfDone = (type: string) =>
    subject.simulator.fault({
      path: /graphql/,
      fault: {
        kind: 'answer',
        status: 200,
        body: JSON.stringify({
          data: { updateRefs: { clientMutationId: null }, createCommitOnBranch: null },
          errors: [{ type, path: ['createCommitOnBranch'], message: 'no' }],
        }),
      },
    });

  it('becomes two when the second step does not see what the first one made', async () => {
    await subject.repository.files.read('app.yaml', 'main');
    await subject.state.store.setRef('refs/heads/new', base);
    halfDone('NOT_FOUND');
    const made = await create({ branch: 'new', create: true });
    expect(await headOf('new')).toBe(made.sha);
  });

  it('leaves a branch that somebody has used in the meantime', async () => {
    await subject.repository.files.read('app.yaml', 'main');
    const theirs = await subject.state.seed({ branch: 'new', from: 'main', files: { x: '1' } });
    halfDone('FORBIDDEN');
    await expect(create({ branch: 'new', create: true })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(await headOf('new')).toBe(theirs);
  });

  it('is found again when the repository was made anew under its name', async () => {
    await create({ branch: 'one', create: true });
    const former = base;
    const state = await subject.simulator.createRepository('acme/shop');
    base = await state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n', new: '1' } });
    expect(base).not.toBe(former);
    const made = await create({ branch: 'two', create: true });
    expect(await headOf('two')).toBe(made.sha);
  });
});
