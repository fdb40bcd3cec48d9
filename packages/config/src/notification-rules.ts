import { allChannels } from './file-channels.ts';
import { type Finding, findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';
import type { ConfigInput } from './types.ts';
import { isWebhookUrl, webhookRule } from './values.ts';

/** Checks what a schema cannot say of channels: names are unique, and plain HTTP is only for those that may reach private networks. */
export function checkNotifications(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const report = (path: KeyPath, finding: Finding) =>
    issues.push(findingIssue(finding, path, locate));
  const named = new Map<string, KeyPath>();
  for (const { path, input } of allChannels(config.notifications)) {
    const former = named.get(input.name);
    if (former !== undefined)
      report(path, {
        path: ['name'],
        message: `is the name of "${dotted(former)}" too; each channel has its own`,
      });
    named.set(input.name, path);
    if (input.type !== 'webhook' && input.type !== 'cdevents') continue;
    if (typeof input.url === 'string' && !isWebhookUrl(input.url, input.allowPrivateAddresses))
      report(path, { path: ['url'], message: webhookRule });
  }
  return issues;
}
