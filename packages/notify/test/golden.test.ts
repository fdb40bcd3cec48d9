import { readFile, writeFile } from 'node:fs/promises';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { renderAdaptiveCard, renderMessageCard } from '@bowline/gitops-notify/teams';
import { renderWebhookBody } from '@bowline/gitops-notify/webhook';
import { describe, expect, it } from 'vitest';
import { sampleEvents } from './sample-events.ts';

// To accept a change on purpose: UPDATE_GOLDEN=1 vitest run packages/notify, then biome check --write, then read the diff.
const update = process.env['UPDATE_GOLDEN'] === '1';

const channels: Readonly<Record<string, (event: GitOpsEvent) => unknown>> = {
  'adaptive-card': renderAdaptiveCard,
  'message-card': renderMessageCard,
  webhook: (event) => JSON.parse(renderWebhookBody(event)),
};

describe.each(Object.entries(channels))('%s', (channel, render) => {
  it.each(Object.values(sampleEvents))('renders $type as its golden file says', async (event) => {
    const file = new URL(`./golden/${channel}/${event.type}.json`, import.meta.url);
    const rendered = render(event);
    if (update) await writeFile(file, `${JSON.stringify(rendered, null, 2)}\n`);
    expect(rendered).toEqual(JSON.parse(await readFile(file, 'utf8')));
  });
});

describe('what every card says', () => {
  it.each(Object.values(sampleEvents))('$type: what, where, by whom, and a button', (event) => {
    const { content } = renderAdaptiveCard(event).attachments[0];
    const text = JSON.stringify(content.body);
    expect(text).toContain('"Triggered By"');
    expect(text).toContain('Ada Lovelace');
    expect(text).toContain('acme/gitops-k8s');
    expect(content.version).toBe('1.4');
    expect(content.actions?.length).toBeGreaterThan(0);
  });

  it('says that an event of a type which this version does not know has happened', () => {
    const event = {
      ...sampleEvents['tag.created'],
      type: 'cluster.synced',
    } as unknown as GitOpsEvent;
    expect(JSON.stringify(renderAdaptiveCard(event))).toContain('cluster.synced');
    expect(JSON.parse(renderWebhookBody(event))).toMatchObject({ type: 'cluster.synced' });
  });
});
