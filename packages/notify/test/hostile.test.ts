import { Secret } from '@bowline/gitops-errors';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { renderAdaptiveCard, renderMessageCard } from '@bowline/gitops-notify/teams';
import { renderWebhookBody } from '@bowline/gitops-notify/webhook';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleEvents } from './sample-events.ts';

const CARD_LIMIT = 20 * 1024;
const BODY_LIMIT = 256 * 1024;
const remembered = new Secret('canary.remembered.5d1e');
// Long before it is shown, so that it must be found before the text is cut.
const canaries = [
  remembered.reveal(),
  'https://me:canary-in-url@bitbucket.org/acme/shop.git',
  'Authorization: Bearer canaryBearerToken0123456789',
  'ghp_canary0123456789abcdefghijklmnopqrst',
  'ghp_\u200bcanary0123456789abcdefghijklmnopqrst',
  'https://hooks.slack.com/services/canary/T0/B0',
  'https://flow.example.com/invoke?sp=1&sig=canary-signature-0123',
];
const attacks = [
  '<at>everyone</at>',
  '< AT id="1">all</at >',
  '<\u200bat>everyone<\u200b/at>',
  '[click](javascript:alert(1))',
  '**bold** _it_ \\* `x` # > - 1. ![i](https://evil.example/x.png)',
  '{{DATE(2017-02-14T06:00:00Z, SHORT)}}{{{TIME(2017-02-14T06:00:00Z)}}',
  '\u202egnp.exe\u2066\u200f\ud800\u0000\u0007\u001b]8;;https://evil.example\u0007',
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'line\r\nbreak\u2028here\u2029there\u0085now',
  '𝔘𝔫𝔦'.repeat(2000),
  '"\\'.repeat(2000),
];
const links = [
  'javascript:alert(document.cookie)',
  'data:text/html,<script>alert(1)</script>',
  'file:///etc/passwd',
  '/srv/git/acme/shop.git',
  'java\nscript:alert(1)',
  'vbscript:x',
  'https://user:canary-pw@evil.example/',
  'https://ok.example/a?sig=canary-signature-0123',
  `https://long.example/${'é'.repeat(3000)}`,
  'https://ok.example/plain',
  '//evil.example',
  '',
];
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom(...attacks, ...canaries),
  fc.tuple(fc.constantFrom(...attacks), fc.constantFrom(...canaries)).map((two) => two.join(' ')),
  fc.tuple(fc.nat(400), fc.constantFrom(...canaries)).map(([n, c]) => `${'p '.repeat(n)}${c}`),
);
const hostileLink = fc.oneof(fc.constantFrom(...links), hostileText);
const addressKeys = new Set(['url', 'webUrl']);

/** Replaces every text of a sample, keeps its shape, and makes its lists long. */
function poison(value: unknown, next: (key: string) => string, key = ''): unknown {
  if (key === 'type' || key === 'id' || key === 'time' || key === 'job') return value;
  if (typeof value === 'string') return next(key);
  if (Array.isArray(value)) {
    const copies = Array.from({ length: 40 }, () => value).flat();
    return copies.map((item) => poison(item, next, key));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, poison(item, next, name)]),
  );
}

const hostileEvent = fc
  .tuple(
    fc.constantFrom(...Object.values(sampleEvents)),
    fc.array(hostileText, { minLength: 1, maxLength: 30 }),
    fc.array(hostileLink, { minLength: 1, maxLength: 10 }),
  )
  .map(([sample, texts, addresses]) => {
    let index = 0;
    const from = (list: readonly string[]) => {
      index += 1;
      return list[index % list.length] ?? '';
    };
    const links = addresses.map((url) => ({ title: from(texts), url }));
    return poison({ ...sample, links }, (key) =>
      from(addressKeys.has(key) ? addresses : texts),
    ) as GitOpsEvent;
  });

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
