import { checkHosts } from './host-rules.ts';
import type { ConfigIssue } from './issue.ts';
import type { Locate } from './key-path.ts';
import { checkNotifications } from './notification-rules.ts';
import { checkServer } from './server-rules.ts';
import type { ConfigInput } from './types.ts';

/** Checks everything that goes over several settings. */
export function checkRules(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  return [
    ...checkHosts(config, locate),
    ...checkNotifications(config, locate),
    ...checkServer(config, locate),
  ];
}
