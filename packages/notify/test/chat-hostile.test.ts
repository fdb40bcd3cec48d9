import type { GitOpsEvent } from '@bowline/gitops-notify';
import { renderDiscordMessage } from '@bowline/gitops-notify/discord';
import { renderGoogleChatMessage } from '@bowline/gitops-notify/google-chat';
import { renderSlackMessage } from '@bowline/gitops-notify/slack';
import { renderAdaptiveCard } from '@bowline/gitops-notify/teams';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKeys, hostileEvent, poison } from './hostile-events.ts';
import { sampleEvents } from './sample-events.ts';

// The limits of the services, written down a second time: `forge-apis.md` §8 and the pages that the sources name.
const slack = { characters: 13_200, blocks: 50, header: 150, link: 3_000 };
const discord = { all: 6_000, title: 256, description: 4_096 };
const google = { bytes: 32_000, threadKey: 4_000 };

const runs = { numRuns: 80 };
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const forbidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\ufeff]/;
/** Titles and counts, which this package writes itself. */
const ownHeading = /^(?:Changes|Affected objects)$/;
const ownCount = /^(?:… and \d+ more|\d+ in all)$/;

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(strings);
}

function expectClean(message: unknown): void {
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
  expect(JSON.stringify(message)).not.toContain('canary');
  for (const text of strings(message)) {
    expect(text).not.toMatch(forbidden);
    expect(text.isWellFormed()).toBe(true);
  }
}

