import { isIP } from 'node:net';
import { findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import type { Locate } from './key-path.ts';
import type { ConfigInput } from './types.ts';
import { expectations } from './values.ts';

/** Checks what a schema cannot say of the server: networks are networks. */
export function checkServer(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  return (config.server?.trustProxy ?? []).flatMap((network, index) => {
    const message = networkProblem(network);
    return message === undefined
      ? []
      : [findingIssue({ path: [index], message }, ['server', 'trustProxy'], locate)];
  });
}

function networkProblem(network: string): string | undefined {
  const [address = '', prefix] = network.split('/');
  const version = isIP(address);
  const bits = version === 4 ? 32 : 128;
  if (version === 0 || (prefix !== undefined && Number(prefix) > bits))
    return `must be ${expectations.network}`;
  // Everybody could then say that they come from elsewhere, and the limits per address would be none.
  return prefix !== undefined && Number(prefix) === 0 ? 'cannot trust every address' : undefined;
}
