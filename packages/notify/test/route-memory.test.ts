import {
  type Channel,
  createEvent,
  createRouteMemory,
  dispatch,
  type EventJob,
  type EventType,
  type GitOpsEvent,
  NotifyError,
  type NotifyErrorCode,
  routeChannel,
} from '@bowline/gitops-notify';
import { webhookChannel } from '@bowline/gitops-notify/webhook';
import { describe, expect, it } from 'vitest';
import { startReceiver, statuses } from './receiver.ts';
import { sampleEvents } from './sample-events.ts';

const once = { attempts: 1 };
const event = sampleEvents['deployment.failed'];
const quiet: Channel = { name: 'quiet', deliver: async () => {} };

describe('a channel whose receiver is gone', () => {
  it.each([404, 410])('is switched off by %d: one failed result, then skipped', async (status) => {
    const receiver = await startReceiver(statuses(status));
    const memory = createRouteMemory();
    const channel = webhookChannel({ url: receiver.url, allowPrivateAddresses: true });
    const routed = routeChannel(channel, {}, { memory });
    expect(memory.switchedOff()).toEqual([]);
    expect(await dispatch(event, [routed])).toMatchObject([
      { status: 'failed', attempts: 1, permanent: true },
    ]);
    const recovery = sampleEvents['deployment.succeeded'];
    for (const next of [event, recovery])
      expect(await dispatch(next, [routed])).toMatchObject([{ status: 'skipped', attempts: 0 }]);
    expect(receiver.received).toHaveLength(1);
    expect(memory.switchedOff()).toMatchObject([
      { channel: 'webhook', error: { code: 'NOTIFY_CHANNEL_GONE' } },
    ]);
    // After a restart, perhaps with another address, it is tried again.
    const next = createRouteMemory({ restore: memory.snapshot() });
    expect(next.switchedOff()).toEqual([]);
  });

  it.each(['NOTIFY_REJECTED', 'NOTIFY_UNAVAILABLE'] as const)(
    'stays on after %s',
    async (code: NotifyErrorCode) => {
      const memory = createRouteMemory();
      const channel: Channel = {
        name: 'failing',
        deliver: async () => {
          throw new NotifyError(code, 'No.');
        },
      };
      const routed = routeChannel(channel, {}, { memory });
      for (let run = 0; run < 2; run += 1)
        expect(await dispatch(event, [routed], once)).toMatchObject([{ status: 'failed' }]);
      expect(memory.switchedOff()).toEqual([]);
    },
  );
});

describe('createRouteMemory', () => {
  it('serves several channels without mixing them up', async () => {
    const memory = createRouteMemory();
    const one = routeChannel({ ...quiet, name: 'one' }, { repeat: 60_000 }, { memory });
    const two = routeChannel({ ...quiet, name: 'two' }, { repeat: 60_000 }, { memory });
    expect(await dispatch(event, [one], once)).toMatchObject([{ status: 'delivered' }]);
    expect(await dispatch(event, [one, two], once)).toMatchObject([
      { status: 'skipped' },
      { status: 'delivered' },
    ]);
  });

  it('refuses another channel of the same name, since it would silence the first', () => {
    const memory = createRouteMemory();
    routeChannel(quiet, { events: ['job.*'] }, { memory });
    expect(() => routeChannel(quiet, { events: ['sync.*'] }, { memory })).not.toThrow();
    expect(() => routeChannel({ ...quiet }, {}, { memory })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_ARGUMENT' }),
    );
    expect(() =>
      routeChannel({ ...quiet }, {}, { memory: createRouteMemory({ restore: memory.snapshot() }) }),
    ).not.toThrow();
  });

  it('refuses a memory of another make', () => {
    const memory = { ...createRouteMemory() };
    expect(() => routeChannel(quiet, {}, { memory })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_ARGUMENT' }),
    );
  });

  it('keeps digests, names of channels and times, and nothing of what an event says', async () => {
    const memory = createRouteMemory();
    const routed = routeChannel(quiet, {}, { memory, now: () => 42 });
    await dispatch(event, [routed], once);
    expect(memory.snapshot()).toEqual({
      version: 1,
      subjects: [
        {
          channel: 'quiet',
          // Written down, so that no version forgets what another one has stored.
          subject: '55d08fbb-c25d-88cc-9af6-13a586eebd96',
          problems: [{ problem: 'deployment.failed RECONCILE_TIMEOUT', toldAt: 42 }],
        },
      ],
    });
  });

  it('remembers at most 16 problems of one subject', async () => {
    const memory = createRouteMemory();
    const routed = routeChannel(quiet, {}, { memory });
    for (let number = 0; number < 40; number += 1) {
      const error = { ...event.data.error, code: `CODE_${number}` };
      await dispatch({ ...event, data: { ...event.data, error } }, [routed], once);
    }
    expect(memory.snapshot().subjects[0]?.problems).toHaveLength(16);
  });

  it.each([
    null,
    'text',
    {},
    { version: 2, subjects: [] },
    { version: 1, subjects: [{}] },
    { version: 1, subjects: [{ channel: 'a', subject: 'b', problems: [{}] }] },
    {
      version: 1,
      subjects: [{ channel: 'a', subject: 'b', problems: [{ problem: 'c', toldAt: '1' }] }],
    },
    { version: 1, subjects: [{ channel: 'a'.repeat(2000), subject: 'b', problems: [] }] },
  ])('refuses the snapshot %j', (restore) => {
    expect(() => createRouteMemory({ restore })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_ARGUMENT' }),
    );
  });

  it.each([0, 1.5, 1_000_001, Number.NaN])('refuses the limit %d', (limit) => {
    expect(() => createRouteMemory({ limit })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_ARGUMENT' }),
    );
  });
});

