import { readFile, writeFile } from 'node:fs/promises';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { toCdEvent } from '@bowline/gitops-notify/cdevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractCheck, exampleEvents, hasContract } from './cdevents-contract.ts';
import { hostileEvent } from './hostile-events.ts';
import { sampleEvents } from './sample-events.ts';

const source = 'https://gitops.example.com';
// To accept a change on purpose: UPDATE_GOLDEN=1 vitest run packages/notify, then biome check --write, then read the diff.
const update = process.env['UPDATE_GOLDEN'] === '1';
const samples = Object.values(sampleEvents);

describe.skipIf(!hasContract)(
  'against the official schemas (needs ../shared/contracts/cdevents)',
  () => {
    const check = hasContract ? contractCheck() : () => [];

    it('the check accepts every official example, and refuses one with a member too many', () => {
      const examples = exampleEvents();
      expect(examples).toHaveLength(29);
      for (const example of examples) {
        expect(check(example)).toEqual([]);
        expect(check({ ...(example as object), extra: 1 })).not.toEqual([]);
      }
      expect(check({ context: { type: 'dev.cdevents.service.deployed.9.9.9' } })).not.toEqual([]);
    });

    it.each(samples)('$type', (event) => {
      expect(check(toCdEvent(event, { source }))).toEqual([]);
      expect(check(toCdEvent({ ...event, causedBy: 'evt_before' }, { source }))).toEqual([]);
      const { repository: _, ...nowhere } = event;
      expect(check(toCdEvent(nowhere as GitOpsEvent, { source }))).toEqual([]);
    });

    it('whatever an event holds', () => {
      fc.assert(
        fc.property(hostileEvent, (event) => {
          const made = toCdEvent(event, { source });
          expect(check(made)).toEqual([]);
          expect(check(JSON.parse(JSON.stringify(made)))).toEqual([]);
        }),
        { numRuns: 150 },
      );
    });

    it.each(['cluster.synced', 'a', '', '1.2', 'x.y.z-w', 'é.ü'])(
      'an event of the unknown type %j, as a custom one',
      (type) => {
        const event = { ...sampleEvents['tag.created'], type } as unknown as GitOpsEvent;
        const made = toCdEvent(event, { source });
        expect(made.context.type).toMatch(/^dev\.cdeventsx\.bowline-/);
        expect(made.customData).toMatchObject({ type });
        expect(check(made)).toEqual([]);
      },
    );

    it('any source that is taken', () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), fc.string()),
          (text) => {
            let made: unknown;
            try {
              made = toCdEvent(sampleEvents['tag.created'], { source: text });
            } catch (error) {
              expect(error).toMatchObject({ code: 'NOTIFY_INVALID_ARGUMENT' });
              return;
            }
            expect(check(made)).toEqual([]);
          },
        ),
        { numRuns: 300 },
      );
    });
  },
);

