export type { ChatChannelOptions } from '../chat/chat-channel.ts';
export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { HttpAnswer, HttpPost, HttpTransport, TransportOptions } from '../http/transport.ts';
export type {
  AdaptiveCard,
  AdaptiveCardElement,
  AdaptiveCardMessage,
  OpenUrlAction,
  TextRun,
} from './adaptive-card.ts';
export { renderAdaptiveCard } from './adaptive-card.ts';
export type { MessageCard } from './message-card.ts';
export { renderMessageCard } from './message-card.ts';
export type { TeamsChannelOptions } from './teams-channel.ts';
export { teamsChannel } from './teams-channel.ts';
