import { fileChannels } from './file-channels.ts';
import { fileServer } from './file-server.ts';
import { type InputOrigin, sourcedAt } from './input-origin.ts';
import type { Findings } from './issue.ts';
import type { KeyPath } from './key-path.ts';
import { kindByName } from './known-hosts.ts';
import {
  emptyLayer,
  hostLayer,
  type Layer,
  put,
  type SettingKey,
  type Settings,
  type Sourced,
} from './layer.ts';
import { openCredential } from './open-credential.ts';
import type { ConfigInput } from './types.ts';

/** Turns what people write into a layer, with every reference opened. */
export async function fileLayer(
  config: ConfigInput,
  origin: InputOrigin,
  findings: Findings,
): Promise<Layer> {
  const layer = emptyLayer();
  const from = <T>(path: KeyPath, value: T): Sourced<T> => sourcedAt(origin, path, value);
  const set = <K extends SettingKey>(key: K, value: Settings[K] | undefined) => {
    if (value !== undefined) put(layer, key, from(key.split('.'), value));
  };
  const { defaults, kubernetesPullRequest, server, author } = config;
  set('defaults.remote', defaults?.remote);
  set('defaults.organization', defaults?.organization);
  set('defaults.imageRegistry', defaults?.imageRegistry);
  set('kubernetesPullRequest.repository', kubernetesPullRequest?.repository);
  set('kubernetesPullRequest.branchTemplate', kubernetesPullRequest?.branchTemplate);
  set('kubernetesPullRequest.yamlTemplate', kubernetesPullRequest?.yamlTemplate);
  set('author.name', author?.name);
  set('author.email', author?.email);
  if (server !== undefined) await fileServer(server, origin, { layer, findings });
  await fileChannels(config.notifications, origin, { layer, findings });
  for (const [host, input] of Object.entries(config.hosts ?? {})) {
    const to = hostLayer(layer, host);
    const path = ['hosts', host];
    const kind = input.kind ?? kindByName(host);
    if (kind !== undefined) to.kind = from([...path, 'kind'], kind);
    for (const key of ['apiUrl', 'organization'] as const) {
      const value = input[key];
      if (value !== undefined) to[key] = from([...path, key], value);
    }
    if (input.insecureHttp !== undefined)
      to.insecureHttp = from([...path, 'insecureHttp'], input.insecureHttp);
    if (input.credential !== undefined) {
      const at = [...path, 'credential'];
      to.credential = from(at, await openCredential(input.credential, at, origin));
    }
  }
  return layer;
}
