import type { Secret } from '@bowline/gitops-errors';
import type { ChannelConfig } from './channel-types.ts';
import type { ConfigIssue } from './issue.ts';
import type { WebhookForge } from './server-types.ts';
import type { Credential, ForgeKind } from './types.ts';

/** A value and where it comes from: `default`, `option`, `environment NAME`, or `FILE:LINE`. */
export interface Sourced<T> {
  readonly value: T;
  readonly source: string;
  /** Where an issue about the value belongs. */
  readonly place?: Pick<ConfigIssue, 'file' | 'line' | 'column' | 'key'>;
}

type DeliverySecrets = {
  readonly [Forge in WebhookForge as `server.webhooks.${Forge}`]: readonly Secret[];
};

/** The settings that stand alone, by their dotted path. */
export interface Settings extends DeliverySecrets {
  readonly 'defaults.remote': string;
  readonly 'defaults.organization': string;
  readonly 'defaults.imageRegistry': string;
  readonly 'kubernetesPullRequest.repository': string;
  readonly 'kubernetesPullRequest.branchTemplate': string;
  readonly 'kubernetesPullRequest.yamlTemplate': string;
  readonly 'server.host': string;
  readonly 'server.port': number;
  readonly 'server.publicUrl': string;
  readonly 'server.tokensFile': string;
  readonly 'server.tokens': Secret;
  readonly 'server.cors.origins': readonly string[];
  readonly 'server.rateLimit.requestsPerMinute': number;
  readonly 'server.trustProxy': readonly string[];
  readonly 'server.maxBodyBytes': number;
  readonly 'author.name': string;
  readonly 'author.email': string;
}
/** The dotted path of a setting. */
export type SettingKey = keyof Settings;

/** A credential, or the reason why the one that was configured cannot be used. */
export type CredentialOutcome =
  | { readonly credential: Credential }
  | { readonly issue: ConfigIssue };

/** What one source says of one host. */
export interface HostSettings {
  readonly kind: ForgeKind;
  readonly apiUrl: string;
  readonly insecureHttp: boolean;
  readonly organization: string;
  readonly credential: CredentialOutcome;
}
/** The part of {@link HostSettings} that a source gives. */
export type HostLayer = { -readonly [K in keyof HostSettings]?: Sourced<HostSettings[K]> };

/** What one source says. The layers of all sources, the strongest first, make a configuration. */
export interface Layer {
  readonly settings: { -readonly [K in SettingKey]?: Sourced<Settings[K]> };
  readonly hosts: Map<string, HostLayer>;
  /** By name. */
  readonly channels: Map<string, Sourced<ChannelConfig>>;
}

/** Makes a layer that says nothing. */
export function emptyLayer(): Layer {
  return { settings: {}, hosts: new Map(), channels: new Map() };
}

/** Returns what a layer says of a host, to be added to. */
export function hostLayer(layer: Layer, host: string): HostLayer {
  const known = layer.hosts.get(host);
  if (known !== undefined) return known;
  const fresh: HostLayer = {};
  layer.hosts.set(host, fresh);
  return fresh;
}

/** Finds a setting in the strongest layer that has it. */
export function pick<K extends SettingKey>(
  layers: readonly Layer[],
  key: K,
): Sourced<Settings[K]> | undefined {
  for (const layer of layers) {
    const found = layer.settings[key];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Adds a setting to a layer, unless it is absent. */
export function put<K extends SettingKey>(
  layer: Layer,
  key: K,
  value: Sourced<Settings[K]> | undefined,
): void {
  const settings: { -readonly [P in K]?: Sourced<Settings[P]> } = layer.settings;
  if (value !== undefined) settings[key] = value;
}

/** Finds the kind that the strongest layer gives a host. */
export function kindInLayers(layers: readonly Layer[], host: string): ForgeKind | undefined {
  for (const layer of layers) {
    const found = layer.hosts.get(host)?.kind;
    if (found !== undefined) return found.value;
  }
  return undefined;
}
