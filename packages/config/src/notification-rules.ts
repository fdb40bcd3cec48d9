import { allChannels } from './file-channels.ts';
import { findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';
import type { ConfigInput } from './types.ts';

/** Checks what a schema cannot say of channels: their names are unique. */
export function checkNotifications(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const named = new Map<string, KeyPath>();
  for (const { path, input } of allChannels(config.notifications)) {
    const former = named.get(input.name);
    if (former !== undefined)
      issues.push(
        findingIssue(
          {
            path: ['name'],
            message: `is the name of "${dotted(former)}" too; each channel has its own`,
          },
          path,
          locate,
        ),
      );
    named.set(input.name, path);
  }
  return issues;
}
