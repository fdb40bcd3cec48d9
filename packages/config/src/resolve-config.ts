import type { ChannelConfig } from './channel-types.ts';
import type { ConfigIssue, Findings } from './issue.ts';
import { apiUrlByName, kindByName, wellKnownHosts } from './known-hosts.ts';
import {
  type HostLayer,
  type HostSettings,
  type Layer,
  pick,
  type SettingKey,
  type Settings,
  type Sourced,
} from './layer.ts';
import type { ServerConfig, WebhookForge } from './server-types.ts';
import type { Config, HostConfig } from './types.ts';

/** A configuration and where each of its values comes from, by dotted path. */
export interface ResolvedConfig {
  readonly config: Config;
  readonly sources: ReadonlyMap<string, string>;
}

// The environment is part of the branch, so that changes for two environments never meet on one.
const DEFAULT_BRANCH_TEMPLATE = 'k8s/{cluster}/{namespace}/{deploy}';
const DEFAULT_YAML_TEMPLATE = '{namespace}/{deploy}_deployment.yaml';

/** Joins layers, the strongest first, and fills in the defaults. */
export function resolveConfig(
  layers: readonly Layer[],
  around: { readonly findings: Findings; readonly tokensFile: string | undefined },
): ResolvedConfig {
  const { findings } = around;
  const sources = new Map<string, string>();
  const optional = <K extends SettingKey>(key: K): Settings[K] | undefined => {
    const found = pick(layers, key);
    if (found !== undefined) sources.set(key, found.source);
    return found?.value;
  };
  const withDefault = <K extends SettingKey>(key: K, fallback: Settings[K]): Settings[K] => {
    sources.set(key, 'default');
    return optional(key) ?? fallback;
  };
  const hosts = resolveHosts(layers, { sources, findings });
  const organization = optional('defaults.organization');
  const imageRegistry = optional('defaults.imageRegistry');
  const author = resolveAuthor(layers, { sources, findings });
  const config: Config = {
    defaults: {
      remote: withDefault('defaults.remote', 'bitbucket.org'),
      ...(organization === undefined ? {} : { organization }),
      ...(imageRegistry === undefined ? {} : { imageRegistry }),
    },
    kubernetesPullRequest: {
      repository: withDefault('kubernetesPullRequest.repository', 'gitops-k8s'),
      branchTemplate: withDefault('kubernetesPullRequest.branchTemplate', DEFAULT_BRANCH_TEMPLATE),
      yamlTemplate: withDefault('kubernetesPullRequest.yamlTemplate', DEFAULT_YAML_TEMPLATE),
    },
    server: resolveServer({ optional, withDefault }, around.tokensFile),
    ...(author === undefined ? {} : { author }),
    notifications: { channels: resolveChannels(layers, sources) },
    hosts,
  };
  checkRemote(layers, hosts, findings);
  return { config, sources };
}

interface Reader {
  optional<K extends SettingKey>(key: K): Settings[K] | undefined;
  withDefault<K extends SettingKey>(key: K, fallback: Settings[K]): Settings[K];
}

const webhookForges: readonly WebhookForge[] = [
  'github',
  'gitlab',
  'gitea',
  'bitbucket-cloud',
  'bitbucket-datacenter',
];

function resolveServer(
  { optional, withDefault }: Reader,
  defaultTokensFile: string | undefined,
): ServerConfig {
  const publicUrl = optional('server.publicUrl');
  const tokens = optional('server.tokens');
  const tokensFile =
    defaultTokensFile === undefined
      ? optional('server.tokensFile')
      : withDefault('server.tokensFile', defaultTokensFile);
  return {
    host: withDefault('server.host', '127.0.0.1'),
    port: withDefault('server.port', 8080),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(tokensFile === undefined ? {} : { tokensFile }),
    ...(tokens === undefined ? {} : { tokens }),
    cors: { origins: withDefault('server.cors.origins', []) },
    rateLimit: { requestsPerMinute: withDefault('server.rateLimit.requestsPerMinute', 600) },
    trustProxy: withDefault('server.trustProxy', []),
    maxBodyBytes: withDefault('server.maxBodyBytes', 1_048_576),
    webhooks: Object.fromEntries(
      webhookForges.flatMap((forge) => {
        const secrets = optional(`server.webhooks.${forge}`);
        return secrets === undefined ? [] : [[forge, secrets]];
      }),
    ),
  };
}

