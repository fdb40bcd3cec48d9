import type { CreateCommit, FileMode } from '@bowline/gitops-providers';
import { hasGit } from '@bowline/test-servers/gitlab';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

// The commits API of GitLab takes no expected head. What is promised all the same is tested here with a push in every gap.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const skipped = hasGit ? '' : ' (skipped: there is no git program to push to)';

const write = (path: string, content: string, mode?: FileMode) =>
  ({ type: 'write', path, content: Buffer.from(content), mode }) as const;

const commit = (more: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [write('app.yaml', 'image: web:2\n')],
  ...more,
});

const sent = () =>
  subject.simulator.requests.map(({ method, path }) => `${method} ${path.replace(/\?.*/, '')}`);
const branches = async () => (await subject.state.store.branches()).sort();
const tip = () => subject.state.branch('main');

/** Pushes to main past the provider, right before a request of this kind. */
function pushBefore(
  method: string,
  path: RegExp,
  files: Readonly<Record<string, string>> = { other: 'somebody else\n' },
) {
  const pushed: string[] = [];
  subject.simulator.fault({
    method,
    path,
    fault: {
      kind: 'before',
      run: async () => {
        pushed.push(await subject.state.seed({ branch: 'main', files }));
      },
    },
  });
  return pushed;
}

describe.skipIf(!hasGit)(`a commit on a branch that exists${skipped}`, () => {
  it('takes three requests with the reading, and leaves no branch behind', async () => {
    const file = await subject.repository.files.read('app.yaml', 'main');
    expect(file).toMatchObject({ commit: base, mode: undefined });
    const { sha } = await subject.repository.commits.create(
      commit({ expectedHead: file?.commit ?? '' }),
    );
    expect(sent()).toEqual([
      'GET /repository/files/app.yaml',
      'POST /repository/commits',
      'POST /git-receive-pack',
    ]);
    expect(await tip()).toBe(sha);
    expect((await subject.state.inspect(sha)).parents).toEqual([base]);
    expect(await branches()).toEqual(['main']);
  });

  it.each([
    ['before the commit is made', 'POST', /repository\/commits$/],
    ['before the branch is moved', 'POST', /git-receive-pack$/],
  ])('is refused when somebody pushes %s, and nothing is lost', async (_, method, path) => {
    for (const files of [{ other: 'x\n' }, { 'app.yaml': 'image: web:9\n' }]) {
      const expectedHead = (await tip()) ?? '';
      const pushed = pushBefore(method, path, files);
      await expect(
        subject.repository.commits.create(commit({ expectedHead })),
      ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT', details: { expectedHead } });
      expect(await tip()).toBe(pushed[0]);
      expect((await subject.state.inspect(pushed[0] ?? '')).parents).toEqual([expectedHead]);
      expect(await branches()).toEqual(['main']);
    }
  });

  it('is refused when somebody puts another history in its place', async () => {
    let other = '';
    const run = async () => {
      other = await subject.state.store.write({ parents: [], changes: new Map(), message: 'new' });
      await subject.state.store.setRef('refs/heads/main', other);
    };
    subject.simulator.fault({ path: /git-receive-pack$/, fault: { kind: 'before', run } });
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(await tip()).toBe(other);
    expect(await branches()).toEqual(['main']);
  });

  it('of many at the same head lands once, and the others hear of it', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        subject.repository.commits.create(commit({ changes: [write('app.yaml', `${index}\n`)] })),
      ),
    );
    const landed = results.filter((result) => result.status === 'fulfilled');
    expect(landed).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({ code: 'PROVIDER_CONFLICT' });
      }
    }
    expect(await tip()).toBe(landed[0]?.value.sha);
    expect(await branches()).toEqual(['main']);
  });

  it('that is gone is refused, and is not made again', async () => {
    await subject.state.seed({ branch: 'old', from: 'main', files: { a: '1' } });
    const expectedHead = (await subject.state.branch('old')) ?? '';
    await subject.state.store.deleteRef('refs/heads/old');
    await expect(
      subject.repository.commits.create(commit({ branch: 'old', expectedHead })),
    ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect(await branches()).toEqual(['main']);
  });

  it('that is protected is refused with the words of GitLab', async () => {
    subject.state.protectedBranches.add('main');
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('not allowed to push code to protected branches'),
    });
    expect(await tip()).toBe(base);
    expect(await branches()).toEqual(['main']);
  });

  it('says so when the rule of the project refuses the temporary branch, and may name another', async () => {
    subject.state.branchNameRule = /^(?:main|bot\/.*)$/;
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('does not follow the pattern'),
    });
    const named = await startSubject({ temporaryBranches: 'bot/' });
    named.state.branchNameRule = subject.state.branchNameRule;
    const head = await named.state.seed({ branch: 'main', files: { 'app.yaml': '1' } });
    await named.repository.commits.create(commit({ expectedHead: head }));
    await named.close();
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)(
    'lands once when an answer is lost: %s',
    async (kind) => {
      for (const path of [/repository\/commits$/, /git-receive-pack$/]) {
        const expectedHead = (await tip()) ?? '';
        subject.simulator.fault({ method: 'POST', path, fault: { kind } });
        const made = await subject.repository.commits.create(
          commit({ expectedHead, changes: [write('app.yaml', `${path}\n`)] }),
        );
        expect(await tip()).toBe(made.sha);
        expect((await subject.state.inspect(made.sha)).parents).toEqual([expectedHead]);
        expect(await branches()).toEqual(['main']);
      }
    },
  );

  it.each([500, 502, 504])('lands once when %d hides that it was done', async (status) => {
    for (const path of [/repository\/commits$/, /git-receive-pack$/]) {
      const expectedHead = (await tip()) ?? '';
      subject.simulator.fault({ method: 'POST', path, fault: { kind: 'answer-after', status } });
      const made = await subject.repository.commits.create(
        commit({ expectedHead, changes: [write('app.yaml', `${path}\n`)] }),
      );
      expect((await subject.state.inspect(made.sha)).parents).toEqual([expectedHead]);
      expect(await branches()).toEqual(['main']);
    }
  });

  it('has landed when somebody has committed on top before its lost answer is looked into', async () => {
    subject.simulator.fault({
      path: /git-receive-pack$/,
      fault: { kind: 'answer-after', status: 500 },
    });
    const pushed = pushBefore('GET', /repository\/branches\/main$/);
    const made = await subject.repository.commits.create(commit());
    expect(await tip()).toBe(pushed[0]);
    expect((await subject.state.inspect(pushed[0] ?? '')).parents).toEqual([made.sha]);
  });

  it('that another push holds under lock is pushed to again', async () => {
    const packet = (text: string) => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
    const locked = `${packet('unpack ok\n')}${packet('ng refs/heads/main failed to update ref\n')}0000`;
    const body = `${packet(`\u0001${locked}`)}0000`;
    const fault = { kind: 'answer', status: 200, body } as const;
    subject.simulator.fault({ path: /git-receive-pack$/, fault, times: 2 });
    const { sha } = await subject.repository.commits.create(commit());
    expect(await tip()).toBe(sha);
    expect(await branches()).toEqual(['main']);
    subject.simulator.fault({ path: /git-receive-pack$/, fault, times: 3 });
    await expect(
      subject.repository.commits.create(commit({ expectedHead: sha })),
    ).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('failed to update ref'),
    });
    expect(await branches()).toEqual(['main']);
  });

  it('that GitLab refuses outright costs nothing more', async () => {
    const fault = { kind: 'answer', status: 403, body: '{"message":"403 Forbidden"}' } as const;
    subject.simulator.fault({ method: 'POST', fault });
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
    });
    expect(sent()).toEqual(['POST /repository/commits']);
  });

  it('that cannot be sent says why, and leaves nothing', async () => {
    const fault = {
      kind: 'answer',
      status: 403,
      body: 'Git access over HTTP is not allowed',
    } as const;
    subject.simulator.fault({ path: /git-receive-pack$/, fault });
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('Git access over HTTP is not allowed'),
    });
    expect(await tip()).toBe(base);
    expect(await branches()).toEqual(['main']);
  });

  it.each(['', '0000', 'not a report', '000eunpack ok\n', '0010\u0002refused.\n0000'])(
    'does not take %j for the report of a push',
    async (body) => {
      const fault = { kind: 'answer', status: 200, body } as const;
      subject.simulator.fault({ path: /git-receive-pack$/, fault });
      const failed = subject.repository.commits.create(commit());
      await expect(failed).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
      expect(await tip()).toBe(base);
      expect(await branches()).toEqual(['main']);
    },
  );

  it('stops when the signal fires in between', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    subject.simulator.fault({
      path: /git-receive-pack$/,
      fault: { kind: 'before', run: async () => controller.abort(reason) },
    });
    await expect(
      subject.repository.commits.create(commit(), { signal: controller.signal }),
    ).rejects.toBe(reason);
  });
});

