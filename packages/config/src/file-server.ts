import type { Secret } from '@bowline/gitops-errors';
import { type InputOrigin, openAt, sourcedAt } from './input-origin.ts';
import type { Findings } from './issue.ts';
import type { Layer, SettingKey, Settings } from './layer.ts';
import { put } from './layer.ts';
import { expandPath } from './secret-reference.ts';
import type { ServerInput, WebhookForge } from './server-types.ts';

/** Reads the server of gitops.yaml. A webhook secret that is not set on this machine is a warning; the others of its forge go on working. */
export async function fileServer(
  server: ServerInput,
  origin: InputOrigin,
  to: { readonly layer: Layer; readonly findings: Findings },
): Promise<void> {
  const { layer, findings } = to;
  const set = <K extends SettingKey>(key: K, value: Settings[K] | undefined) => {
    if (value !== undefined) put(layer, key, sourcedAt(origin, key.split('.'), value));
  };
  set('server.host', server.host);
  set('server.port', server.port);
  set('server.publicUrl', server.publicUrl?.replace(/\/+$/, ''));
  set(
    'server.tokensFile',
    server.tokensFile === undefined ? undefined : expandPath(server.tokensFile, origin.places),
  );
  set('server.cors.origins', server.cors?.origins);
  set('server.rateLimit.requestsPerMinute', server.rateLimit?.requestsPerMinute);
  set('server.trustProxy', server.trustProxy);
  set('server.maxBodyBytes', server.maxBodyBytes);
  for (const [name, { secrets }] of Object.entries(server.webhooks ?? {})) {
    const forge = name as WebhookForge;
    const opened: Secret[] = [];
    for (const [index, reference] of secrets.entries()) {
      const path = ['server', 'webhooks', forge, 'secrets', index];
      const found = await openAt(reference, path, origin);
      if ('secret' in found) opened.push(found.secret);
      else findings.warnings.push(found.issue);
    }
    if (opened.length > 0) set(`server.webhooks.${forge}`, opened);
  }
}
