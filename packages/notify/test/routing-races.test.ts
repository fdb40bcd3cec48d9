import {
  type Channel,
  createEvent,
  createRouteMemory,
  dispatch,
  type GitOpsEvent,
  NotifyError,
  routeChannel,
} from '@bowline/gitops-notify';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const actor = { name: 'agent' };
const NEVER = 1_000_000_000;

/** What is true of the sync: a problem, or that it works. */
type State = 'FIRST' | 'SECOND' | 'works';

function eventOf(state: State): GitOpsEvent {
  if (state === 'works') return createEvent('sync.succeeded', { actor, data: { name: 'apps' } });
  const error = { name: 'GitError', code: state, message: 'It failed.', retryable: true };
  return createEvent('sync.failed', { actor, data: { name: 'apps', error } });
}

function stateOf(event: GitOpsEvent): State {
  return event.type === 'sync.failed' ? (event.data.error.code as State) : 'works';
}

/** What a receiver makes of an attempt: `late` shows it and answers with an error. */
type Fate = 'arrives' | 'lost' | 'late';

const reports = fc.array(
  fc.record({
    state: fc.constantFrom<State>('FIRST', 'SECOND', 'works'),
    fates: fc.array(fc.constantFrom<Fate>('arrives', 'lost', 'late'), {
      minLength: 2,
      maxLength: 2,
    }),
  }),
  { minLength: 1, maxLength: 8 },
);

describe('deliveries that overtake one another', () => {
  it('leave a reader with the truth, once it is reported again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), reports, async (scheduler, list) => {
        const shown: State[] = [];
        const fates = new Map<string, readonly Fate[]>();
        const channel: Channel = {
          name: 'list',
          async deliver(event, { attempt }) {
            const fate = fates.get(event.id)?.[attempt - 1] ?? 'arrives';
            if (fates.has(event.id)) await scheduler.schedule(Promise.resolve());
            if (fate !== 'lost') shown.push(stateOf(event));
            if (fate !== 'arrives') throw new NotifyError('NOTIFY_UNAVAILABLE', 'No.');
          },
        };
        const routed = routeChannel(
          channel,
          { severity: 'error', repeat: NEVER },
          { memory: createRouteMemory(), now: () => 5 },
        );
        const sent = list.map(({ state, fates: own }) => {
          const event = eventOf(state);
          fates.set(event.id, own);
          return scheduler.schedule(Promise.resolve()).then(() => event);
        });
        // The events happen one after another; how long each takes to arrive is open.
        const running: Promise<unknown>[] = [];
        const happen = (async () => {
          for (const next of sent) {
            const event = await next;
            const sleep = () => scheduler.schedule(Promise.resolve());
            running.push(dispatch(event, [routed], { attempts: 2, sleep }));
          }
        })();
        await scheduler.waitFor(happen.then(() => Promise.all(running)));

        const truth = list.at(-1)?.state ?? 'works';
        await dispatch(eventOf(truth), [routed], { attempts: 1 });
        const sinceRecovery = shown.slice(shown.lastIndexOf('works') + 1);
        if (truth === 'works') expect(sinceRecovery).toEqual([]);
        else expect(sinceRecovery).toContain(truth);
      }),
      { numRuns: 500 },
    );
  });

  it('owe another recovery for a failure that arrived after the first one, and seemed to fail', async () => {
    const gate = Promise.withResolvers<void>();
    const channel: Channel = {
      name: 'list',
      async deliver({ type }) {
        if (type !== 'sync.failed') return;
        await gate.promise;
        throw new NotifyError('NOTIFY_UNAVAILABLE', 'No.');
      },
    };
    const routed = routeChannel(channel, { severity: 'error' }, { memory: createRouteMemory() });
    const send = (state: State) => dispatch(eventOf(state), [routed], { attempts: 1 });
    const failure = send('FIRST');
    expect(await send('works')).toMatchObject([{ status: 'delivered' }]);
    gate.resolve();
    expect(await failure).toMatchObject([{ status: 'failed' }]);
    expect(await send('works')).toMatchObject([{ status: 'delivered' }]);
    expect(await send('works')).toMatchObject([{ status: 'skipped' }]);
  });
});