describe('a commit on a new branch', () => {
  it('takes two requests with the reading', async () => {
    const file = await subject.repository.files.read('app.yaml', 'main');
    const { sha } = await subject.repository.commits.create(
      commit({ branch: 'shop/web', create: true, expectedHead: file?.commit ?? '' }),
    );
    expect(sent()).toEqual(['GET /repository/files/app.yaml', 'POST /repository/commits']);
    expect(await subject.state.branch('shop/web')).toBe(sha);
  });

  it('looks which files are new when GitLab does not take them for old ones', async () => {
    const { sha } = await subject.repository.commits.create(
      commit({
        branch: 'new',
        create: true,
        changes: [
          write('app.yaml', '2'),
          write('a/new.yaml', '1'),
          write('run.sh', '#!', '100755'),
        ],
      }),
    );
    expect(await subject.state.mode(sha, 'a/new.yaml')).toBe('100644');
    expect(await subject.state.mode(sha, 'run.sh')).toBe('100755');
    expect(sent().filter((request) => request.startsWith('POST'))).toHaveLength(2);
    expect(sent().filter((request) => request.startsWith('HEAD'))).toHaveLength(3);
  });

  it('changes the mode of a file where it is asked to, and keeps it else', async () => {
    const files = {
      'run.sh': { content: '1', mode: '100755' },
      plain: { content: '1', mode: '100644' },
      link: { content: 'plain', mode: '120000' },
    } as const;
    const expectedHead = await subject.state.seed({ branch: 'main', files });
    const { sha } = await subject.repository.commits.create(
      commit({
        branch: 'modes',
        create: true,
        expectedHead,
        changes: [
          write('run.sh', '2', '100644'),
          write('plain', '2', '100755'),
          write('link', 'run.sh', '120000'),
        ],
      }),
    );
    expect(await subject.state.mode(sha, 'run.sh')).toBe('100644');
    expect(await subject.state.mode(sha, 'plain')).toBe('100755');
    expect(await subject.state.mode(sha, 'link')).toBe('120000');
  });

  it('cannot make a symbolic link', async () => {
    const changes = [write('link', 'app.yaml', '120000')];
    await expect(
      subject.repository.commits.create(commit({ branch: 'new', create: true, changes })),
    ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    expect(await branches()).toEqual(['main']);
  });

  it('without the commit that it begins at is not found', async () => {
    const expectedHead = 'deadbeef'.repeat(5);
    await expect(
      subject.repository.commits.create(commit({ branch: 'new', create: true, expectedHead })),
    ).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)(
    'lands once when the answer is lost: %s',
    async (kind) => {
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      const made = await subject.repository.commits.create(commit({ branch: 'new', create: true }));
      expect(await subject.state.branch('new')).toBe(made.sha);
      expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    },
  );

  it('is a conflict when another one took the name while the answer was lost', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    const files = { 'app.yaml': 'image: web:3\n' };
    const run = async () => {
      await subject.state.seed({ branch: 'new', from: 'main', files, message: commit().message });
    };
    subject.simulator.fault({ method: 'POST', fault: { kind: 'before', run } });
    await expect(
      subject.repository.commits.create(commit({ branch: 'new', create: true })),
    ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
  });
});

describe.skipIf(!hasGit)(`deleting a branch at an expected head${skipped}`, () => {
  it('is refused when somebody pushes in between', async () => {
    const sha = await subject.state.seed({ branch: 'old', from: 'main', files: { a: '1' } });
    let moved = '';
    const run = async () => {
      moved = await subject.state.seed({ branch: 'old', files: { a: '2' } });
    };
    subject.simulator.fault({ path: /git-receive-pack$/, fault: { kind: 'before', run } });
    await expect(
      subject.repository.branches.delete('old', { expectedHead: sha }),
    ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect(await subject.state.branch('old')).toBe(moved);
  });

  it('is done once when the answer is lost', async () => {
    const sha = await subject.state.seed({ branch: 'old', from: 'main', files: { a: '1' } });
    subject.simulator.fault({ path: /git-receive-pack$/, fault: { kind: 'drop-after' } });
    expect(await subject.repository.branches.delete('old', { expectedHead: sha })).toBe(true);
    expect(await branches()).toEqual(['main']);
  });

  it('of a protected branch is refused with the words of GitLab', async () => {
    const sha = await subject.state.seed({ branch: 'old', from: 'main', files: { a: '1' } });
    subject.state.protectedBranches.add('old');
    await expect(
      subject.repository.branches.delete('old', { expectedHead: sha }),
    ).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('protected branches'),
    });
  });
});