describe('which success ends which failure', () => {
  const failedJob = (job: EventJob, subject?: string): GitOpsEvent => {
    const { error } = event.data;
    return { ...sampleEvents['job.failed'], data: { job, subject, error } };
  };
  const failedTask = {
    ...sampleEvents['task.finished'],
    data: { ...sampleEvents['task.finished'].data, outcome: 'error' as const },
  };
  const passedPipeline = {
    ...sampleEvents['pipeline.finished'],
    data: { ...sampleEvents['pipeline.finished'].data, outcome: 'success' as const, runId: '215' },
  };

  it.each<[string, GitOpsEvent, GitOpsEvent]>([
    ['create-branch', failedJob('create-branch', 'shop/web_2.1.0'), sampleEvents['branch.created']],
    [
      'set-image',
      failedJob('set-image', 'shop/web_deployment.yaml on shop/web_2.1.0'),
      sampleEvents['image.updated'],
    ],
    [
      'pull-request',
      failedJob('pull-request', 'shop/web_2.1.0 to prod'),
      sampleEvents['pull-request.created'],
    ],
    ...[
      'https://bitbucket.org/acme/gitops-k8s/pull-requests/12',
      'https://bitbucket.org/acme/gitops-k8s/pull-requests/12/diff#chg-a',
      'https://github.com/acme/gitops-k8s/pull/12/files',
      'https://gitea.example.com/acme/gitops-k8s/pulls/12/',
      'local:acme/gitops-k8s#pull/12',
      'https://gitlab.com/acme/gitops-k8s/-/merge_requests/12?tab=notes',
    ].map((address): [string, GitOpsEvent, GitOpsEvent] => [
      `merge of ${address}`,
      failedJob('merge', address),
      sampleEvents['pull-request.merged'],
    ]),
    ['k8s-pr', sampleEvents['job.failed'], sampleEvents['promotion.merged']],
    [
      'k8s-pr by subject',
      failedJob('k8s-pr', 'shop/web in prod'),
      sampleEvents['promotion.proposed'],
    ],
    ['tag', failedJob('tag', 'v2.1.0'), sampleEvents['tag.created']],
    ['webhook', failedJob('webhook'), sampleEvents['webhook.changed']],
    ['deployment', event, sampleEvents['deployment.succeeded']],
    ['deployment, rolled back', event, sampleEvents['deployment.rolled-back']],
    ['deployment, removed', event, sampleEvents['deployment.removed']],
    ['sync', sampleEvents['sync.failed'], sampleEvents['sync.succeeded']],
    ['drift', sampleEvents['sync.drifted'], sampleEvents['sync.succeeded']],
    ['pipeline', sampleEvents['pipeline.finished'], passedPipeline],
    ['task', failedTask, sampleEvents['task.finished']],
  ])('%s', async (_, failure, success) => {
    const memory = createRouteMemory();
    const routed = routeChannel(quiet, { events: [failure.type] }, { memory });
    expect(await dispatch(failure, [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(memory.snapshot().subjects).toHaveLength(1);
    const elsewhere = { ...success, repository: { fullName: 'acme/elsewhere' } } as GitOpsEvent;
    if (success.type !== failure.type) expect(routed.accepts?.(elsewhere)).toBe(false);
    expect(await dispatch(success, [routed], once)).toMatchObject([{ status: 'delivered' }]);
    expect(memory.snapshot().subjects).toEqual([]);
  });

  it('a cancelled run ends nothing and is no failure', async () => {
    const memory = createRouteMemory();
    const routed = routeChannel(quiet, {}, { memory });
    const cancelled = createEvent('pipeline.finished', {
      actor: { name: 'ci' },
      data: { name: 'build', runId: '1', outcome: 'cancelled' },
    });
    expect(cancelled.severity).toBe('warning');
    await dispatch(cancelled, [routed], once);
    expect(memory.snapshot().subjects).toEqual([]);
  });

  it('no other type of event reports or ends a failure', async () => {
    const telling = new Set<EventType>();
    for (const one of Object.values(sampleEvents)) {
      const memory = createRouteMemory();
      await dispatch(one, [routeChannel(quiet, {}, { memory })], once);
      if (memory.snapshot().subjects.length > 0) telling.add(one.type);
    }
    expect([...telling].sort()).toEqual([
      'deployment.failed',
      'job.failed',
      'pipeline.finished',
      'sync.drifted',
      'sync.failed',
    ]);
  });
});
