import type { GitOpsEvent } from '@bowline/gitops-notify';
import { renderAdaptiveCard, renderMessageCard } from '@bowline/gitops-notify/teams';
import { renderWebhookBody } from '@bowline/gitops-notify/webhook';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKeys, hostileEvent, poison } from './hostile-events.ts';
import { sampleEvents } from './sample-events.ts';

const CARD_LIMIT = 20 * 1024;
const BODY_LIMIT = 256 * 1024;
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

function values(message: unknown, key: string): string[] {
  if (typeof message !== 'object' || message === null) return [];
  return Object.entries(message).flatMap(([name, item]) =>
    name === key && typeof item === 'string' ? [item] : values(item, key),
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const forbidden = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

describe('whatever an event holds', () => {
  it('a card is small, shows no secret, mentions nobody and links only to the web', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const message = renderAdaptiveCard(event);
        const json = JSON.stringify(message);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(CARD_LIMIT);
        expect(json).not.toContain('canary');
        for (const text of strings(message)) {
          expect(text).not.toMatch(/<\s*\/?\s*at\b/i);
          expect(text).not.toMatch(/\{\{/);
          expect(text).not.toMatch(forbidden);
          expect(text.isWellFormed()).toBe(true);
        }
        for (const url of values(message.attachments[0].content.actions, 'url'))
          expect(new URL(url).protocol).toMatch(/^https?:$/);
      }),
      { numRuns: 60 },
    );
  });

  it('puts text from outside nowhere where Teams reads Markdown', () => {
    // Written by this package: titles, and the number of changes that are not shown.
    const own = /^(?:[A-Z][A-Za-z ]{1,30}|… and \d+ more|\d+ in all)$/;
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const { body } = renderAdaptiveCard(event).attachments[0].content;
        const blocks = (value: unknown): string[] => {
          if (typeof value !== 'object' || value === null) return [];
          if ('type' in value && value.type === 'TextBlock' && 'text' in value)
            return [String(value.text)];
          return Object.values(value).flatMap(blocks);
        };
        const texts = blocks(body);
        expect(texts.length).toBeGreaterThan(2);
        for (const text of texts) expect(text).toMatch(own);
      }),
      { numRuns: 20 },
    );
  });

  it('the older card is as safe, and holds no HTML', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const card = renderMessageCard(event);
        const json = JSON.stringify(card);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(CARD_LIMIT);
        expect(json).not.toContain('canary');
        for (const text of strings(card)) {
          expect(text).not.toMatch(/[<>]/);
          expect(text).not.toMatch(forbidden);
        }
        for (const url of values(card.potentialAction, 'uri'))
          expect(new URL(url).protocol).toMatch(/^https?:$/);
      }),
      { numRuns: 40 },
    );
  });

  it('a webhook body is bounded JSON without secrets', () => {
    fc.assert(
      fc.property(hostileEvent, (event) => {
        const body = renderWebhookBody(event);
        expect(Buffer.byteLength(body)).toBeLessThanOrEqual(BODY_LIMIT);
        expect(body).not.toContain('canary');
        const parsed: unknown = JSON.parse(body);
        expect(parsed).toMatchObject({ id: event.id, type: event.type });
        for (const url of [...values(parsed, 'url'), ...values(parsed, 'webUrl')])
          expect(new URL(url).protocol).toMatch(/^https?:$/);
      }),
      { numRuns: 40 },
    );
  });
});

describe('large events', () => {
  const [change] = sampleEvents['image.updated'].data.changes;
  const many = (count: number): GitOpsEvent => ({
    ...sampleEvents['image.updated'],
    data: {
      ...sampleEvents['image.updated'].data,
      changes: Array.from({ length: count }, (_, line) => ({
        file: 'shop/web.yaml',
        before: 'a:1',
        after: 'a:2',
        ...change,
        line,
      })),
    },
  });

  it('a card shows the first changes and counts the rest', () => {
    const text = strings(renderAdaptiveCard(many(22)));
    expect(text.filter((one) => one.includes('→'))).toHaveLength(10);
    expect(text).toContain('… and 12 more');
    expect(strings(renderAdaptiveCard(many(10))).join()).not.toContain('… and');
    expect(strings(renderMessageCard(many(22)))).toContain('… and 12 more');
  });

  it('a webhook body says that it was cut, and only then', () => {
    expect(JSON.parse(renderWebhookBody(many(500)))).not.toHaveProperty('truncated');
    const cut = JSON.parse(renderWebhookBody(many(5000)));
    expect(cut).toMatchObject({ truncated: true, data: { branch: 'shop/web_2.1.0' } });
    expect(cut.data.changes.length).toBeGreaterThan(50);
  });

  it('the smallest card fits with the worst text in every place', () => {
    const worst = '\u{1f469}"\\'.repeat(1000);
    for (const sample of Object.values(sampleEvents)) {
      const event = poison(sample, (key) =>
        addressKeys.has(key) ? `https://x.example/${'é'.repeat(300)}` : worst,
      ) as GitOpsEvent;
      expect(Buffer.byteLength(JSON.stringify(renderAdaptiveCard(event)))).toBeLessThan(CARD_LIMIT);
      expect(Buffer.byteLength(JSON.stringify(renderMessageCard(event)))).toBeLessThan(CARD_LIMIT);
    }
  });
});
