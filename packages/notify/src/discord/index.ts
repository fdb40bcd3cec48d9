export type { ChatChannelOptions } from '../chat/chat-channel.ts';
export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { HttpAnswer, HttpPost, HttpTransport, TransportOptions } from '../http/transport.ts';
export type { DiscordChannelOptions } from './discord-channel.ts';
export { discordChannel } from './discord-channel.ts';
export type { DiscordEmbed, DiscordMessage } from './discord-message.ts';
export { renderDiscordMessage } from './discord-message.ts';
