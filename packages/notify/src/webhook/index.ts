export type { HostAddress, HostLookup } from '../http/address-guard.ts';
export type { HttpAnswer, HttpPost, HttpTransport, TransportOptions } from '../http/transport.ts';
export type {
  SignatureCheck,
  SignedParts,
  VerifySignatureOptions,
  WebhookDelivery,
} from './signature.ts';
export { signWebhook, verifySignature } from './signature.ts';
export { renderWebhookBody } from './webhook-body.ts';
export type { WebhookChannelOptions } from './webhook-channel.ts';
export { webhookChannel } from './webhook-channel.ts';
