export type { ChatChannelOptions } from '../chat/chat-channel.ts';
export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { HttpAnswer, HttpPost, HttpTransport, TransportOptions } from '../http/transport.ts';
export type { GoogleChatChannelOptions } from './google-chat-channel.ts';
export { googleChatChannel } from './google-chat-channel.ts';
export type { GoogleChatCard, GoogleChatMessage, GoogleChatWidget } from './google-chat-message.ts';
export { renderGoogleChatMessage } from './google-chat-message.ts';
