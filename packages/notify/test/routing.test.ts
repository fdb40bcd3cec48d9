import {
  type Channel,
  createEvent,
  createRouteMemory,
  type DispatchOptions,
  dispatch,
  type EventSync,
  type GitOpsEvent,
  NotifyError,
  type RouteRule,
  routeChannel,
} from '@bowline/gitops-notify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleEvents } from './sample-events.ts';

const actor = { name: 'agent' };
const repository = { fullName: 'Acme/Shop' };
const once: DispatchOptions = { attempts: 1 };

function failed(name: string, code = 'GIT_TIMEOUT'): GitOpsEvent {
  const error = { name: 'GitError', code, message: 'It failed.', retryable: true };
  return createEvent('sync.failed', { actor, repository, data: { name, error } });
}
function succeeded(name: string): GitOpsEvent {
  return createEvent('sync.succeeded', { actor, repository, data: { name } });
}

/** A channel that fails with what is put into `failure`, and the types of what it got. */
function recorder(name = 'list') {
  const got: string[] = [];
  const state: { failure?: unknown } = {};
  const channel: Channel = {
    name,
    async deliver({ type }) {
      if (state.failure !== undefined) throw state.failure;
      got.push(type);
    },
  };
  return { channel, got, state };
}

describe('what a rule lets through', () => {
  const types = (rule: RouteRule) => {
    const { channel } = recorder();
    const routed = routeChannel(channel, rule, { memory: createRouteMemory() });
    return Object.values(sampleEvents)
      .filter((event) => routed.accepts?.(event))
      .map(({ type }) => type);
  };
  const all = Object.keys(sampleEvents).length;

  it('everything, when it says nothing', () => {
    expect(types({})).toHaveLength(all);
    expect(types({ events: ['*'], severity: 'info', repositories: ['*'] })).toHaveLength(all);
  });

  it('types by pattern', () => {
    expect(types({ events: ['promotion.*'] })).toEqual(['promotion.proposed', 'promotion.merged']);
    expect(types({ events: ['*.failed', 'tag.created'] })).toEqual([
      'tag.created',
      'job.failed',
      'deployment.failed',
      'sync.failed',
    ]);
    expect(types({ events: ['p*r*st.m*d'] })).toEqual(['pull-request.merged']);
  });

  it('what is at least as severe', () => {
    expect(types({ severity: 'error' })).toEqual([
      'job.failed',
      'deployment.failed',
      'sync.failed',
      'pipeline.finished',
    ]);
    expect(types({ severity: 'warning' })).toContain('sync.drifted');
    expect(types({ severity: 'warning' })).not.toContain('sync.succeeded');
    expect(types({ severity: 'success' })).toContain('sync.succeeded');
  });

  it.each([
    [['acme/*'], true],
    [['ACME/GitOps-K8s'], true],
    [['other/*', 'acme/gitops*'], true],
    [['*/gitops-k8s'], true],
    [['acme'], false],
    [['acme/*-other'], false],
    [['acme/gitops-k8s*k8s'], false],
  ])('the repositories %j: %s', (repositories, passes) => {
    expect(types({ repositories })).toHaveLength(passes ? all : 0);
  });

  it('an event of no repository only where no repository is asked for', () => {
    const { repository: _, ...nowhere } = sampleEvents['tag.created'];
    const accepts = (rule: RouteRule) =>
      routeChannel(recorder().channel, rule, { memory: createRouteMemory() }).accepts?.(
        nowhere as GitOpsEvent,
      );
    expect(accepts({ repositories: ['*'] })).toBe(false);
    expect(accepts({})).toBe(true);
  });

  it('nothing that the channel itself does not want', () => {
    const channel: Channel = {
      ...recorder().channel,
      accepts: ({ type }) => type === 'tag.created',
    };
    const routed = routeChannel(channel, {}, { memory: createRouteMemory() });
    expect(routed.accepts?.(sampleEvents['tag.created'])).toBe(true);
    expect(routed.accepts?.(sampleEvents['tag.deleted'])).toBe(false);
  });

  it.each([
    { events: ['promotions.*'] },
    { events: [] },
    { events: [''] },
    { repositories: [] },
    { repositories: ['a'.repeat(257)] },
    { repositories: Array<string>(101).fill('a') },
    { severity: 'fatal' as 'error' },
    { repeat: -1 },
    { repeat: Number.NaN },
    { repeat: Number.POSITIVE_INFINITY },
  ])('refuses %o', (rule) => {
    const { channel } = recorder('teams');
    expect(() => routeChannel(channel, rule, { memory: createRouteMemory() })).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.stringContaining('"teams"'),
      }),
    );
  });
});

