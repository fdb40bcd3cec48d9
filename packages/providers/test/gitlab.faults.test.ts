import { ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

// Invariant: sending any call again never makes a second branch, merge request, comment, status, hook or pipeline.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const lost = ['drop-after', 'truncate'] as const;

async function openPull(title = 'Update') {
  await subject.state.seed({ branch: 'feature', from: 'main', files: { 'app.yaml': '2\n' } });
  return subject.repository.pullRequests.create({ title, source: 'feature', destination: 'main' });
}

async function code(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error instanceof ProviderError ? error.code : undefined;
}

const count = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.path))
    .length;

describe('reads', () => {
  it.each([502, 503, 504])('are repeated after %d', async (status) => {
    const body = '<html><title>Bad gateway</title></html>';
    const headers = { 'content-type': 'text/html' };
    subject.simulator.fault({ fault: { kind: 'answer', status, body, headers }, times: 3 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.clock.sleeps).toEqual([500, 1000, 2000]);
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)('are repeated after %s', async (kind) => {
    subject.simulator.fault({ fault: { kind }, times: 2 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.simulator.requests).toHaveLength(3);
  });

  it('wait as long as Retry-After says, and no longer than allowed', async () => {
    const limited = (seconds: string) =>
      subject.simulator.fault({
        fault: {
          kind: 'answer',
          status: 429,
          headers: { 'retry-after': seconds, 'ratelimit-remaining': '0' },
          body: 'Retry later\n',
        },
      });
    limited('7');
    await subject.repository.get();
    const reset = String(subject.clock.now() / 1000 + 5);
    const headers = { 'ratelimit-reset': reset };
    subject.simulator.fault({ fault: { kind: 'answer', status: 429, headers } });
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([7000, 5000]);
    limited('3600');
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      details: { status: 429, retryAfter: '3600' },
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '{"name":"main"',
    '{"name":"main","commit":{"id":"../../x"}}',
    '<html><body>Sign in</body></html>',
  ])('refuse the answer %j', async (body) => {
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
    expect(await code(subject.repository.branches.get('main'))).toBe('PROVIDER_BAD_RESPONSE');
  });

  it.each([
    [401, 'PROVIDER_UNAUTHENTICATED', /scope "api"/],
    [403, 'PROVIDER_FORBIDDEN', /role Developer/],
    [500, 'PROVIDER_UNAVAILABLE', /later/],
  ] as const)('explain %d', async (status, expected, hint) => {
    const body =
      '{"error":"insufficient_scope","error_description":"The request requires higher privileges","scope":"api"}';
    subject.simulator.fault({ fault: { kind: 'answer', status, body } });
    const error: unknown = await subject.repository.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expected, hint: expect.stringMatching(hint) });
    expect(String(error)).toContain('higher privileges (needed: api)');
  });

  it('do not take a stalled answer for ever', async () => {
    const quick = await startSubject({ attemptTimeoutMs: 50, maxRetries: 0 });
    quick.simulator.fault({ fault: { kind: 'stall' } });
    expect(await code(quick.repository.get())).toBe('PROVIDER_TIMEOUT');
    await quick.close();
  });
});

describe('branches, tags and webhooks', () => {
  it.each(lost)('are made once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind }, times: 3 });
    expect((await subject.repository.branches.create('b', base)).sha).toBe(base);
    expect(await subject.repository.tags.create('v1', base)).toEqual({ name: 'v1', sha: base });
    const input = { url: 'https://example.com/hook', topics: ['push'] as const };
    await subject.repository.webhooks?.create(input);
    expect(subject.state.hooks.size).toBe(1);
    expect(count('POST', /./)).toBe(3);
  });

  it('are refused with the words of GitLab when another branch is in the way', async () => {
    await expect(subject.repository.branches.create('main/x', base)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining("reference 'main' exists"),
    });
  });

  it('say that a branch was deleted when the first answer is lost', async () => {
    await subject.repository.branches.create('old', base);
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'drop-after' } });
    expect(await subject.repository.branches.delete('old')).toBe(true);
  });

  it('keep the token of a webhook that is changed without one', async () => {
    const hooks = subject.repository.webhooks;
    const { Secret } = await import('@bowline/gitops-errors');
    const input = { url: 'https://example.com/hook', topics: ['push', 'tag'] as const };
    const made = await hooks?.create({ ...input, secret: new Secret('a-hook-token') });
    expect(made?.topics).toEqual(['push', 'tag']);
    await hooks?.update(made?.id ?? '', { ...input, topics: ['pull-request', 'pipeline'] });
    expect([...subject.state.hooks.values()]).toMatchObject([
      {
        token: 'a-hook-token',
        push_events: false,
        tag_push_events: false,
        merge_requests_events: true,
        note_events: true,
        pipeline_events: true,
      },
    ]);
  });

  it('show a webhook that GitLab has switched off', async () => {
    const input = { url: 'https://example.com/hook', topics: ['push'] as const };
    await subject.repository.webhooks?.create(input);
    for (const hook of subject.state.hooks.values()) hook['alert_status'] = 'temporarily_disabled';
    for await (const hook of subject.repository.webhooks?.list() ?? []) {
      expect(hook.active).toBe(false);
    }
  });
});

