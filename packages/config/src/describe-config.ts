import { MASK, redact, Secret } from '@bowline/gitops-errors';
import type { LoadedConfig } from './load-config.ts';
import type { Credential } from './types.ts';

/** One setting as it is shown to people. */
export interface DescribedSetting {
  /** Dotted path, such as `hosts.bitbucket.org.credential.token`. */
  readonly key: string;
  /** Secrets are `***`; `undefined` when the setting is absent. */
  readonly value: string | undefined;
  /** `default`, `option`, `environment NAME` or `FILE:LINE`; `undefined` with an absent value. */
  readonly source: string | undefined;
}

/**
 * Lists every setting with its value and its source, for `gitops config`. Secrets are `***`, also inside addresses.
 */
export function describeConfig(
  loaded: Pick<LoadedConfig, 'config' | 'sources'>,
): readonly DescribedSetting[] {
  const { config, sources } = loaded;
  const rows: DescribedSetting[] = [];
  const add = (key: string, value: unknown, origin = key) => {
    const source = value === undefined ? undefined : sources.get(origin);
    rows.push({ key, value: shown(value), source });
  };
  add('defaults.remote', config.defaults.remote);
  add('defaults.organization', config.defaults.organization);
  add('defaults.imageRegistry', config.defaults.imageRegistry);
  add('kubernetesPullRequest.repository', config.kubernetesPullRequest.repository);
  add('kubernetesPullRequest.branchTemplate', config.kubernetesPullRequest.branchTemplate);
  add('kubernetesPullRequest.yamlTemplate', config.kubernetesPullRequest.yamlTemplate);
  const { server } = config;
  add('server.host', server.host);
  add('server.port', server.port);
  add('server.publicUrl', server.publicUrl);
  add('server.tokensFile', server.tokensFile);
  add('server.tokens', server.tokens);
  add('server.cors.origins', server.cors.origins);
  add('server.rateLimit.requestsPerMinute', server.rateLimit.requestsPerMinute);
  add('server.trustProxy', server.trustProxy);
  add('server.maxBodyBytes', server.maxBodyBytes);
  for (const [forge, secrets] of Object.entries(server.webhooks))
    add(`server.webhooks.${forge}`, secrets);
  add('author.name', config.author?.name);
  add('author.email', config.author?.email);
  for (const channel of config.notifications.channels) {
    const key = `notifications.channels.${channel.name}`;
    for (const [member, value] of Object.entries(channel))
      if (member !== 'name') add(`${key}.${member}`, value, key);
  }
  for (const host of config.hosts) {
    const key = `hosts.${host.host}`;
    add(`${key}.kind`, host.kind);
    if (host.apiUrl !== undefined) add(`${key}.apiUrl`, host.apiUrl);
    if (host.insecureHttp !== undefined) add(`${key}.insecureHttp`, host.insecureHttp);
    if (host.organization !== undefined) add(`${key}.organization`, host.organization);
    if (host.credential !== undefined)
      for (const [name, value] of credentialMembers(host.credential))
        add(`${key}.credential.${name}`, value, `${key}.credential`);
    else if (host.credentialIssue !== undefined)
      add(`${key}.credential`, `unusable: ${host.credentialIssue.message}`);
  }
  return rows;
}

function credentialMembers(credential: Credential): readonly (readonly [string, unknown])[] {
  return Object.entries(credential);
}

function shown(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return value.map(shown).join(', ');
  return value instanceof Secret ? MASK : redact(String(value));
}