type Step =
  | { readonly kind: 'failed'; readonly subject: number; readonly code: number }
  | { readonly kind: 'succeeded'; readonly subject: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'restart' };
type Run = { readonly step: Step; readonly arrives: boolean };

const REPEAT = 1_000;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('failed' as const),
      subject: fc.nat(2),
      code: fc.nat(1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('succeeded' as const), subject: fc.nat(2) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
);

describe('repeats and recoveries', () => {
  it('follow the model, also over restarts and failed deliveries', async () => {
    const runs = fc.array(fc.record({ step, arrives: fc.boolean() }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(runs, async (steps: readonly Run[]) => {
        let now = 1_000_000;
        let memory = createRouteMemory();
        // For each subject: when each problem is known to have arrived (0: sent, but perhaps lost).
        const model = [
          new Map<number, number>(),
          new Map<number, number>(),
          new Map<number, number>(),
        ];
        for (const { step: one, arrives } of steps) {
          if (one.kind === 'wait') now += one.ms;
          if (one.kind === 'restart')
            memory = createRouteMemory({ restore: JSON.parse(JSON.stringify(memory.snapshot())) });
          if (one.kind === 'wait' || one.kind === 'restart') continue;
          const { channel, state } = recorder();
          const fresh = createRouteMemory({ restore: memory.snapshot() });
          const rule: RouteRule = { severity: 'error', repeat: REPEAT };
          const routed = routeChannel(channel, rule, { memory: fresh, now: () => now });
          memory = fresh;
          if (!arrives) state.failure = new NotifyError('NOTIFY_REJECTED', 'No.');
          const name = `apps-${one.subject}`;
          const open = model[one.subject] ?? new Map<number, number>();
          const event = one.kind === 'failed' ? failed(name, `CODE_${one.code}`) : succeeded(name);
          const [result] = await dispatch(event, [routed], once);
          if (one.kind === 'failed') {
            const toldAt = open.get(one.code) ?? 0;
            const due = toldAt === 0 || now - toldAt >= REPEAT;
            expect(result?.status).toBe(due ? (arrives ? 'delivered' : 'failed') : 'skipped');
            if (due) open.set(one.code, arrives ? now : toldAt);
          } else {
            const owed = open.size > 0;
            expect(result?.status).toBe(owed ? (arrives ? 'delivered' : 'failed') : 'skipped');
            if (arrives) open.clear();
            // It may have arrived all the same, so what comes again is no repeat.
            else for (const code of open.keys()) open.set(code, 0);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('never lose a first failure, however few are remembered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat(9), { maxLength: 40 }),
        async (limit, subjects) => {
          const { channel } = recorder();
          const memory = createRouteMemory({ limit });
          const routed = routeChannel(channel, { repeat: REPEAT }, { memory, now: () => 5 });
          const seen = new Set<number>();
          for (const subject of subjects) {
            const [result] = await dispatch(failed(`apps-${subject}`), [routed], once);
            if (!seen.has(subject)) expect(result?.status).toBe('delivered');
            seen.add(subject);
            expect(memory.snapshot().subjects.length).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('a recovery passes although its type is not asked for, once', async () => {
    const { channel, got } = recorder();
    const rule = { events: ['sync.failed'], repositories: ['acme/*'] };
    const routed = routeChannel(channel, rule, { memory: createRouteMemory() });
    for (const event of [
      succeeded('a'),
      failed('a'),
      succeeded('b'),
      succeeded('a'),
      succeeded('a'),
    ])
      await dispatch(event, [routed], once);
    expect(got).toEqual(['sync.failed', 'sync.succeeded']);
  });

  it('a recovery passes while its failure is still on the way', async () => {
    const gate = Promise.withResolvers<void>();
    const got: string[] = [];
    const channel: Channel = {
      name: 'slow',
      async deliver({ type }) {
        if (type === 'sync.failed') await gate.promise;
        got.push(type);
      },
    };
    const memory = createRouteMemory();
    const routed = routeChannel(channel, { severity: 'error' }, { memory });
    const failure = dispatch(failed('a'), [routed], once);
    expect(await dispatch(succeeded('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    gate.resolve();
    await failure;
    // The failure arrived after the recovery, so that another recovery is owed.
    expect(await dispatch(succeeded('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(await dispatch(succeeded('a'), [routed], once)).toMatchObject([{ status: 'skipped' }]);
    expect(got).toEqual(['sync.succeeded', 'sync.failed', 'sync.succeeded']);
  });

  it('a recovery does not end what failed again while it was on the way', async () => {
    const gate = Promise.withResolvers<void>();
    const channel: Channel = {
      name: 'slow',
      async deliver({ type }) {
        if (type === 'sync.succeeded') await gate.promise;
      },
    };
    const memory = createRouteMemory();
    const routed = routeChannel(channel, { severity: 'error' }, { memory });
    await dispatch(failed('a'), [routed], once);
    const recovery = dispatch(succeeded('a'), [routed], once);
    await dispatch(failed('a'), [routed], once);
    gate.resolve();
    expect(await recovery).toMatchObject([{ status: 'delivered' }]);
    expect(await dispatch(succeeded('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(memory.snapshot().subjects).toEqual([]);
  });

  it('a failure that comes again while its recovery is on the way is no repeat', async () => {
    const gate = Promise.withResolvers<void>();
    const got: string[] = [];
    const channel: Channel = {
      name: 'slow',
      async deliver({ type }) {
        if (type === 'sync.succeeded') await gate.promise;
        got.push(type);
      },
    };
    const routed = routeChannel(channel, { repeat: REPEAT }, { memory: createRouteMemory() });
    await dispatch(failed('a'), [routed], once);
    const recovery = dispatch(succeeded('a'), [routed], once);
    expect(await dispatch(failed('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    gate.resolve();
    await recovery;
    // The recovery was read last, so the failure is told once more.
    expect(await dispatch(failed('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(await dispatch(failed('a'), [routed], once)).toMatchObject([{ status: 'skipped' }]);
    expect(got).toEqual(['sync.failed', 'sync.failed', 'sync.succeeded', 'sync.failed']);
  });

  it('a recovery that arrives with its second attempt does not end what failed in between', async () => {
    const { channel, state } = recorder();
    const memory = createRouteMemory();
    const routed = routeChannel(channel, { severity: 'error' }, { memory });
    await dispatch(failed('a', 'FIRST'), [routed], once);
    state.failure = new NotifyError('NOTIFY_UNAVAILABLE', 'No.');
    const sleep = async () => {
      delete state.failure;
      await dispatch(failed('a', 'SECOND'), [routed], once);
    };
    expect(await dispatch(succeeded('a'), [routed], { attempts: 2, sleep })).toMatchObject([
      { status: 'delivered', attempts: 2 },
    ]);
    expect(memory.snapshot().subjects).toMatchObject([
      { problems: [{ problem: expect.stringMatching(/ SECOND$/) }] },
    ]);
    expect(await dispatch(succeeded('a'), [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(memory.snapshot().subjects).toEqual([]);
  });

  it('a clock that was set back silences nothing', async () => {
    let now = 10_000;
    const { channel, got } = recorder();
    const options = { memory: createRouteMemory(), now: () => now };
    const routed = routeChannel(channel, { repeat: REPEAT }, options);
    await dispatch(failed('a'), [routed], once);
    now = 0;
    await dispatch(failed('a'), [routed], once);
    expect(got).toHaveLength(2);
  });

  it('other objects of a sync are another problem', async () => {
    const { channel, got } = recorder();
    const routed = routeChannel(channel, { repeat: REPEAT }, { memory: createRouteMemory() });
    const drifted = (...objects: string[]) => {
      const data: EventSync = { name: 'apps', objects };
      return createEvent('sync.drifted', { actor, data });
    };
    for (const event of [drifted('a', 'b'), drifted('b', 'a'), drifted('c')])
      await dispatch(event, [routed], once);
    expect(got).toHaveLength(2);
  });
});
