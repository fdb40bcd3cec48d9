import { environmentChannels } from './environment-channels.ts';
import { type EnvironmentTarget, environmentCredentials } from './environment-credentials.ts';
import { environmentServer } from './environment-server.ts';
import type { Findings } from './issue.ts';
import { kindByName } from './known-hosts.ts';
import { emptyLayer, hostLayer, type Layer, put } from './layer.ts';
import { expectations, patterns } from './values.ts';
import {
  type ForgeVariables,
  forgeHost,
  forgeVariables,
  invalid,
  type Lookup,
  type Lookups,
  sourced,
} from './variables.ts';

type TextSetting =
  | `defaults.${'remote' | 'organization' | 'imageRegistry'}`
  | `kubernetesPullRequest.${'repository' | 'branchTemplate' | 'yamlTemplate'}`
  | 'server.host'
  | `author.${'name' | 'email'}`;

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
export async function environmentLayer(lookups: Lookups, to: EnvironmentTarget): Promise<Layer> {
  const { findings } = to;
  const { own } = lookups;
  const unclaimed: Lookup = (name) => (to.claimed.has(name) ? undefined : own(name));
  const layer = emptyLayer();
  for (const [name, key, pattern] of textSettings) {
    const variable = own(name);
    if (variable === undefined) continue;
    const value = pattern === 'host' ? variable.value.toLowerCase() : variable.value;
    if (patterns[pattern].test(value)) put(layer, key, sourced(variable, value));
    else findings.issues.push(invalid(variable, `must be ${expectations[pattern]}`));
  }
  environmentServer(own, unclaimed, { layer, findings });
  environmentChannels({ ...lookups, own: unclaimed }, { layer, findings });
  for (const forge of forgeVariables) readForge(forge, lookups, { layer, findings });
  await environmentCredentials({ ...lookups, own: unclaimed }, { layer, ...to });
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
    const known = host === undefined ? undefined : kindByName(host);
    if (host === undefined || !patterns.host.test(named.value.toLowerCase()))
      to.findings.issues.push(invalid(named, `must be ${expectations.host}`));
    else if (known !== undefined && known !== forge.kind)
      to.findings.issues.push(invalid(named, `cannot be "${host}", where ${known} runs`));
    else hostLayer(to.layer, host).kind = sourced(named, forge.kind);
  }
  const organization = own(`${forge.prefix}_ORG`);
  if (organization === undefined) return;
  if (host === undefined) {
    to.findings.warnings.push(
      invalid(organization, `is not used: ${forge.prefix}_HOST is not set`),
    );
    return;
  }
  if (patterns.organization.test(organization.value))
    hostLayer(to.layer, host).organization = sourced(organization, organization.value);
  else to.findings.issues.push(invalid(organization, `must be ${expectations.organization}`));
}
