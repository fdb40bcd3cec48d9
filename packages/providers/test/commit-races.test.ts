import type { CreateCommit } from '@bowline/gitops-providers';
import { ProviderError } from '@bowline/gitops-providers';
import { hasGit } from '@bowline/test-servers/gitlab';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Subject as GiteaSubject, startSubject as startGitea } from './gitea-subject.ts';
import { type Subject as GitlabSubject, startSubject as startGitlab } from './gitlab-subject.ts';
import { type Trouble, troubledFetch, troubles } from './troubled-fetch.ts';

// Invariant: whatever goes wrong at whichever request of a commit, no push of somebody else is lost, the commit lands once at most and
// keeps the executable bit, an answer that says "done" is true, and a conflict without `landed` has left nothing.

const skipped = hasGit ? '' : ' (skipped: there is no git program to push to)';
const MESSAGE = 'chore: set the image';
// As many as the longest of these commits takes without trouble.
const REQUESTS = 5;
const theirs = { other: { 'other.yaml': 'a: 2\n' }, same: { 'app.yaml': 'image: web:9\n' } };

interface Race {
  readonly index: number;
  readonly kind: Trouble;
  readonly push: keyof typeof theirs | 'none';
  readonly create: boolean;
}

/** Commits once, with a push right before one request, whose answer is lost. */
async function race(subject: GitlabSubject | GiteaSubject, trouble: Race): Promise<void> {
  const { index, kind, push, create } = trouble;
  const { state } = subject;
  const main = `main-${index}-${kind}`;
  const branch = create ? `deploy-${main}` : main;
  const files = { 'app.yaml': '1\n', 'run.sh': { content: '1\n', mode: '100755' as const } };
  const expectedHead = await state.seed({ branch: main, files });
  let pushed: string | undefined;
  const provider = subject.connect({
    fetch: troubledFetch({ index, kind }, async () => {
      if (push !== 'none') pushed = await state.seed({ branch: main, files: theirs[push] });
    }),
  });
  const { commits, files: reading } = provider.repository(subject.repository.fullName);
  const change = (path: string) => ({ type: 'write', path, content: Buffer.from('2\n') }) as const;
  const commit: CreateCommit = {
    branch,
    create,
    message: MESSAGE,
    expectedHead,
    changes: [change('app.yaml'), change('run.sh')],
  };
  const made: unknown = await reading
    .read('app.yaml', main)
    .then(() => commits.create(commit))
    .catch((error: unknown) => error);

  const context = `${JSON.stringify(trouble)}: ${made instanceof Error ? made.message : 'done'}`;
  const chain = new Set<string>();
  for (const name of [main, branch]) {
    for (let at = await state.branch(name); at !== undefined; ) {
      chain.add(at);
      at = (await state.inspect(at)).parents[0];
    }
  }
  const ours: string[] = [];
  for (const oid of chain)
    if ((await state.inspect(oid)).message.trim() === MESSAGE) ours.push(oid);
  const [landed] = ours;
  expect(ours.length, context).toBeLessThanOrEqual(1);
  if (pushed !== undefined) expect(chain, context).toContain(pushed);
  if (landed !== undefined) expect(await state.mode(landed, 'run.sh'), context).toBe('100755');
  if (!(made instanceof Error)) {
    expect(made, context).toMatchObject({ sha: landed });
    expect((await state.inspect(landed ?? '')).parents, context).toEqual([expectedHead]);
  } else {
    expect(made, context).toBeInstanceOf(ProviderError);
    const { code, details } = made as ProviderError;
    if (code === 'PROVIDER_CONFLICT') expect(landed, context).toBe(details?.['landed']);
  }
}

const cases = (['none', 'other', 'same'] as const).flatMap((push) =>
  [false, true].map((create) => [push, create] as const),
);

describe.skipIf(!hasGit)(`a commit on GitLab${skipped}`, () => {
  it.each(cases)(
    'with a push (%s) and trouble at every request, new branch: %s',
    async (push, create) => {
      const subject = await startGitlab();
      onTestFinished(() => subject.close());
      for (let index = 0; index < REQUESTS; index += 1) {
        for (const kind of troubles) await race(subject, { index, kind, push, create });
      }
      const left = (await subject.state.store.branches()).filter((name) => name.includes('tmp'));
      expect(left).toEqual([]);
    },
  );
});

describe('a commit on Gitea', () => {
  it.each(cases)(
    'with a push (%s) and trouble at every request, new branch: %s',
    async (push, create) => {
      const subject = await startGitea();
      onTestFinished(() => subject.close());
      for (let index = 0; index < REQUESTS; index += 1) {
        for (const kind of troubles) await race(subject, { index, kind, push, create });
      }
    },
  );
});