describe('golden', () => {
  it.each(samples)('renders $type as its golden file says', async (event) => {
    const file = new URL(`./golden/cdevents/${event.type}.json`, import.meta.url);
    const made = toCdEvent({ ...event, causedBy: 'evt_push' }, { source });
    if (update) await writeFile(file, `${JSON.stringify(made, null, 2)}\n`);
    expect(JSON.parse(JSON.stringify(made))).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});

describe('toCdEvent', () => {
  it('shows no secret and stays below 64 KiB, whatever an event holds', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const json = JSON.stringify(toCdEvent(event, { source }));
        expect(json).not.toContain('canary');
        expect(Buffer.byteLength(json)).toBeLessThan(64 * 1024);
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same event the same CDEvent, and another one another id', () => {
    for (const event of samples) {
      const copy = JSON.parse(JSON.stringify(event)) as GitOpsEvent;
      expect(toCdEvent(copy, { source })).toEqual(toCdEvent(event, { source }));
      expect(toCdEvent(event, { source }).context.id).toBe(event.id);
    }
  });

  it('chains a pull request from its opening to its merge, and a commit from its push to its deployment', () => {
    const chain = (type: keyof typeof sampleEvents) =>
      toCdEvent(sampleEvents[type], { source }).context.chainId;
    const change = new Set(
      (
        [
          'pull-request.created',
          'pull-request.updated',
          'pull-request.reviewed',
          'pull-request.merged',
          'promotion.proposed',
          'promotion.merged',
          'pull-request.closed',
          'job.failed',
        ] as const
      ).map(chain),
    );
    const commit = new Set(
      (
        [
          'push.received',
          'commit.reported',
          'pipeline.queued',
          'task.finished',
          'sync.failed',
          'deployment.succeeded',
        ] as const
      ).map(chain),
    );
    expect(change.size).toBe(1);
    expect(commit.size).toBe(1);
    expect(
      new Set([...change, ...commit, chain('tag.created'), chain('environment.created')]).size,
    ).toBe(4);
    // Written down, so that no version changes what receivers have stored.
    expect([...change, ...commit]).toEqual([
      'af14dbc5-134e-8720-8582-dfc7cfc04799',
      '50c762c3-4657-8c34-a048-04903e221aed',
    ]);
    const merged = sampleEvents['promotion.merged'];
    const elsewhere = { ...merged, repository: { fullName: 'acme/other' } };
    expect(change).not.toContain(toCdEvent(elsewhere, { source }).context.chainId);
    const upper = { ...merged, repository: { fullName: 'Acme/GitOps-K8s' } };
    expect(change).toContain(toCdEvent(upper, { source }).context.chainId);
    // The next promotion of the same workload comes from a branch of the same name.
    const pullRequest = { ...merged.data.pullRequest, id: 13 };
    const next = { ...merged, data: { ...merged.data, pullRequest } };
    expect(change).not.toContain(toCdEvent(next, { source }).context.chainId);
    expect(chain('branch.created')).toBe(chain('image.updated'));
  });

  it('knows an upgrade by the image before', () => {
    const event = sampleEvents['deployment.succeeded'];
    const { previousImage: _, ...first } = event.data;
    expect(toCdEvent(event, { source }).context.type).toBe('dev.cdevents.service.upgraded.0.3.0');
    expect(toCdEvent({ ...event, data: first }, { source }).context.type).toBe(
      'dev.cdevents.service.deployed.0.3.0',
    );
  });

  it('names a run whose address it does not know', () => {
    const event = sampleEvents['pipeline.started'];
    const { url: _, ...data } = event.data;
    const { content } = toCdEvent({ ...event, data }, { source }).subject;
    expect(content['uri']).toMatch(/^urn:bowline:run:[0-9a-f-]{36}$/);
  });

  it.each([
    ['', 'NOTIFY_INVALID_ARGUMENT'],
    ['with space', 'NOTIFY_INVALID_ARGUMENT'],
    ['a%zz', 'NOTIFY_INVALID_ARGUMENT'],
    ['1a:b', 'NOTIFY_INVALID_ARGUMENT'],
    ['x\r\nce-type: y', 'NOTIFY_INVALID_ARGUMENT'],
    ['/'.repeat(513), 'NOTIFY_INVALID_ARGUMENT'],
  ])('refuses the source %j', (wrong, code) => {
    expect(() => toCdEvent(sampleEvents['tag.created'], { source: wrong })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each(['', 'yesterday', '+275760-09-13T00:00:00.000Z'])('refuses the time %j', (time) => {
    expect(() => toCdEvent({ ...sampleEvents['tag.created'], time }, { source })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_EVENT' }),
    );
  });

  it.each([{ id: 'a.b' }, { causedBy: 'a b' }])('refuses the id of %o', (wrong) => {
    expect(() => toCdEvent({ ...sampleEvents['tag.created'], ...wrong }, { source })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_EVENT' }),
    );
  });
});
