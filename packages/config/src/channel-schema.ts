import * as v from 'valibot';
import type { ChannelInput } from './channel-types.ts';
import { secretReference, text, texts } from './schema-parts.ts';

const rules = {
  name: text('channelName', 'Names the channel in results; unique.'),
  events: v.exactOptional(
    texts(
      'eventPattern',
      { min: 1, max: 50 },
      'Event types that are sent, such as "promotion.*". Default: all.',
    ),
  ),
  severity: v.exactOptional(
    v.pipe(
      v.picklist(['info', 'success', 'warning', 'error']),
      v.description('Least severity that is sent. Default: info.'),
    ),
  ),
  repositories: v.exactOptional(
    texts(
      'repositoryPattern',
      { min: 1, max: 50 },
      'Repositories of which events are sent, such as "acme/*". Default: all.',
    ),
  ),
  repeat: v.exactOptional(
    text(
      'duration',
      'Time in which an event that says the same again is not sent, such as "30m". Default: sent each time.',
    ),
  ),
};

const httpTarget = {
  url: v.union([
    text('plainWebhookUrl', 'Address that holds no secret.'),
    ...secretReference.options,
  ]),
  secret: v.exactOptional(secretReference),
  allowPrivateAddresses: v.exactOptional(
    v.pipe(
      v.boolean(),
      v.description(
        'Sends to loopback and private networks too. Only in a file that was named on purpose. Default: false.',
      ),
    ),
  ),
};

function secretUrl<const Type extends string>(type: Type, description: string) {
  return v.strictObject({
    type: v.pipe(v.literal(type), v.description(description)),
    url: secretReference,
    ...rules,
  });
}

const channel = v.variant('type', [
  secretUrl('teams', 'Teams Workflows.'),
  secretUrl('slack', 'Incoming webhook of Slack.'),
  secretUrl('discord', 'Webhook of a Discord channel.'),
  secretUrl('google-chat', 'Incoming webhook of a Google Chat space.'),
  v.strictObject({
    type: v.pipe(v.literal('webhook'), v.description('Signed webhook of your own.')),
    ...httpTarget,
    ...rules,
  }),
  v.strictObject({
    type: v.pipe(v.literal('cdevents'), v.description('CDEvents over CloudEvents HTTP.')),
    ...httpTarget,
    source: v.exactOptional(
      text('eventSource', 'Source of the events: an absolute URI, or a path.'),
    ),
    mode: v.exactOptional(
      v.pipe(v.picklist(['binary', 'structured']), v.description('Content mode of CloudEvents.')),
    ),
    ...rules,
  }),
  v.strictObject({
    type: v.pipe(
      v.literal('email'),
      v.description('E-mail through an SMTP server. Only in a file that was named on purpose.'),
    ),
    url: secretReference,
    from: text('email', 'Address of the sender.'),
    to: texts('email', { min: 1, max: 50 }, 'Addresses of those who get the mail.'),
    ...rules,
  }),
]);

/** `notifications` of gitops.yaml. */
export const notificationsSchema = v.strictObject({
  teams: v.exactOptional(v.strictObject({ url: secretReference })),
  webhooks: v.exactOptional(
    v.pipe(v.array(v.strictObject(httpTarget)), v.maxLength(20, 'must have at most 20 entries')),
  ),
  channels: v.exactOptional(
    v.pipe(
      v.array(channel satisfies v.GenericSchema<unknown, ChannelInput>),
      v.maxLength(50, 'must have at most 50 entries'),
    ),
  ),
});
