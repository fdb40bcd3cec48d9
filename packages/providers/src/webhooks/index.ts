export type { VerifyWebhookOptions, WebhookSender } from './verify-webhook.ts';
export { detectWebhookSender, verifyWebhook } from './verify-webhook.ts';
