import { NotifyError } from '../errors.ts';

/** The chat services that have a channel here. */
export type ChatService = 'slack' | 'discord' | 'google-chat' | 'teams';

interface AddressKind {
  readonly host: RegExp;
  /** @default any */
  readonly path?: RegExp;
  /** Whose webhook it is; `undefined` when no channel can post there. */
  readonly service?: ChatService;
  /** What the address is, for a message. */
  readonly what: string;
  /** What to do instead. */
  readonly hint?: string;
}

const labels: Readonly<Record<ChatService, string>> = {
  slack: 'Slack',
  discord: 'Discord',
  'google-chat': 'Google Chat',
  teams: 'Microsoft Teams',
};

const hints: Readonly<Record<ChatService, string>> = {
  slack:
    'In Slack, add an incoming webhook to an app and use its address, "https://hooks.slack.com/services/…".',
  discord:
    'In Discord, make a webhook in the settings of the channel and use its address, "https://discord.com/api/webhooks/…", without a suffix.',
  'google-chat':
    'In Google Chat, add a webhook under "Apps & integrations" of the space and use its address, "https://chat.googleapis.com/v1/spaces/…".',
  teams:
    'In Teams, add the workflow "Send webhook alerts to a channel" and use the address that it shows.',
};

const retired = /^(?:(?:.+\.)?webhook\.office(?:365)?\.com|outlook\.office(?:365)?\.com)$/;

// The first that matches counts. A host that is not here may be a relay or a compatible server, so it is allowed.
const kinds: readonly AddressKind[] = [
  {
    host: /^hooks\.slack(?:-gov)?\.com$/,
    path: /^\/services\/[^/]+\/[^/]+\/[^/]+\/?$/,
    service: 'slack',
    what: 'an incoming webhook of Slack',
  },
  {
    host: /^hooks\.slack(?:-gov)?\.com$/,
    path: /^\/(?:workflows|triggers)\//,
    what: 'the trigger of a Slack workflow, which takes variables and no messages',
    hint: hints.slack,
  },
  {
    host: /(?:^|\.)slack(?:-gov)?\.com$/,
    what: 'a page or an API of Slack and no incoming webhook',
    hint: hints.slack,
  },
  {
    host: /^(?:(?:ptb|canary)\.)?discord(?:app)?\.com$/,
    path: /^\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/?$/,
    service: 'discord',
    what: 'a webhook of Discord',
  },
  {
    host: /^(?:.+\.)?discord(?:app)?\.com$/,
    what: 'a page of Discord, or a webhook with a suffix for messages of another kind',
    hint: hints.discord,
  },
  {
    host: /^chat\.googleapis\.com$/,
    path: /^\/v1\/spaces\/[^/]+\/messages\/?$/,
    service: 'google-chat',
    what: 'a webhook of Google Chat',
  },
  {
    host: /^chat\.google(?:apis)?\.com$/,
    what: 'a page or an API of Google Chat and no webhook',
    hint: hints['google-chat'],
  },
  {
    host: /\.(?:logic\.azure\.com|environment\.api\.powerplatform\.com)$/,
    service: 'teams',
    what: 'a workflow of Microsoft Teams',
  },
  {
    host: /^teams\.(?:microsoft|live)\.com$/,
    what: 'a page of Microsoft Teams and no workflow',
    hint: hints.teams,
  },
];

/**
 * Refuses the address of another kind of receiver, before an event is sent to it in a form that it cannot read.
 *
 * @throws NotifyError `NOTIFY_CHANNEL_RETIRED` for the address of an Office 365 connector: they ended on 18 to 22 May 2026.
 * `NOTIFY_INVALID_ARGUMENT` for the address of another service, or of a page, with a hint at the right one
 */
export function assertAddressOf(service: ChatService, url: URL, channel: string): void {
  const host = url.hostname.replace(/\.$/, '');
  if (retired.test(host))
    throw new NotifyError(
      'NOTIFY_CHANNEL_RETIRED',
      `The address of channel "${channel}" is an Office 365 connector at "${url.hostname}", which Microsoft retired in May 2026.`,
    );
  const kind = kinds.find((one) => one.host.test(host) && one.path?.test(url.pathname) !== false);
  if (kind === undefined || kind.service === service) return;
  throw new NotifyError(
    'NOTIFY_INVALID_ARGUMENT',
    `The address of channel "${channel}" at "${url.hostname}" is ${kind.what}, but the channel posts to ${labels[service]}.`,
    {
      hint:
        kind.service === undefined
          ? kind.hint
          : `Configure it as a channel of the type "${kind.service}", or give the address of ${labels[service]}. ${hints[service]}`,
    },
  );
}
