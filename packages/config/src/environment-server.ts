import { Secret } from '@bowline/gitops-errors';
import type { Findings } from './issue.ts';
import { type Layer, put } from './layer.ts';
import type { WebhookForge } from './server-types.ts';
import { portRange } from './values.ts';
import { invalid, type Lookup, sourced } from './variables.ts';

const deliveries: readonly (readonly [string, readonly WebhookForge[]])[] = [
  ['GITHUB_WEBHOOK_SECRET', ['github']],
  ['GITLAB_WEBHOOK_SECRET', ['gitlab']],
  ['GITEA_WEBHOOK_SECRET', ['gitea']],
  ['BITBUCKET_WEBHOOK_SECRET', ['bitbucket-cloud', 'bitbucket-datacenter']],
];

/**
 * Reads the variables of the server.
 *
 * @param secrets The variables, without those that gitops.yaml has given to something.
 */
export function environmentServer(
  own: Lookup,
  secrets: Lookup,
  to: { readonly layer: Layer; readonly findings: Findings },
): void {
  readPort(own, to);
  const tokens = secrets('GITOPS_SERVER_TOKENS');
  if (tokens !== undefined)
    put(to.layer, 'server.tokens', sourced(tokens, new Secret(tokens.value)));
  for (const [name, forges] of deliveries) {
    const variable = secrets(name);
    if (variable === undefined) continue;
    const secret = new Secret(variable.value);
    for (const forge of forges)
      put(to.layer, `server.webhooks.${forge}`, sourced(variable, [secret]));
  }
}

function readPort(own: Lookup, to: { readonly layer: Layer; readonly findings: Findings }): void {
  const variable = own('SERVER_PORT');
  if (variable === undefined) return;
  // Kubernetes sets SERVER_PORT=tcp://10.0.0.1:80 in every pod beside a Service of the name "server".
  if (/^(?:tcp|udp|sctp):\/\//.test(variable.value)) {
    to.findings.warnings.push(
      invalid(variable, 'is the link to a Kubernetes Service and is ignored'),
    );
    return;
  }
  const port = /^[0-9]{1,5}$/.test(variable.value) ? Number(variable.value) : Number.NaN;
  if (port >= portRange.min && port <= portRange.max)
    to.layer.settings['server.port'] = sourced(variable, port);
  else
    to.findings.issues.push(
      invalid(variable, `must be a number from ${portRange.min} to ${portRange.max}`),
    );
}
