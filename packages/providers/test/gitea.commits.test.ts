import { type CreateCommit, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitea-subject.ts';

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({
    branch: 'main',
    files: {
      'app.yaml': 'image: web:1\n',
      'other.yaml': 'a: 1\n',
      'run.sh': { content: '#!/bin/sh\n', mode: '100755' },
      link: { content: 'app.yaml', mode: '120000' },
    },
  });
});
afterEach(() => subject.close());

const commit = (change: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
  ...change,
});
const methods = () => subject.simulator.requests.map(({ method }) => method);
const posts = () => methods().filter((method) => method === 'POST').length;
const head = (branch: string) => subject.state.branch(branch);

/** Pushes past the API right before the next commit is carried out. */
function pushBefore(files: Record<string, string>, branch = 'main'): { sha: string | undefined } {
  const pushed: { sha: string | undefined } = { sha: undefined };
  subject.simulator.fault({
    method: 'POST',
    path: /^\/contents$/,
    fault: {
      kind: 'before',
      run: async () => {
        pushed.sha = await subject.state.seed({ branch, files });
      },
    },
  });
  return pushed;
}

async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw new Error(`not refused: ${String(error)}`);
  return error;
}

describe('requests of a change of one file', () => {
  it('are three for a new branch', async () => {
    const { files, commits } = subject.repository;
    const file = await files.read('app.yaml', 'main');
    expect(file?.commit).toBe(base);
    const made = await commits.create(
      commit({ branch: 'shop/web', create: true, expectedHead: file?.commit ?? '' }),
    );
    expect(methods()).toEqual(['GET', 'GET', 'POST']);
    expect(await head('shop/web')).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });

  it('are four for the branch itself', async () => {
    const { files, commits } = subject.repository;
    await files.read('app.yaml', 'main');
    await commits.create(commit());
    expect(methods()).toEqual(['GET', 'GET', 'GET', 'POST']);
  });

  it('are one more for a file that was not read at that commit', async () => {
    await subject.repository.commits.create(commit());
    expect(methods()).toEqual(['GET', 'GET', 'POST']);
  });

  it('are one more for each folder where there are more files, whatever their modes', async () => {
    const seeded = Array.from({ length: 20 }, (_, at) => [
      `a/b/f${at}`,
      { content: '1', mode: '100755' },
    ]);
    const sha = await subject.state.seed({ branch: 'main', files: Object.fromEntries(seeded) });
    const changes = [
      ...seeded.map(([path]) => ({
        type: 'write' as const,
        path: String(path),
        content: Buffer.from('2'),
        mode: '100755' as const,
      })),
      { type: 'write', path: 'a/new', content: Buffer.from('x') },
      { type: 'delete', path: 'other.yaml' },
    ] as const;
    const made = await subject.repository.commits.create(commit({ expectedHead: sha, changes }));
    expect(methods()).toEqual(['GET', 'GET', 'GET', 'GET', 'POST']);
    expect(await subject.state.mode(made.sha, 'a/b/f7')).toBe('100755');
    expect(await subject.state.mode(made.sha, 'a/new')).toBe('100644');
    expect(await subject.state.mode(made.sha, 'other.yaml')).toBeUndefined();
  });

  it.each([
    ['a folder', 'dir'],
    ['below a file', 'app.yaml/x'],
  ])('do not write over %s, found by either way', async (_, path) => {
    const head = await subject.state.seed({ branch: 'main', files: { 'dir/a': '1' } });
    const write = (to: string) => ({ type: 'write', path: to, content: Buffer.from('x') }) as const;
    for (const more of [[], ['n1', 'n2', 'n3']]) {
      const changes = [path, ...more].map(write);
      const error = await failure(
        subject.repository.commits.create(commit({ expectedHead: head, changes })),
      );
      expect(['PROVIDER_INVALID_ARGUMENT', 'PROVIDER_REJECTED']).toContain(error.code);
      expect(await subject.state.branch('main')).toBe(head);
    }
  });
});

describe('a push right before the commit', () => {
  it('to one of its files is a conflict, and stays', async () => {
    const pushed = pushBefore({ 'app.yaml': 'image: web:9\n' });
    const error = await failure(subject.repository.commits.create(commit()));
    expect(error.code).toBe('PROVIDER_CONFLICT');
    expect(error.details?.['landed']).toBeUndefined();
    expect(await head('main')).toBe(pushed.sha);
  });

  it('of a file that it creates, or deletes one, is a conflict, and stays', async () => {
    const created = pushBefore({ 'new.yaml': 'theirs\n' });
    const write = { type: 'write', path: 'new.yaml', content: Buffer.from('ours\n') } as const;
    const first = await failure(subject.repository.commits.create(commit({ changes: [write] })));
    expect([first.code, await head('main')]).toEqual(['PROVIDER_CONFLICT', created.sha]);
    const changed = pushBefore({ 'other.yaml': 'a: 2\n' });
    const second = await failure(
      subject.repository.commits.create(
        commit({
          expectedHead: created.sha ?? '',
          changes: [{ type: 'delete', path: 'other.yaml' }],
        }),
      ),
    );
    expect([second.code, await head('main')]).toEqual(['PROVIDER_CONFLICT', changed.sha]);
  });

  it('to other files lies below the commit, which is told of as a conflict', async () => {
    const pushed = pushBefore({ 'other.yaml': 'a: 2\n' });
    const error = await failure(subject.repository.commits.create(commit()));
    expect(error).toMatchObject({ code: 'PROVIDER_CONFLICT', retryable: true });
    const landed = String(error.details?.['landed']);
    expect(await head('main')).toBe(landed);
    expect((await subject.state.inspect(landed)).parents).toEqual([pushed.sha]);
    const read = async (path: string) =>
      Buffer.from((await subject.repository.files.read(path, 'main'))?.content ?? []).toString();
    expect(await read('app.yaml')).toBe('image: web:2\n');
    expect(await read('other.yaml')).toBe('a: 2\n');
  });

  it('to the branch that a new one leaves does not get into the new one', async () => {
    await subject.repository.files.read('app.yaml', 'main');
    const pushed = pushBefore({ 'other.yaml': 'a: 2\n' });
    const made = await subject.repository.commits.create(commit({ branch: 'new', create: true }));
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(await head('new')).toBe(made.sha);
    expect(await head('main')).toBe(pushed.sha);
  });

  it('to the same file of the branch that a new one leaves does not matter', async () => {
    await subject.repository.files.read('app.yaml', 'main');
    pushBefore({ 'app.yaml': 'image: web:9\n' });
    const made = await subject.repository.commits.create(commit({ branch: 'new', create: true }));
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });
});

