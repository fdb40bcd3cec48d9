import assert from 'node:assert/strict';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { RequestOptions } from '../vocabulary.ts';
import type { ContractContext, ContractTable } from './contract.ts';
import { collect, head, openPullRequest, write } from './expect.ts';

type Call = (options: RequestOptions) => Promise<unknown>;

const webhook = { url: 'https://example.com/hook', topics: ['push'] } as const;

/** Every call that waits, by its name. None of them would fail for another reason. */
function callsOf(
  { repository, subject }: ContractContext,
  { id, sha }: { readonly id: number; readonly sha: string },
): Readonly<Record<string, Call>> {
  const { branches, files, commits, pullRequests, statuses, tags, webhooks, ci } = repository;
  const { autoMerge } = pullRequests;
  const run = subject.ci?.absentRun ?? '';
  return {
    get: (options) => repository.get(options),
    'branches.get': (options) => branches.get('main', options),
    'branches.list': (options) => collect(branches.list(options)),
    'branches.create': (options) => branches.create('x', sha, options),
    'branches.delete': (options) => branches.delete('spare', options),
    'files.read': (options) => files.read('app.yaml', 'main', options),
    'commits.create': (options) =>
      commits.create(
        { branch: 'main', message: 'm', expectedHead: sha, changes: [write('b', '1')] },
        options,
      ),
    'commits.compare': (options) => commits.compare('main', 'feature', options),
    'commits.diff': (options) => commits.diff('main', 'feature', options),
    'pullRequests.create': (options) =>
      pullRequests.create({ title: 't', source: 'main', destination: 'feature' }, options),
    'pullRequests.get': (options) => pullRequests.get(id, options),
    'pullRequests.list': (options) => collect(pullRequests.list({}, options)),
    'pullRequests.update': (options) => pullRequests.update(id, { title: 'x' }, options),
    'pullRequests.merge': (options) => pullRequests.merge(id, {}, options),
    'pullRequests.approve': (options) => pullRequests.approve(id, options),
    'pullRequests.unapprove': (options) => pullRequests.unapprove(id, options),
    'pullRequests.decline': (options) => pullRequests.decline(id, options),
    'pullRequests.comment': (options) => pullRequests.comment(id, 'x', { ...options, marker: 'm' }),
    'pullRequests.diff': (options) => pullRequests.diff(id, options),
    'statuses.set': (options) =>
      statuses.set(sha, { context: 'c', state: 'success', url: webhook.url }, options),
    'statuses.list': (options) => collect(statuses.list(sha, options)),
    'tags.get': (options) => tags.get('v1', options),
    'tags.list': (options) => collect(tags.list(options)),
    'tags.create': (options) => tags.create('v1', sha, options),
    ...(autoMerge && {
      'autoMerge.enable': (options) => autoMerge.enable(id, {}, options),
      'autoMerge.disable': (options) => autoMerge.disable(id, options),
    }),
    ...(webhooks && {
      'webhooks.list': (options) => collect(webhooks.list(options)),
      'webhooks.create': (options) => webhooks.create(webhook, options),
      'webhooks.update': (options) => webhooks.update('1', webhook, options),
      'webhooks.delete': (options) => webhooks.delete('1', options),
    }),
    ...(ci && {
      'ci.trigger': (options) =>
        ci.trigger({ branch: 'main', workflow: subject.ci?.workflow }, options),
      'ci.list': (options) => collect(ci.list({}, options)),
      'ci.get': (options) => ci.get(run, options),
      'ci.jobs': (options) => collect(ci.jobs(run, options)),
      'ci.logs': (options) => collect(ci.logs({ run, job: run }, { ...options, follow: true })),
      'ci.cancel': (options) => ci.cancel(run, options),
      'ci.rerun': (options) => ci.rerun(run, options),
      'ci.variables.list': (options) => collect(ci.variables.list(options)),
      'ci.variables.set': (options) => ci.variables.set('A', '1', options),
      'ci.variables.delete': (options) => ci.variables.delete('A', options),
    }),
  } satisfies Record<string, Call>;
}

async function rejectsWithReason(name: string, reason: unknown, call: () => Promise<unknown>) {
  try {
    await call();
  } catch (error) {
    assert.equal(error, reason, name);
    return;
  }
  assert.fail(`${name} went through`);
}

/** What a signal does to every call. */
export const signalCases: ContractTable = {
  'signal: an aborted call rejects with the reason of the signal, and does nothing': async (
    context,
  ) => {
    const { pull, base, feature } = await openPullRequest(context);
    const { repository } = context;
    await repository.branches.create('spare', base);
    const reason = new Error('the user pressed Ctrl+C');
    const signal = AbortSignal.abort(reason);
    const calls = callsOf(context, { id: pull.id, sha: base });
    for (const [name, call] of Object.entries(calls)) {
      await rejectsWithReason(name, reason, () => call({ signal }));
    }
    assert.equal(await head(context, 'main'), base);
    assert.equal(await head(context, 'feature'), feature);
    assert.equal(await head(context, 'spare'), base);
    assert.equal(await repository.branches.get('x'), undefined);
    assert.equal(await repository.tags.get('v1'), undefined);
    assert.deepEqual(await collect(repository.statuses.list(base)), []);
    const now = await repository.pullRequests.get(pull.id);
    assert.deepEqual([now?.state, now?.title], ['open', pull.title]);
    if (repository.webhooks) assert.deepEqual(await collect(repository.webhooks.list()), []);
  },
  'signal: a call that is stopped on the way rejects with the reason, unless it is over already':
    async (context) => {
      const { pull, base } = await openPullRequest(context);
      await context.repository.branches.create('spare', base);
      const calls = callsOf(context, { id: pull.id, sha: base });
      const moments = [
        () => undefined,
        () => new Promise<void>((resolve) => setImmediate(resolve)),
      ];
      for (const [name, call] of Object.entries(calls)) {
        for (const moment of moments) {
          const stop = new AbortController();
          const reason = new Error('enough');
          const ended = call({ signal: stop.signal }).then(
            () => undefined,
            (error: unknown) => error,
          );
          await moment();
          stop.abort(reason);
          const error = await ended;
          // What the forge said before is an answer; trouble on the way that nobody had is not.
          const answered =
            isGitOpsError(error) && !/_(?:UNAVAILABLE|TIMEOUT|BAD_RESPONSE)$/.test(error.code);
          assert.ok(error === undefined || error === reason || answered, `${name}: ${error}`);
        }
      }
    },
  'signal: a reason is any value, and comes back as it is': async (context) => {
    await context.subject.seed({ branch: 'main', files: { a: '1' } });
    for (const reason of ['a text', 0, null, { code: 'MINE' }]) {
      const signal = AbortSignal.abort(reason);
      await rejectsWithReason(String(reason), reason, () =>
        context.repository.branches.get('main', { signal }),
      );
    }
  },
};
