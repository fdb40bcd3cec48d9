import { readFile, writeFile } from 'node:fs/promises';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { renderDiscordMessage } from '@bowline/gitops-notify/discord';
import { renderGoogleChatMessage } from '@bowline/gitops-notify/google-chat';
import { renderSlackMessage } from '@bowline/gitops-notify/slack';
import { renderAdaptiveCard } from '@bowline/gitops-notify/teams';
import { describe, expect, it } from 'vitest';
import { oversized } from './oversized-event.ts';
import { sampleEvents } from './sample-events.ts';

// To accept a change on purpose: UPDATE_GOLDEN=1 vitest run packages/notify, then biome check --write, then read the diff.
const update = process.env['UPDATE_GOLDEN'] === '1';

async function expectGolden(path: string, rendered: unknown): Promise<void> {
  const file = new URL(`./golden/${path}.json`, import.meta.url);
  if (update) await writeFile(file, `${JSON.stringify(rendered, null, 2)}\n`);
  expect(rendered).toEqual(JSON.parse(await readFile(file, 'utf8')));
}

const channels: Readonly<Record<string, (event: GitOpsEvent) => unknown>> = {
  discord: renderDiscordMessage,
  'google-chat': renderGoogleChatMessage,
  slack: renderSlackMessage,
};

describe.each(Object.entries(channels))('%s', (channel, render) => {
  it.each(Object.values(sampleEvents))('renders $type as its golden file says', async (event) => {
    await expectGolden(`${channel}/${event.type}`, render(event));
  });

  it.each(Object.values(sampleEvents))('$type: what, where, by whom, and a link', (event) => {
    const text = JSON.stringify(render(event));
    for (const part of [
      'Triggered By',
      'Ada Lovelace',
      'acme/gitops',
      'https://bitbucket.org/acme',
    ])
      expect(text).toContain(part);
  });

  it('says that an event of a type which this version does not know has happened', () => {
    const known = sampleEvents['tag.created'];
    const event = { ...known, type: 'cluster.upgraded' } as unknown as GitOpsEvent;
    expect(JSON.stringify(render(event))).toContain('cluster.upgraded');
  });
});

describe.each(Object.entries({ ...channels, 'adaptive-card': renderAdaptiveCard }))(
  '%s, of the largest events',
  (channel, render) => {
    it.each(['promotion.merged', 'webhook.changed'] as const)('cuts %s', async (type) => {
      await expectGolden(`${channel}/cut-${type}`, render(oversized(sampleEvents[type])));
    });
  },
);
