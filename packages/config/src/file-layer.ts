import { Secret } from '@bowline/gitops-errors';
import { isToken } from './environment-credentials.ts';
import type { ConfigIssue, Findings } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';
import { kindByName } from './known-hosts.ts';
import {
  type CredentialOutcome,
  emptyLayer,
  hostLayer,
  type Layer,
  put,
  type SettingKey,
  type Settings,
  type Sourced,
} from './layer.ts';
import { openSecret, type SecretPlaces } from './secret-reference.ts';
import type { ConfigInput, CredentialInput, SecretReference, WebhookTarget } from './types.ts';
import { isWebhookUrl, patterns, webhookRule } from './values.ts';

/** Where a checked {@link ConfigInput} comes from. */
export interface InputOrigin {
  /** What stands as the source of a value that has no line. */
  readonly name: string;
  readonly locate: Locate;
  readonly places: SecretPlaces;
}

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
  set('server.host', server?.host);
  set('server.port', server?.port);
  set('author.name', author?.name);
  set('author.email', author?.email);
  await readNotifications(config, origin, { layer, findings });
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

/** Lists the variables that are given to a host: they are its own, and that of no other. */
export function claimedVariables(config: ConfigInput): readonly string[] {
  return Object.values(config.hosts ?? {}).flatMap(({ credential }) => {
    if (credential === undefined) return [];
    const reference = credential.kind === 'password' ? credential.password : credential.token;
    return 'env' in reference ? [reference.env] : [];
  });
}

function sourcedAt<T>(origin: InputOrigin, path: KeyPath, value: T): Sourced<T> {
  const place = origin.locate(path, 'value');
  const source =
    place.file === undefined
      ? origin.name
      : [place.file, place.line].filter((part) => part !== undefined).join(':');
  return { value, source, place: { ...place, key: dotted(path) } };
}

type Opened = { readonly secret: Secret } | { readonly issue: ConfigIssue };

async function open(
  reference: SecretReference,
  path: KeyPath,
  origin: InputOrigin,
): Promise<Opened> {
  const scope = path[0] === 'hosts' ? String(path[1]) : 'notifications';
  const opened = await openSecret(reference, origin.places, scope);
  if (opened instanceof Secret) return { secret: opened };
  return { issue: { ...opened, ...origin.locate(path, 'value'), key: dotted(path) } };
}

async function openCredential(
  input: CredentialInput,
  path: KeyPath,
  origin: InputOrigin,
): Promise<CredentialOutcome> {
  if (input.kind === 'password') {
    const opened = await open(input.password, [...path, 'password'], origin);
    if ('issue' in opened) return opened;
    return { credential: { kind: 'password', username: input.username, password: opened.secret } };
  }
  const opened = await open(input.token, [...path, 'token'], origin);
  if ('issue' in opened) return opened;
  const { secret } = opened;
  if (!isToken(secret.reveal()))
    return {
      issue: {
        code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
        message: 'is not a token: it has blanks, line breaks or non-ASCII characters',
        ...origin.locate([...path, 'token'], 'value'),
        key: dotted([...path, 'token']),
      },
    };
  if (input.kind === 'access-token') return { credential: { kind: 'access-token', token: secret } };
  const username = input.username === undefined ? {} : { username: input.username };
  return input.kind === 'token'
    ? { credential: { kind: 'token', token: secret, ...username } }
    : { credential: { kind: 'api-token', email: input.email, token: secret, ...username } };
}

async function readNotifications(
  config: ConfigInput,
  origin: InputOrigin,
  to: { readonly layer: Layer; readonly findings: Findings },
): Promise<void> {
  const { teams, webhooks } = config.notifications ?? {};
  if (teams !== undefined) {
    const path = ['notifications', 'teams', 'url'];
    const opened = await open(teams.url, path, origin);
    // A channel that is not set up on this machine is off; it does not stop the work.
    if ('issue' in opened) to.findings.warnings.push(opened.issue);
    else if (patterns.httpsUrl.test(opened.secret.reveal()))
      to.layer.settings['notifications.teams.url'] = sourcedAt(origin, path, opened.secret);
    else to.findings.issues.push(notAnAddress(path, origin));
  }
  if (webhooks === undefined) return;
  const targets: WebhookTarget[] = [];
  for (const [index, webhook] of webhooks.entries()) {
    const path = ['notifications', 'webhooks', index];
    let { url }: { url: SecretReference | Secret | string } = webhook;
    if (typeof url !== 'string') {
      const opened = await open(url, [...path, 'url'], origin);
      if ('issue' in opened) {
        to.findings.warnings.push(opened.issue);
        continue;
      }
      url = opened.secret;
      if (!isWebhookUrl(url.reveal())) {
        to.findings.issues.push(notAnAddress([...path, 'url'], origin));
        continue;
      }
    }
    const reach = webhook.allowPrivateAddresses === true ? { allowPrivateAddresses: true } : {};
    if (webhook.secret === undefined) {
      targets.push({ url, ...reach });
      continue;
    }
    const key = await open(webhook.secret, [...path, 'secret'], origin);
    // Without its key the receiver could not tell our events from others, so they are not sent at all.
    if ('issue' in key) to.findings.warnings.push(key.issue);
    else targets.push({ url, secret: key.secret, ...reach });
  }
  to.layer.settings['notifications.webhooks'] = sourcedAt(
    origin,
    ['notifications', 'webhooks'],
    targets,
  );
}

function notAnAddress(path: KeyPath, origin: InputOrigin): ConfigIssue {
  return {
    code: 'CONFIG_INVALID',
    message: webhookRule,
    ...origin.locate(path, 'value'),
    key: dotted(path),
  };
}
