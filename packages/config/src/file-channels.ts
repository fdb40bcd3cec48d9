import type { Secret } from '@bowline/gitops-errors';
import type { ChannelConfig, ChannelInput, NotificationsInput } from './channel-types.ts';
import { type InputOrigin, issueAt, openAt, sourcedAt } from './input-origin.ts';
import type { Findings } from './issue.ts';
import type { KeyPath } from './key-path.ts';
import type { Layer } from './layer.ts';
import type { SecretReference } from './types.ts';
import { durationMs, isWebhookUrl, secretUrlRules, webhookRule } from './values.ts';

interface Target {
  readonly layer: Layer;
  readonly findings: Findings;
}

/**
 * Reads the channels of gitops.yaml. One that is not set up on this machine (a variable that is not set) is off, with a warning; it does
 * not stop the work.
 */
export async function fileChannels(
  notifications: NotificationsInput | undefined,
  origin: InputOrigin,
  to: Target,
): Promise<void> {
  for (const { path, input } of allChannels(notifications)) {
    const channel = await openChannel(input, path, { origin, findings: to.findings });
    if (channel !== undefined) to.layer.channels.set(input.name, sourcedAt(origin, path, channel));
  }
}

/** Lists the channels with the short forms as what they are short for. */
export function allChannels(
  notifications: NotificationsInput = {},
): readonly { readonly path: KeyPath; readonly input: ChannelInput }[] {
  const { teams, webhooks = [], channels = [] } = notifications;
  return [
    ...(teams === undefined
      ? []
      : [
          {
            path: ['notifications', 'teams'],
            input: { type: 'teams', name: 'teams', url: teams.url } as const,
          },
        ]),
    ...webhooks.map((webhook, index) => ({
      path: ['notifications', 'webhooks', index],
      input: {
        type: 'webhook',
        name: index === 0 ? 'webhook' : `webhook-${index + 1}`,
        ...webhook,
      } as const,
    })),
    ...channels.map((input, index) => ({ path: ['notifications', 'channels', index], input })),
  ];
}

async function openChannel(
  input: ChannelInput,
  path: KeyPath,
  from: { readonly origin: InputOrigin; readonly findings: Findings },
): Promise<ChannelConfig | undefined> {
  const { origin, findings } = from;
  const rules = {
    name: input.name,
    ...(input.events === undefined ? {} : { events: input.events }),
    ...(input.severity === undefined ? {} : { severity: input.severity }),
    ...(input.repositories === undefined ? {} : { repositories: input.repositories }),
    ...(input.repeat === undefined ? {} : { repeatMs: durationMs(input.repeat) }),
  };
  const open = async (member: string, reference: SecretReference): Promise<Secret | undefined> => {
    const opened = await openAt(reference, [...path, member], origin);
    if ('secret' in opened) return opened.secret;
    findings.warnings.push(opened.issue);
    return undefined;
  };
  const refuse = (message: string) => {
    const place = [...path, 'url'];
    findings.issues.push(issueAt(origin, place, { code: 'CONFIG_INVALID', message }));
    return undefined;
  };
  if (input.type !== 'webhook' && input.type !== 'cdevents') {
    const url = await open('url', input.url);
    if (url === undefined) return undefined;
    const rule = secretUrlRules[input.type];
    if (!rule.pattern.test(url.reveal())) return refuse(rule.message);
    return input.type === 'email'
      ? { ...rules, type: input.type, url, from: input.from, to: input.to }
      : { ...rules, type: input.type, url };
  }
  const reach = input.allowPrivateAddresses === true ? { allowPrivateAddresses: true } : {};
  const url = typeof input.url === 'string' ? input.url : await open('url', input.url);
  if (url === undefined) return undefined;
  const text = typeof url === 'string' ? url : url.reveal();
  if (!isWebhookUrl(text)) return refuse(webhookRule);
  const target = { ...rules, url, ...reach };
  const secret = input.secret === undefined ? undefined : await open('secret', input.secret);
  // Without its key the receiver could not tell our events from others, so they are not sent at all.
  if (input.secret !== undefined && secret === undefined) return undefined;
  const signed = secret === undefined ? target : { ...target, secret };
  if (input.type === 'webhook') return { ...signed, type: 'webhook' };
  return {
    ...signed,
    type: 'cdevents',
    ...(input.source === undefined ? {} : { source: input.source }),
    ...(input.mode === undefined ? {} : { mode: input.mode }),
  };
}