describe('commits at the same time', () => {
  it('of one process land one at a time', async () => {
    const changes = (path: string) =>
      [{ type: 'write', path, content: Buffer.from(path) }] as const;
    const results = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((path) =>
        subject.provider
          .repository('acme/shop')
          .commits.create(commit({ changes: changes(path), message: path })),
      ),
    );
    const landed = results.filter(({ status }) => status === 'fulfilled');
    expect(landed).toHaveLength(1);
    expect((await subject.state.inspect((await head('main')) ?? '')).parents).toEqual([base]);
  });

  it('of two processes on the same file: one lands, the other is a conflict', async () => {
    const other = subject.connect().repository('acme/shop');
    const results = await Promise.allSettled(
      [subject.repository, other].map((repository, index) =>
        repository.commits.create(
          commit({
            changes: [
              { type: 'write', path: 'app.yaml', content: Buffer.from(`image: ${index}\n`) },
            ],
          }),
        ),
      ),
    );
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect((await subject.state.inspect((await head('main')) ?? '')).parents).toEqual([base]);
  });
});

describe('modes', () => {
  const write = (path: string, mode?: '100644' | '100755' | '120000') =>
    commit({ changes: [{ type: 'write', path, content: Buffer.from('x'), mode }] });

  it('of an executable file is kept, with and without being named', async () => {
    const first = await subject.repository.commits.create(write('run.sh'));
    expect(await subject.state.mode(first.sha, 'run.sh')).toBe('100755');
    const second = await subject.repository.commits.create({
      ...write('run.sh', '100755'),
      expectedHead: first.sha,
      changes: [{ type: 'write', path: 'run.sh', content: Buffer.from('y'), mode: '100755' }],
    });
    expect(await subject.state.mode(second.sha, 'run.sh')).toBe('100755');
  });

  it.each([
    ['run.sh', '100644'],
    ['app.yaml', '100755'],
    ['new.sh', '100755'],
    ['new-link', '120000'],
    ['link', undefined],
    ['link', '120000'],
    ['link', '100644'],
  ] as const)(
    'that the API cannot write is refused before anything is sent: %s as %s',
    async (path, mode) => {
      const error = await failure(subject.repository.commits.create(write(path, mode)));
      expect(error).toMatchObject({
        code: 'PROVIDER_REJECTED',
        hint: expect.stringContaining('with Git'),
      });
      expect(posts()).toBe(0);
    },
  );

  it('of a symbolic link comes with its target', async () => {
    const link = await subject.repository.files.read('link', 'main');
    expect(link?.mode).toBe('120000');
    expect(Buffer.from(link?.content ?? []).toString()).toBe('app.yaml');
  });
});

describe('a commit that cannot be made', () => {
  it('deletes a file that is not there', async () => {
    const changes = [{ type: 'delete', path: 'absent' }] as const;
    const error = await failure(subject.repository.commits.create(commit({ changes })));
    expect(error.code).toBe('PROVIDER_NOT_FOUND');
  });

  it('goes to a branch that is protected, or to an archived repository', async () => {
    subject.state.protectedBranches.add('main');
    const forbidden = await failure(subject.repository.commits.create(commit()));
    expect(forbidden.code).toBe('PROVIDER_FORBIDDEN');
    subject.state.archived = true;
    const archived = await failure(subject.repository.commits.create(commit()));
    expect(archived).toMatchObject({ code: 'PROVIDER_REJECTED', hint: /archive/ });
    expect(await head('main')).toBe(base);
  });

  it('writes below a file: the new branch that was made for it is taken back', async () => {
    const changes = [{ type: 'write', path: 'app.yaml/x', content: Buffer.from('x') }] as const;
    const error = await failure(
      subject.repository.commits.create(commit({ branch: 'new', create: true, changes })),
    );
    expect(error.code).toBe('PROVIDER_REJECTED');
    expect(await head('new')).toBeUndefined();
  });

  it('has another branch in its way', async () => {
    const error = await failure(
      subject.repository.commits.create(commit({ branch: 'main/x', create: true })),
    );
    expect(error).toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('"main" is in the way'),
    });
  });
});
