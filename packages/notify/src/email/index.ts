export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { EmailChannelOptions } from './email-channel.ts';
export { emailChannel } from './email-channel.ts';
export type { EmailMessage } from './render-email.ts';
export { renderEmail } from './render-email.ts';