function expectWebLink(url: string): void {
  expect(url).toMatch(/^https?:\/\/[^\s<>"\\]+$/);
  expect(URL.canParse(url)).toBe(true);
}

function expectSlack(event: GitOpsEvent): void {
  const message = renderSlackMessage(event);
  expectClean(message);
  expect(JSON.stringify(message).length).toBeLessThanOrEqual(slack.characters);
  expect(message.blocks.length).toBeLessThanOrEqual(slack.blocks);
  // Nowhere is text that Slack reads as markup, but for the notification, in which it is escaped.
  expect(message.mrkdwn).toBe(false);
  expect(JSON.stringify(message.blocks)).not.toContain('"mrkdwn"');
  expect(message.text).not.toMatch(/[<>]|&(?!(?:amp|lt|gt);)/);
  for (const block of message.blocks) {
    if (block.type === 'header') {
      expect(block.text.type).toBe('plain_text');
      expect(block.text.text).toMatch(/^\p{Extended_Pictographic} [A-Z][A-Za-z ]+$/u);
      expect(block.text.text.length).toBeLessThanOrEqual(slack.header);
      continue;
    }
    const sections = block.elements.flatMap((element) =>
      element.type === 'rich_text_list' ? element.elements : [element],
    );
    for (const element of sections.flatMap((section) => section.elements)) {
      expect(['text', 'link']).toContain(element.type);
      expect(element.text).not.toBe('');
      if (element.type !== 'link') continue;
      expectWebLink(element.url);
      expect(element.url.length).toBeLessThanOrEqual(slack.link);
    }
  }
}

/** Reads a text as Discord does: what is escaped is plain, and nothing else may have a meaning. */
function expectPlainMarkdown(text: string): void {
  expect(text).not.toMatch(/^(?:[-+#>]|\d+\.)/);
  const rest = text.replace(/\\[^0-9A-Za-z\s]/g, '');
  expect(rest).not.toMatch(/[\\*_~`|[\]<@]|:\/\//);
}

function expectLinkLine(line: string): void {
  const link = /^\[((?:\\.|[^\\[\]])+)\]\((https?:\/\/[^\s()<>\\`|*_~[\]]+)\)(?: · |$)/;
  for (let rest = line; rest !== ''; ) {
    const [whole = '', title = '', url = ''] = link.exec(rest) ?? [];
    expect(whole, rest).not.toBe('');
    expectPlainMarkdown(title.replace(/^\d+\./, ''));
    expectWebLink(url);
    rest = rest.slice(whole.length);
  }
}

function expectDiscord(event: GitOpsEvent): void {
  const message = renderDiscordMessage(event);
  expectClean(message);
  expect(message.allowed_mentions).toEqual({ parse: [] });
  const [embed] = message.embeds;
  expect(embed.title).toMatch(/^[A-Z][A-Za-z ]+$/);
  expect(embed.title.length).toBeLessThanOrEqual(discord.title);
  expect(embed.description.length).toBeLessThanOrEqual(discord.description);
  expect(embed.title.length + embed.description.length).toBeLessThanOrEqual(discord.all);
  if (embed.url !== undefined) expectWebLink(embed.url);
  for (const line of embed.description.split('\n')) {
    const [, heading] = /^\*\*([^*:]+)\*\*$/.exec(line) ?? [];
    const [, value] = /^\*\*[A-Z][A-Za-z ]+:\*\* (.+)$/.exec(line) ?? [];
    const [, count] = /^- \*([^*]+)\*$/.exec(line) ?? [];
    if (heading !== undefined) expect(heading).toMatch(ownHeading);
    else if (value !== undefined) expectPlainMarkdown(value.replace(/^[-+#>]|^\d+\./, ''));
    else if (count !== undefined) expect(count).toMatch(ownCount);
    else if (line.startsWith('- ')) expectPlainMarkdown(line.slice(2));
    else expectLinkLine(line);
  }
}

function expectGoogleChat(event: GitOpsEvent): void {
  const message = renderGoogleChatMessage(event);
  expectClean(message);
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(google.bytes);
  expect(message.thread.threadKey.length).toBeLessThanOrEqual(google.threadKey);
  expect(message.thread.threadKey).toMatch(/^[\w-]+$/);
  expect(message.fallbackText).not.toMatch(/[<>]|:\/\//);
  const [{ card }] = message.cardsV2;
  expect(card.header.title).toMatch(/^\p{Extended_Pictographic} [A-Z][A-Za-z ]+$/u);
  for (const { header, widgets } of card.sections) {
    if (header !== undefined) expect(header).toMatch(ownHeading);
    for (const widget of widgets) {
      if ('buttonList' in widget) {
        for (const { text, onClick } of widget.buttonList.buttons) {
          expect(text).not.toMatch(/^$|[<>]|:\/\//);
          expectWebLink(onClick.openLink.url);
        }
        continue;
      }
      for (const line of widget.textParagraph.text.split('<br>')) {
        const foreign = line
          .replace(/^<b>[A-Z][A-Za-z ]+:<\/b> /, '')
          .replace(/^<i>(.*)<\/i>$/, '$1');
        expect(foreign).not.toMatch(/[<>]|:\/\/|&(?!(?:amp|lt|gt);)/);
      }
    }
  }
}

const checks = { slack: expectSlack, discord: expectDiscord, 'google-chat': expectGoogleChat };

describe.each(Object.entries(checks))('%s, whatever an event holds', (_, expectMessage) => {
  it('gets a message within every limit, in which nothing from outside is live', () => {
    fc.assert(fc.property(hostileEvent, expectMessage), runs);
  });

  it.each([
    ['wide characters', '\u{1f469}'],
    ['characters that are escaped', '&<"\\*'],
    ['of the character whose escape is the longest', '&'],
    ['one word of letters', 'א'],
  ])('gets a message that fits with the most %s in every place', (_, unit) => {
    const address = `https://x.example/${'(é)'.repeat(180)}`;
    for (const sample of Object.values(sampleEvents))
      expectMessage(
        poison(sample, (key) =>
          addressKeys.has(key) ? address : unit.repeat(1000),
        ) as GitOpsEvent,
      );
  });
});

describe('what is left out', () => {
  const counted = {
    slack: renderSlackMessage,
    discord: renderDiscordMessage,
    'google-chat': renderGoogleChatMessage,
    teams: renderAdaptiveCard,
  };
  const { 'image.updated': sample, 'webhook.changed': webhook } = sampleEvents;

  it.each(Object.entries(counted))('%s counts it exactly', (_, render) => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(400), (count, length) => {
        const changes = Array.from({ length: count }, (_unused, line) => ({
          file: `CHANGED-${'x'.repeat(length)}`,
          before: 'a:1',
          after: 'a:2',
          line,
        }));
        const event = { ...sample, data: { ...sample.data, changes } };
        const texts = strings(render(event)).flatMap((text) => text.split(/\n|<br>/));
        const shown = texts.filter((text) => text.includes('CHANGED-')).length;
        const [more] = texts.flatMap((text) => /… and (\d+) more|(\d+) in all/.exec(text) ?? []);
        expect(shown + Number(/\d+/.exec(more ?? '0')?.[0])).toBe(count);
      }),
      { numRuns: 25 },
    );
  });

  it.each(Object.entries(counted))('%s cuts a list of words between words', (_, render) => {
    const topics = Array.from({ length: 200 }, (_unused, index) => `topic${index}x`);
    const event = { ...webhook, data: { ...webhook.data, topics } };
    const text = strings(render(event)).join('\n');
    const shown = text.match(/topic\d+x/g) ?? [];
    expect(shown.length).toBeGreaterThan(5);
    expect(text).toContain(`topic${shown.length - 1}x, … and ${200 - shown.length} more`);
    expect(text.match(/topic/g)).toHaveLength(shown.length);
  });
});
