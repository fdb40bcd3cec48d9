import { Secret } from '@bowline/gitops-errors';
import { ProviderError, type ProviderRepository } from '@bowline/gitops-providers';
import { describe, expect, it } from 'vitest';
import { startSubject as startGitea } from './gitea-subject.ts';
import { startSubject as startGitlab } from './gitlab-subject.ts';
import { type Trouble, troubledFetch, troubles } from './troubled-fetch.ts';

// Invariant I11: trouble at any request of a call, and asking again after it, never makes a second thing, and what an answer says is true.

// As many as the longest of these calls takes without trouble.
const REQUESTS = 3;
const hook = { url: 'https://example.com/hook', topics: ['push'] as const };
const opening = { title: 'Update', source: 'feature', destination: 'main' };

interface Call {
  readonly run: (repository: ProviderRepository, sha: string) => Promise<unknown> | undefined;
  /** What a second call comes to: the code of the error that says that it is there already. @default the same again */
  readonly again?: string;
}

/** Calls of which each makes one thing, by what it makes. */
const calls: Readonly<Record<string, Call>> = {
  branch: {
    run: ({ branches }, sha) => branches.create('b', sha),
    again: 'PROVIDER_ALREADY_EXISTS',
  },
  tag: {
    run: ({ tags }, sha) => tags.create('v1', sha, { message: 'm' }),
    again: 'PROVIDER_ALREADY_EXISTS',
  },
  pull: {
    run: ({ pullRequests }) => pullRequests.create(opening),
    again: 'PROVIDER_ALREADY_EXISTS',
  },
  comment: { run: ({ pullRequests }) => pullRequests.comment(1, 'text', { marker: 'm' }) },
  approval: { run: ({ pullRequests }) => pullRequests.approve(1) },
  merge: { run: ({ pullRequests }) => pullRequests.merge(1) },
  status: { run: ({ statuses }, sha) => statuses.set(sha, { context: 'c', state: 'success' }) },
  // A second webhook with the same address is what a second call asks for.
  hook: { run: ({ webhooks }) => webhooks?.create(hook), again: 'nothing' },
  variable: { run: ({ ci }) => ci?.variables.set('A', '1') },
  secret: { run: ({ ci }) => ci?.variables.set('A', new Secret('canary-12345678')) },
};

/** Counts what a repository has of each, past the provider. */
async function made(kind: string, subject: Subject, sha: string): Promise<number> {
  const { repository, state } = subject;
  const count = async (items: AsyncIterable<unknown> | undefined) => {
    let found = 0;
    for await (const _ of items ?? []) found += 1;
    return found;
  };
  const merges = async () => {
    const { parents } = await state.inspect((await state.branch('main')) ?? '');
    const before = parents[0] === undefined ? undefined : await state.inspect(parents[0]);
    return [parents, before?.parents ?? []].filter(({ length }) => length > 1).length;
  };
  const counts: Readonly<Record<string, () => Promise<number>>> = {
    branch: async () => (await state.store.branches()).filter((name) => name === 'b').length,
    tag: async () => (await state.store.tags()).length,
    pull: () => count(repository.pullRequests.list({ state: 'all' })),
    comment: async () => subject.comments(),
    approval: async () => subject.approvals(),
    merge: merges,
    status: () => count(repository.statuses.list(sha)),
    hook: async () => state.hooks.size,
    variable: () => count(repository.ci?.variables.list()),
    secret: () => count(repository.ci?.variables.list()),
  };
  return (await counts[kind]?.()) ?? 0;
}

async function gitlab() {
  const subject = await startGitlab();
  const { mergeRequests } = subject.state;
  return {
    ...subject,
    // GitLab's own remarks are notes too.
    comments: () => mergeRequests.flatMap(({ notes }) => notes.filter((it) => !it.system)).length,
    approvals: () => mergeRequests.filter(({ approved }) => approved).length,
  };
}

async function gitea() {
  const subject = await startGitea();
  const sum = (kind: 'comments' | 'reviews') =>
    subject.state.pulls.reduce((all, pull) => all + pull[kind].length, 0);
  return { ...subject, comments: () => sum('comments'), approvals: () => sum('reviews') };
}

type Subject = Awaited<ReturnType<typeof gitlab>> | Awaited<ReturnType<typeof gitea>>;

/** Makes the call once with trouble at one request, and once more without. */
async function check(
  kind: string,
  subject: Subject,
  trouble: { readonly index: number; readonly kind: Trouble },
): Promise<void> {
  const call = calls[kind];
  const sha = await subject.state.seed({ branch: 'main', files: { a: '1' } });
  await subject.state.seed({ branch: 'feature', from: 'main', files: { a: '2' } });
  if (kind !== 'pull') await subject.repository.pullRequests.create(opening);
  const provider = subject.connect({ fetch: troubledFetch(trouble) });
  const outcome = async (repository: ProviderRepository) => {
    try {
      return await call?.run(repository, sha);
    } catch (error) {
      return error;
    }
  };
  const context = `${kind}: ${trouble.kind} at ${trouble.index}`;
  const first = await outcome(provider.repository(subject.repository.fullName));
  if (first instanceof Error) expect(first, context).toBeInstanceOf(ProviderError);
  else expect(await made(kind, subject, sha), context).toBe(1);
  if (call?.again === 'nothing') return;
  const second = await outcome(subject.repository);
  if (second instanceof Error) {
    expect(second, `${context}: ${second.message}`).toMatchObject({ code: call?.again });
  }
  expect(await made(kind, subject, sha), context).toBe(1);
}

describe.each([
  ['GitLab', gitlab],
  ['Gitea', gitea],
] as const)('%s', (_, start) => {
  it.each(Object.keys(calls))('makes one %s, whatever request or answer is lost', async (what) => {
    for (let index = 0; index < REQUESTS; index += 1) {
      for (const kind of troubles) {
        const subject = await start();
        try {
          await check(what, subject, { index, kind });
        } finally {
          await subject.close();
        }
      }
    }
  });
});
