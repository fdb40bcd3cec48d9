import type { ConfigIssue } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';

/** What a rule over several settings has found. */
export interface Finding {
  /** Below the thing that the rule is about; empty for the thing itself. */
  readonly path: KeyPath;
  readonly message: string;
  readonly code?: ConfigIssue['code'];
  readonly hint?: string;
}

/** Makes the issue of a finding, with its place. */
export function findingIssue(finding: Finding, above: KeyPath, locate: Locate): ConfigIssue {
  const path = [...above, ...finding.path];
  return {
    code: finding.code ?? 'CONFIG_INVALID',
    message: finding.message,
    ...locate(path, finding.path.length === 0 ? 'key' : 'value'),
    key: dotted(path),
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
  };
}
