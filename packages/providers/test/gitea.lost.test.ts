import type { CreateCommit } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitea-subject.ts';

// The worst case of a commit on Gitea: somebody pushes in the last moment, and the answer is lost as well.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  const files = { 'app.yaml': 'image: web:1\n', 'other.yaml': 'a: 1\n' };
  base = await subject.state.seed({ branch: 'main', files });
});
afterEach(() => subject.close());

const commit = (more: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
  ...more,
});

/** Connects so that a push of other files reaches `main` right before the first commit is sent. */
function racing() {
  const pushed: string[] = [];
  const provider = subject.connect({
    fetch: async (input, init) => {
      if (init?.method === 'POST' && String(input).endsWith('/contents') && pushed.length === 0) {
        const files = { 'other.yaml': 'a: 2\n' };
        pushed.push(await subject.state.seed({ branch: 'main', files }));
      }
      return fetch(input, init);
    },
  });
  return { repository: provider.repository('acme/shop'), pushed };
}

const posts = () =>
  subject.simulator.requests.filter(({ method, path }) => method === 'POST' && path === '/contents')
    .length;

describe.each(['drop-after', 'truncate'] as const)('a push, and an answer lost by %s', (kind) => {
  it('leave a commit that is named in the conflict', async () => {
    const { repository, pushed } = racing();
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const error: unknown = await repository.commits.create(commit()).catch((thrown) => thrown);
    const tip = await subject.state.branch('main');
    expect(error).toMatchObject({
      code: 'PROVIDER_CONFLICT',
      details: { expectedHead: base, landed: tip },
    });
    expect((await subject.state.inspect(tip ?? '')).parents).toEqual(pushed);
    expect(posts()).toBe(1);
  });

  it('leave a new branch that begins where it should all the same', async () => {
    const { repository, pushed } = racing();
    expect((await repository.files.read('app.yaml', 'main'))?.commit).toBe(base);
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const made = await repository.commits.create(commit({ branch: 'new', create: true }));
    expect(await subject.state.branch('new')).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(await subject.state.branch('main')).toBe(pushed[0]);
  });
});
