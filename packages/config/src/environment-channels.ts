import { Secret } from '@bowline/gitops-errors';
import type { ChannelConfig } from './channel-types.ts';
import type { Findings } from './issue.ts';
import type { Layer } from './layer.ts';
import { expectations, isWebhookUrl, patterns, secretUrlRules, webhookRule } from './values.ts';
import { invalid, type Lookups, sourced, type Variable } from './variables.ts';

const secretAddresses = [
  ['TEAMS_WEBHOOK', 'teams'],
  ['SLACK_WEBHOOK', 'slack'],
  ['DISCORD_WEBHOOK', 'discord'],
  ['GOOGLE_CHAT_WEBHOOK', 'google-chat'],
] as const;

const ownAddresses = [
  ['GITOPS_WEBHOOK_URL', 'webhook', 'GITOPS_WEBHOOK_SECRET'],
  ['CDEVENTS_URL', 'cdevents', 'CDEVENTS_SECRET'],
] as const;

/** Reads the channels that variables make. Each has the name of its type, and takes the place of a weaker one of that name. */
export function environmentChannels(
  { own, all }: Lookups,
  to: { readonly layer: Layer; readonly findings: Findings },
): void {
  const add = (variable: Variable, channel: ChannelConfig) =>
    to.layer.channels.set(channel.name, sourced(variable, channel));
  const refuse = (variable: Variable, message: string) =>
    to.findings.issues.push(invalid(variable, message));
  for (const [name, type] of secretAddresses) {
    const variable = own(name);
    if (variable === undefined) continue;
    const url = new Secret(variable.value);
    const rule = secretUrlRules[type];
    if (rule.pattern.test(variable.value)) add(variable, { name: type, type, url });
    else refuse(variable, rule.message);
  }
  for (const [name, type, keyName] of ownAddresses) {
    const key = all(keyName);
    const secret = key === undefined ? {} : { secret: new Secret(key.value) };
    const variable = own(name);
    if (variable === undefined) continue;
    const url = new Secret(variable.value);
    if (isWebhookUrl(variable.value)) add(variable, { name: type, type, url, ...secret });
    else refuse(variable, webhookRule);
  }
  const smtp = own('SMTP_URL');
  if (smtp === undefined) return;
  const url = new Secret(smtp.value);
  const from = all('GITOPS_MAIL_FROM');
  const to_ = all('GITOPS_MAIL_TO');
  // Other programs read SMTP_URL too: by itself it is no wish to get mail.
  if (from === undefined && to_ === undefined) return;
  if (from === undefined || to_ === undefined) {
    const lacking = from === undefined ? 'GITOPS_MAIL_FROM' : 'GITOPS_MAIL_TO';
    refuse(smtp, `needs ${lacking} to send mail`);
    return;
  }
  const receivers = to_.value
    .split(',')
    .map((receiver) => receiver.trim())
    .filter((receiver) => receiver !== '');
  const isEmail = (text: string) => patterns.email.test(text);
  if (!secretUrlRules.email.pattern.test(smtp.value)) refuse(smtp, secretUrlRules.email.message);
  else if (!isEmail(from.value)) refuse(from, `must be ${expectations.email}`);
  else if (receivers.length === 0 || receivers.length > 50 || !receivers.every(isEmail))
    refuse(to_, 'must be 1 to 50 e-mail addresses with commas between them');
  else add(smtp, { name: 'email', type: 'email', url, from: from.value, to: receivers });
}
