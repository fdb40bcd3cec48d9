import {
  createEvent,
  type EventInput,
  type EventOutcome,
  type EventType,
} from '@bowline/gitops-notify';
import { renderEmail } from '@bowline/gitops-notify/email';
import { describe, expect, it } from 'vitest';

const actor = { name: 'ci' };
const run = { name: 'build', runId: '1' };

function lines(type: EventType, data: EventInput<EventType>['data']): readonly string[] {
  return renderEmail(createEvent(type, { actor, data }), 'example.com').text.split('\n');
}

describe('the severity of an event', () => {
  it.each([
    ['success', 'success', 'Pipeline succeeded'],
    ['failure', 'error', 'Pipeline failed'],
    ['error', 'error', 'Pipeline broke'],
    ['cancelled', 'warning', 'Pipeline cancelled'],
    ['of a newer version', 'info', 'Pipeline ended'],
    ['constructor', 'info', 'Pipeline ended'],
  ])('of a run that ended with %s is %s', (outcome, severity, title) => {
    const data = { ...run, outcome: outcome as EventOutcome };
    expect(createEvent('pipeline.finished', { actor, data }).severity).toBe(severity);
    expect(
      createEvent('task.finished', { actor, data: { ...data, taskId: '1', pipeline: run } }),
    ).toMatchObject({ severity });
    expect(lines('pipeline.finished', data)[0]).toBe(title);
  });

  it('is what its maker says, when he says it', () => {
    const data = { ...run, outcome: 'failure' as const };
    const event = createEvent('pipeline.finished', { actor, data, severity: 'warning' });
    expect(event.severity).toBe('warning');
  });
});

describe('an event that another one led to', () => {
  it('names it by its id', () => {
    const event = createEvent('pipeline.started', { actor, data: run, causedBy: 'evt_push' });
    expect(event.causedBy).toBe('evt_push');
    expect(createEvent('pipeline.started', { actor, data: run })).not.toHaveProperty('causedBy');
    expect(() => createEvent('pipeline.started', { actor, data: run, causedBy: 'a.b' })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_EVENT' }),
    );
  });
});

describe('what people read', () => {
  it.each([
    [0, '0 ms'],
    [499, '499 ms'],
    [1_499, '1 s'],
    [59_999, '1 min'],
    [192_400, '3 min 12 s'],
    [3_600_000, '1 h'],
    [90_061_000, '25 h 1 min 1 s'],
  ])('%d ms as %s', (durationMs, text) => {
    expect(lines('pipeline.finished', { ...run, outcome: 'success', durationMs })).toContain(
      `Duration: ${text}`,
    );
  });

  it('counts what a sync did', () => {
    const none = { created: 0, updated: 0, deleted: 0, failed: 0, unchanged: 0 };
    expect(lines('sync.succeeded', { name: 'apps', counts: none })).toContain('Objects: none');
    expect(
      lines('sync.succeeded', { name: 'apps', counts: { ...none, created: 2, unchanged: 7 } }),
    ).toContain('Objects: 2 created, 7 unchanged');
  });

  it('a pull request without title and a service that is new', () => {
    const pullRequest = { id: 7, source: 'a', destination: 'b' };
    expect(lines('pull-request.updated', { pullRequest })).toContain('Pull request: #7');
    const data = { service: 'web', environment: 'prod', image: 'web:2' };
    expect(lines('deployment.succeeded', data)[0]).toBe('Service deployed');
    expect(lines('deployment.succeeded', { ...data, previousImage: 'web:1' })[0]).toBe(
      'Service upgraded',
    );
  });
});