/** The channels of all layers; of several of one name the strongest. */
function resolveChannels(
  layers: readonly Layer[],
  sources: Map<string, string>,
): readonly ChannelConfig[] {
  const found = new Map<string, ChannelConfig>();
  for (const layer of layers)
    for (const [name, { value, source }] of layer.channels) {
      if (found.has(name)) continue;
      found.set(name, value);
      sources.set(`notifications.channels.${name}`, source);
    }
  return [...found.values()];
}

interface Trail {
  readonly sources: Map<string, string>;
  readonly findings: Findings;
}

function resolveAuthor(layers: readonly Layer[], trail: Trail): Config['author'] {
  const name = pick(layers, 'author.name');
  const email = pick(layers, 'author.email');
  if (name !== undefined && email !== undefined) {
    trail.sources.set('author.name', name.source).set('author.email', email.source);
    return { name: name.value, email: email.value };
  }
  const lone = name ?? email;
  if (lone !== undefined)
    trail.findings.issues.push({
      code: 'CONFIG_INVALID',
      message: `needs its counterpart: an author has a name and an e-mail address`,
      ...lone.place,
      hint: 'Set GITOPS_AUTHOR_NAME and GITOPS_AUTHOR_EMAIL, or name and email under "author".',
    });
  return undefined;
}

function checkRemote(
  layers: readonly Layer[],
  hosts: readonly HostConfig[],
  findings: Findings,
): void {
  const remote = pick(layers, 'defaults.remote');
  if (remote === undefined || hosts.some(({ host }) => host === remote.value)) return;
  findings.issues.push({
    code: 'CONFIG_HOST_UNKNOWN',
    message: `"${remote.value}" is not a known host; known are ${hosts.map(({ host }) => host).join(', ')}`,
    ...remote.place,
  });
}

function resolveHosts(layers: readonly Layer[], trail: Trail): readonly HostConfig[] {
  const remote = pick(layers, 'defaults.remote')?.value;
  const names = new Set([
    ...wellKnownHosts.keys(),
    ...layers.flatMap((layer) => [...layer.hosts.keys()]),
    // A host whose name tells its kind needs no other mention.
    ...(remote !== undefined && kindByName(remote) !== undefined ? [remote] : []),
  ]);
  return [...names].flatMap((host) => resolveHost(host, layers, trail) ?? []);
}

function resolveHost(host: string, layers: readonly Layer[], trail: Trail): HostConfig | undefined {
  const key = `hosts.${host}`;
  const said = layers.flatMap((layer) => layer.hosts.get(host) ?? []);
  const take = <K extends keyof HostSettings>(name: K): HostSettings[K] | undefined => {
    const found: Sourced<HostSettings[K]> | undefined = said.find(
      (layer: HostLayer) => layer[name] !== undefined,
    )?.[name];
    if (found !== undefined) trail.sources.set(`${key}.${name}`, found.source);
    return found?.value;
  };
  const byName = kindByName(host);
  trail.sources.set(`${key}.kind`, 'default');
  const kind = byName ?? take('kind');
  // A token for a host of which nothing else is known, as in .netrc, makes no forge of it.
  if (kind === undefined) return undefined;
  const apiUrl = apiUrlByName(host) ?? take('apiUrl');
  if (apiUrl !== undefined && !trail.sources.has(`${key}.apiUrl`))
    trail.sources.set(`${key}.apiUrl`, 'default');
  const insecureHttp = take('insecureHttp');
  const organization = take('organization');
  return {
    host,
    kind,
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(insecureHttp === undefined ? {} : { insecureHttp }),
    ...(organization === undefined ? {} : { organization }),
    ...resolveCredential(key, said, trail),
  };
}

/** The strongest credential that can be used; failing that, the reason why the strongest one cannot. */
function resolveCredential(
  key: string,
  said: readonly HostLayer[],
  trail: Trail,
): Pick<HostConfig, 'credential' | 'credentialIssue'> {
  let first: { readonly issue: ConfigIssue; readonly source: string } | undefined;
  for (const { credential: found } of said) {
    if (found === undefined) continue;
    if ('credential' in found.value) {
      trail.sources.set(`${key}.credential`, found.source);
      return { credential: found.value.credential };
    }
    const { issue } = found.value;
    first ??= { issue, source: found.source };
    if (!trail.findings.warnings.includes(issue)) trail.findings.warnings.push(issue);
  }
  if (first === undefined) return {};
  trail.sources.set(`${key}.credential`, first.source);
  return { credentialIssue: first.issue };
}
