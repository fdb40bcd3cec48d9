import { describe, expect, it } from 'vitest';
import { createEvent } from '../create-event.ts';
import { fitMessage, type ShownEvent } from './fit-message.ts';

const actor = { name: 'Ada Lovelace', url: 'https://ci.example.com/runs/214' };

function topics(list: readonly string[]) {
  return createEvent('webhook.changed', {
    actor,
    data: { action: 'created', url: 'https://ci.example.com/', topics: list },
  });
}

function images(count: number, file = 'web.yaml') {
  return createEvent('image.updated', {
    actor,
    data: {
      branch: 'prod',
      image: 'web:2',
      commit: { sha: 'c0ffee' },
      changes: Array.from({ length: count }, () => ({ file, before: 'web:1', after: 'web:2' })),
    },
  });
}

function shown(event: ReturnType<typeof topics | typeof images>, fits = (_: ShownEvent) => true) {
  return fitMessage(event, { render: (one) => one, fits });
}

function topicsOf(event: ReturnType<typeof topics>, fits?: (message: ShownEvent) => boolean) {
  return shown(event, fits).facts.find(({ title }) => title === 'Topics')?.value;
}

describe('fitMessage', () => {
  it('shows as much as may be of an event of common size', () => {
    expect(shown(images(2))).toMatchObject({
      title: 'Image updated',
      changesTitle: 'Changes',
      changes: ['web.yaml: web:1 → 2', 'web.yaml: web:1 → 2'],
      more: undefined,
      links: [{ title: 'Trigger', url: 'https://ci.example.com/runs/214' }],
    });
  });

  it('shows less until the message fits, and counts what is left out each time', () => {
    const tried: ShownEvent[] = [];
    const last = shown(images(40, 'x'.repeat(500)), (message) => {
      tried.push(message);
      return false;
    });
    expect([...tried, last].map(({ changes, more }) => [changes.length, more])).toEqual([
      [10, '… and 30 more'],
      [5, '… and 35 more'],
      [3, '… and 37 more'],
      [0, '40 in all'],
      [0, '40 in all'],
    ]);
    expect(tried.map(({ changes: [first] }) => first?.length)).toEqual([300, 200, 100, undefined]);
    expect(last.links).toEqual([]);
  });

  it.each([
    [['push'], 'push'],
    [['push', 'tag', ''], 'push, tag, '],
    [Array.from({ length: 300 }, () => 'a'), `${'a, '.repeat(50)}… and 250 more`],
    [['x'.repeat(500), 'push'], `${'x'.repeat(149)}…, push`],
  ])('cuts the list %# between its items', (list, value) => {
    expect(topicsOf(topics(list))).toBe(value);
  });

  it('shows one item of a list and the count also where there is no room', () => {
    const list = Array.from({ length: 1_000 }, () => 'x'.repeat(500));
    expect(topicsOf(topics(list), () => false)).toBe(`${'x'.repeat(29)}…, … and 999 more`);
  });

  it('leaves no text empty, and out what cannot be opened', () => {
    const event = {
      ...images(1, ''),
      actor: { name: '\u200b', url: 'javascript:alert(1)' },
      links: [{ title: '\u0007', url: 'https://ok.example/' }],
    };
    expect(shown(event)).toMatchObject({
      facts: expect.arrayContaining([{ title: 'Triggered By', value: '–' }]),
      links: [{ title: 'Open', url: 'https://ok.example/' }],
    });
  });
});
