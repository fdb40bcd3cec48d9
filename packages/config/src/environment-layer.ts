import { Secret } from '@bowline/gitops-errors';
import { type EnvironmentTarget, environmentCredentials } from './environment-credentials.ts';
import type { Findings } from './issue.ts';
import { kindByName } from './known-hosts.ts';
import { emptyLayer, hostLayer, type Layer, put, type SettingKey } from './layer.ts';
import type { WebhookTarget } from './types.ts';
import { expectations, isWebhookUrl, patterns, portRange, webhookRule } from './values.ts';
import {
  type ForgeVariables,
  forgeHost,
  forgeVariables,
  invalid,
  type Lookup,
  type Lookups,
  sourced,
} from './variables.ts';

type TextSetting = Exclude<
  SettingKey,
  'server.port' | 'notifications.teams.url' | 'notifications.webhooks'
>;

const textSettings: readonly (readonly [string, TextSetting, keyof typeof patterns])[] = [
  ['GIT_DEFAULT_REMOTE', 'defaults.remote', 'host'],
  ['GIT_DEFAULT_ORG', 'defaults.organization', 'organization'],
  ['DEFAULT_IMAGE_REGISTRY', 'defaults.imageRegistry', 'imageRegistry'],
  ['K8S_PR_REPO', 'kubernetesPullRequest.repository', 'repository'],
  ['K8S_PR_BRANCH_TEMPLATE', 'kubernetesPullRequest.branchTemplate', 'template'],
  ['K8S_PR_YAML_TEMPLATE', 'kubernetesPullRequest.yamlTemplate', 'template'],
  ['SERVER_HOST', 'server.host', 'listenHost'],
  ['GITOPS_AUTHOR_NAME', 'author.name', 'personName'],
  ['GITOPS_AUTHOR_EMAIL', 'author.email', 'email'],
];

/**
 * Reads the variables of one source into a layer.
 */
export function environmentLayer(lookups: Lookups, to: EnvironmentTarget): Layer {
  const { findings } = to;
  const { own } = lookups;
  const layer = emptyLayer();
  for (const [name, key, pattern] of textSettings) {
    const variable = own(name);
    if (variable === undefined) continue;
    const value = pattern === 'host' ? variable.value.toLowerCase() : variable.value;
    if (patterns[pattern].test(value)) put(layer, key, sourced(variable, value));
    else findings.issues.push(invalid(variable, `must be ${expectations[pattern]}`));
  }
  readPort(own, layer, findings);
  readNotifications(lookups, layer, findings);
  for (const forge of forgeVariables) readForge(forge, lookups, { layer, findings });
  environmentCredentials(lookups, { layer, ...to });
  return layer;
}

function readForge(
  forge: ForgeVariables,
  { own, visible }: Lookups,
  to: { readonly layer: Layer; readonly findings: Findings },
): void {
  const host = forgeHost(forge, visible);
  const named = forge.prefix === 'BITBUCKET' ? undefined : own(`${forge.prefix}_HOST`);
  if (named !== undefined) {
    const known = kindByName(host);
    if (!patterns.host.test(named.value.toLowerCase()))
      to.findings.issues.push(invalid(named, `must be ${expectations.host}`));
    else if (known !== undefined && known !== forge.kind)
      to.findings.issues.push(invalid(named, `cannot be "${host}", where ${known} runs`));
    else hostLayer(to.layer, host).kind = sourced(named, forge.kind);
  }
  const organization = own(`${forge.prefix}_ORG`);
  if (organization === undefined) return;
  if (patterns.organization.test(organization.value))
    hostLayer(to.layer, host).organization = sourced(organization, organization.value);
  else to.findings.issues.push(invalid(organization, `must be ${expectations.organization}`));
}

function readPort(own: Lookup, layer: Layer, findings: Findings): void {
  const variable = own('SERVER_PORT');
  if (variable === undefined) return;
  // Kubernetes sets SERVER_PORT=tcp://10.0.0.1:80 in every pod beside a Service of the name "server".
  if (/^(?:tcp|udp|sctp):\/\//.test(variable.value)) {
    findings.warnings.push(invalid(variable, 'is the link to a Kubernetes Service and is ignored'));
    return;
  }
  const port = /^[0-9]{1,5}$/.test(variable.value) ? Number(variable.value) : Number.NaN;
  if (port >= portRange.min && port <= portRange.max)
    layer.settings['server.port'] = sourced(variable, port);
  else
    findings.issues.push(
      invalid(variable, `must be a number from ${portRange.min} to ${portRange.max}`),
    );
}

function readNotifications({ own, all }: Lookups, layer: Layer, findings: Findings): void {
  const teams = own('TEAMS_WEBHOOK');
  if (teams !== undefined) {
    const url = new Secret(teams.value);
    if (patterns.httpsUrl.test(teams.value))
      layer.settings['notifications.teams.url'] = sourced(teams, url);
    else findings.issues.push(invalid(teams, `must be ${expectations.httpsUrl}`));
  }
  const webhook = own('GITOPS_WEBHOOK_URL');
  const key = all('GITOPS_WEBHOOK_SECRET');
  const secret = key === undefined ? {} : { secret: new Secret(key.value) };
  if (webhook !== undefined) {
    const target: WebhookTarget = { url: new Secret(webhook.value), ...secret };
    if (isWebhookUrl(webhook.value))
      layer.settings['notifications.webhooks'] = sourced(webhook, [target]);
    else findings.issues.push(invalid(webhook, webhookRule));
  }
}
