import { Secret } from '@bowline/gitops-errors';
import type { FileMode } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

// What GitLab does that is easy to overlook: each of these was found in its documents or its source, not by a test before.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const write = (path: string, content: string, mode?: FileMode) =>
  ({ type: 'write', path, content: Buffer.from(content), mode }) as const;
const sent = () =>
  subject.simulator.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);

async function found(nameContains: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of subject.repository.branches.list({ nameContains })) names.push(name);
  return names;
}

describe('a search for branches', () => {
  it.each([3, 100, 130])('that has %d of them gives each once', async (count) => {
    for (let index = 0; index < count; index += 1) {
      await subject.state.store.setRef(`refs/heads/deploy/${index}`, base);
    }
    expect((await found('deploy/')).length).toBe(count);
    expect(new Set(await found('deploy/')).size).toBe(count);
  });
});

describe('an empty project', () => {
  it('has no default branch, although GitLab names one', async () => {
    await subject.state.store.deleteRef('refs/heads/main');
    expect((await subject.repository.get())?.defaultBranch).toBeUndefined();
    expect(await found('')).toEqual([]);
  });
});

describe('a moved project', () => {
  it('says so at the first change', async () => {
    subject.simulator.move('old/shop', 'acme/platform/shop');
    const moved = subject.provider.repository('old/shop');
    for (const change of [
      moved.branches.create('b', base),
      moved.commits.create({
        branch: 'b',
        create: true,
        message: 'm',
        expectedHead: base,
        changes: [write('app.yaml', '2')],
      }),
    ]) {
      await expect(change).rejects.toMatchObject({
        code: 'PROVIDER_REJECTED',
        message: expect.stringContaining('moved projects'),
        hint: expect.stringContaining('new path'),
      });
    }
  });
});

describe('a commit', () => {
  const commit = () => ({
    branch: 'new',
    create: true,
    message: 'chore: set the image',
    expectedHead: base,
    changes: [write('app.yaml', 'image: web:2\n')],
  });

  it('whose lost request is carried out late is found', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    let late = '';
    const run = async () => {
      const { message, changes } = commit();
      late = await subject.state.store.write({
        parents: [base],
        message,
        changes: new Map(changes.map(({ path, content }) => [path, { content, mode: '100644' }])),
      });
      await subject.state.store.setRef('refs/heads/new', late);
    };
    subject.simulator.fault({ method: 'POST', fault: { kind: 'before', run } });
    expect((await subject.repository.commits.create(commit())).sha).toBe(late);
    expect(await subject.state.branch('new')).toBe(late);
  });

  it('of an equal one that was there before is a conflict', async () => {
    await subject.repository.commits.create(commit());
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
  });

  it('makes no symbolic link of a file', async () => {
    const files: Record<string, string> = { 'top.yaml': '1' };
    for (let index = 0; index < 120; index += 1) files[`a/file-${index}`] = '1';
    const expectedHead = await subject.state.seed({ branch: 'main', files });
    for (const path of ['top.yaml', 'a/file-99']) {
      const changes = [write(path, 'app.yaml', '120000')];
      await expect(
        subject.repository.commits.create({ ...commit(), expectedHead, changes }),
      ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    }
    expect(sent()).not.toContain('POST /repository/commits');
    for (const path of ['no/such/link', 'no-such-link']) {
      const changes = [write(path, 'app.yaml', '120000')];
      await expect(
        subject.repository.commits.create({ ...commit(), expectedHead, changes }),
      ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    }
    expect(await subject.state.branch('new')).toBeUndefined();
  });
});

describe('a merge request', () => {
  const create = (source: string, title = 'Update') =>
    subject.repository.pullRequests.create({ title, source, destination: 'main' });

  it.each(['drop-after', 'truncate'] as const)(
    'whose answer is lost is known by its title, without the blanks that GitLab takes off: %s',
    async (kind) => {
      await subject.state.seed({ branch: 'feature', from: 'main', files: { 'app.yaml': '2' } });
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      expect((await create('feature', ' Update ')).title).toBe('Update');
      expect(subject.state.mergeRequests).toHaveLength(1);
    },
  );

  it('of a branch that is not there is not found, also where GitLab counts no commits for it', async () => {
    const fault = { kind: 'answer', status: 200, body: '[]' } as const;
    subject.simulator.fault({ path: /repository\/commits/, fault });
    await expect(create('absent')).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
      message: expect.stringContaining('"absent"'),
    });
  });
});

describe('a webhook', () => {
  const secret = new Secret('a-hook-token');
  const input = { url: 'https://example.com/hook', topics: ['push'] as const };

  it('goes to no other address without its secret, which GitLab would forget', async () => {
    const hooks = subject.repository.webhooks;
    const { id = '' } = (await hooks?.create({ ...input, secret })) ?? {};
    const elsewhere = { ...input, url: 'https://example.com/other' };
    await expect(hooks?.update(id, elsewhere)).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
      message: expect.stringContaining('secret'),
    });
    expect([...subject.state.hooks.values()]).toMatchObject([
      { url: input.url, token: 'a-hook-token' },
    ]);
    await hooks?.update(id, { ...elsewhere, secret });
    expect([...subject.state.hooks.values()]).toMatchObject([
      { url: elsewhere.url, token: 'a-hook-token' },
    ]);
    await expect(hooks?.update('999', input)).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });
});

describe('a secret', () => {
  it('is masked where GitLab is too old to hide it', async () => {
    subject.state.pipelines.hides = false;
    await subject.repository.ci?.variables.set('TOKEN', new Secret('canary-4f1c2b7a9e'));
    expect(subject.state.pipelines.variables).toMatchObject([
      { key: 'TOKEN', masked: true, hidden: false },
    ]);
  });
});

describe('a pipeline whose answer is lost', () => {
  const start = (version: string) =>
    subject.repository.ci?.trigger({ branch: 'main', variables: { version } });
  /** Loses the request or its answer, and starts another pipeline before it is looked for. */
  const lose = (kind: 'drop' | 'drop-after') => {
    const nothing = async () => undefined;
    const theirs = async () => {
      const variables = [{ key: 'version', value: 'theirs' }];
      subject.state.pipelines.add({ ref: 'main', sha: base, variables });
    };
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    // The first list is of what was there before.
    for (const run of [nothing, theirs]) {
      subject.simulator.fault({ method: 'GET', fault: { kind: 'before', run } });
    }
  };

  it('is told from one that somebody else has started', async () => {
    lose('drop-after');
    const run = await start('ours');
    const { runs } = subject.state.pipelines;
    expect(runs.map(({ variables }) => variables[0]?.value)).toEqual(['ours', 'theirs']);
    expect(run?.id).toBe(String(runs[0]?.id));
  });

  it('is not taken for that one when it was not started', async () => {
    lose('drop');
    await expect(start('ours')).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      details: { uncertain: true },
    });
    expect(subject.state.pipelines.runs).toHaveLength(1);
  });
});