describe('statuses', () => {
  const set = (
    state: 'pending' | 'running' | 'success' | 'skipped',
    description = state as string,
  ) => subject.repository.statuses.set(base, { context: 'bowline/prod', state, description });
  const list = async () => {
    const found = [];
    for await (const status of subject.repository.statuses.list(base)) found.push(status);
    return found;
  };

  it('that are set again are what they are: GitLab refuses the same state', async () => {
    await set('running');
    await set('running', 'still running');
    expect(await list()).toEqual([
      { context: 'bowline/prod', state: 'running', description: 'still running' },
    ]);
  });

  it.each(['pending', 'skipped'] as const)(
    'come from running to %s, which GitLab has no way for',
    async (state) => {
      await set('running');
      await set(state);
      expect(await list()).toMatchObject([{ context: 'bowline/prod', state }]);
    },
  );

  it('begin anew after they have ended', async () => {
    await set('success');
    await set('running');
    expect(await list()).toMatchObject([{ state: 'running' }]);
  });

  it.each(lost)('are set once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    await set('success');
    expect(await list()).toMatchObject([{ state: 'success' }]);
  });

  it('are shortened, or refused where that would change their meaning', async () => {
    await set('success', 'x'.repeat(300));
    expect((await list())[0]?.description).toBe(`${'x'.repeat(254)}…`);
    const long = `https://example.com/${'x'.repeat(255)}`;
    expect(
      await code(
        subject.repository.statuses.set(base, { context: 'c', state: 'success', url: long }),
      ),
    ).toBe('PROVIDER_INVALID_ARGUMENT');
  });
});

describe('merge requests', () => {
  it.each(lost)('are opened once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const pull = await openPull();
    expect(subject.state.mergeRequests.map(({ iid }) => iid)).toEqual([pull.id]);
  });

  it('are opened by a second try when the first did nothing', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 503 } });
    await openPull();
    expect(subject.state.mergeRequests).toHaveLength(1);
  });

  it('of somebody else are not taken for the own one', async () => {
    const first = await openPull('Of somebody else');
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    await expect(openPull('Mine')).rejects.toMatchObject({
      code: 'PROVIDER_ALREADY_EXISTS',
      details: { id: first.id, webUrl: first.webUrl },
    });
  });

  it.each(lost)('get one comment when the answer is lost: %s', async (kind) => {
    const pull = await openPull();
    for (const options of [{}, { marker: 'bowline/plan' }]) {
      subject.simulator.fault({ method: 'POST', path: /notes/, fault: { kind } });
      const body = `Plan ${JSON.stringify(options)}`;
      await subject.repository.pullRequests.comment(pull.id, body, options);
    }
    const notes = subject.state.mergeRequests[0]?.notes.filter(({ system }) => !system);
    expect(notes).toHaveLength(2);
  });

  it('are not closed by what a comment quotes', async () => {
    const pull = await openPull();
    const body = 'The log:\n/close\n/merge\n  /home/app\n';
    const { id } = await subject.repository.pullRequests.comment(pull.id, body);
    const [request] = subject.state.mergeRequests;
    expect(request?.state).toBe('opened');
    expect(request?.notes.find((note) => String(note.id) === id)?.body).toBe(
      'The log:\n /close\n /merge\n  /home/app\n',
    );
  });

  it('from a fork are none of the branch of that name here', async () => {
    const from = (iid: number, source: number | null) => ({
      iid,
      title: 't',
      state: 'opened',
      source_branch: 'feature',
      target_branch: 'main',
      source_project_id: source,
      target_project_id: 4001,
      created_at: '2026-11-20T08:00:00Z',
      updated_at: '2026-11-20T08:00:00Z',
    });
    const body = JSON.stringify([from(3, 77), from(2, null), from(1, 4001)]);
    const list = async (source?: string) => {
      subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
      const ids: number[] = [];
      const filter = source === undefined ? {} : { source };
      for await (const pull of subject.repository.pullRequests.list(filter)) ids.push(pull.id);
      return ids;
    };
    expect(await list('feature')).toEqual([1]);
    expect(await list()).toEqual([3, 2, 1]);
  });

  it('are approved twice without harm, and by nobody else', async () => {
    const pull = await openPull();
    await subject.repository.pullRequests.approve(pull.id);
    await subject.repository.pullRequests.approve(pull.id);
    await subject.repository.pullRequests.unapprove(pull.id);
    const fault = { kind: 'answer', status: 401, body: '{"message":"401 Unauthorized"}' } as const;
    subject.simulator.fault({ method: 'POST', fault });
    expect(await code(subject.repository.pullRequests.approve(pull.id))).toBe('PROVIDER_FORBIDDEN');
  });

  it('that are merged cannot be declined', async () => {
    const pull = await openPull();
    await subject.repository.pullRequests.merge(pull.id);
    expect(await code(subject.repository.pullRequests.decline(pull.id))).toBe('PROVIDER_REJECTED');
  });
});
