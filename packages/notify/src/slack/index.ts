export type { ChatChannelOptions } from '../chat/chat-channel.ts';
export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { HttpAnswer, HttpPost, HttpTransport, TransportOptions } from '../http/transport.ts';
export type { SlackChannelOptions } from './slack-channel.ts';
export { slackChannel } from './slack-channel.ts';
export type {
  SlackBlock,
  SlackLink,
  SlackList,
  SlackMessage,
  SlackSection,
  SlackText,
} from './slack-message.ts';
export { renderSlackMessage } from './slack-message.ts';
