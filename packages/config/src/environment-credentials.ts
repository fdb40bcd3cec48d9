import { Secret } from '@bowline/gitops-errors';
import { appCredential } from './environment-app.ts';
import type { ConfigIssue, Findings } from './issue.ts';
import { kindByName, wellKnownHosts } from './known-hosts.ts';
import { type CredentialOutcome, emptyLayer, hostLayer, type Layer } from './layer.ts';
import { expectations, patterns } from './values.ts';
import {
  type ForgeVariables,
  forgeHost,
  forgeVariables,
  invalid,
  jobHost,
  type Lookup,
  type Lookups,
  sourced,
  tokenVariable,
  type Variable,
} from './variables.ts';

/** Where Atlassian explains API tokens. */
export const API_TOKEN_HELP =
  'https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/';

const API_TOKEN_HINT = `Create an API token with scopes for Bitbucket (${API_TOKEN_HELP}) and set BITBUCKET_EMAIL and BITBUCKET_API_TOKEN.`;

/** What the variables are read for. */
export interface EnvironmentTarget {
  /** The hosts that gitops.yaml and the options name. */
  readonly hosts: readonly string[];
  /** The variables that they give to a host, channel or the server: these complete what is said there, and say nothing of their own. */
  readonly claimed: ReadonlySet<string>;
  readonly findings: Findings;
  /** Where the path of a key file begins. */
  readonly places: { readonly homeDirectory: string; readonly folder: string };
}

/**
 * Reads the tokens of the environment into a layer, each for its own host. The variable that is named after a host is
 * stronger than those of the forge.
 */
export async function environmentCredentials(
  { own, visible, all }: Lookups,
  to: EnvironmentTarget & { readonly layer: Layer },
): Promise<void> {
  const bitbucket = bitbucketCredential(own, all, to.findings);
  if (bitbucket !== undefined)
    hostLayer(to.layer, 'bitbucket.org').credential = sourced(
      bitbucket.variable,
      bitbucket.outcome,
    );
  for (const forge of forgeVariables) {
    const found = await forgeCredential(forge, { own, visible, all }, to);
    if (found === undefined) continue;
    const host = forgeHost(forge, visible);
    if (host === undefined)
      to.findings.warnings.push(
        invalid(found.variable, `is not used: ${forge.prefix}_HOST is not set`),
      );
    else hostLayer(to.layer, host).credential = sourced(found.variable, found.outcome);
  }
  for (const host of new Set([...wellKnownHosts.keys(), ...to.hosts, ...to.layer.hosts.keys()])) {
    const token = own(tokenVariable(host));
    if (token === undefined || host === 'local') continue;
    const outcome = host === 'bitbucket.org' ? accessToken(token) : tokenOutcome(token);
    hostLayer(to.layer, host).credential = sourced(token, outcome);
  }
}

async function forgeCredential(
  forge: ForgeVariables,
  { own, all }: Lookups,
  to: EnvironmentTarget,
): Promise<Found | undefined> {
  if (forge.prefix === 'BITBUCKET') return undefined;
  const token = own(`${forge.prefix}_TOKEN`);
  const app = forge.kind === 'github' ? await appCredential(own, all, to.places) : undefined;
  if (app !== undefined) {
    if (token !== undefined) rememberAsSecret(token);
    const used = app.variable.place.key;
    for (const other of [token, own('GITHUB_APP_PRIVATE_KEY_FILE')]) {
      if (other === undefined || other.place.key === used) continue;
      to.findings.warnings.push(invalid(other, `is not used, since ${used} is set too`));
    }
    return app;
  }
  if (token === undefined) return undefined;
  const user = forge.kind === 'bitbucket-datacenter' ? all('BITBUCKET_DC_USER') : undefined;
  return { variable: token, outcome: tokenOutcome(token, user?.value) };
}

/**
 * Reads the token of the GitLab CI job that this program runs in, for the GitLab that runs it. It can do little and is there in every job, so
 * it is the weakest of all credentials.
 */
export function jobTokenLayer(environment: Lookup): Layer {
  const layer = emptyLayer();
  const token = environment('CI_JOB_TOKEN');
  const host = jobHost(environment);
  if (token === undefined || host === undefined) return layer;
  const secret = rememberAsSecret(token);
  const known = kindByName(host);
  if (!isToken(token.value) || (known !== undefined && known !== 'gitlab')) return layer;
  const to = hostLayer(layer, host);
  to.kind = sourced(token, 'gitlab');
  to.credential = sourced(token, { credential: { kind: 'job-token', token: secret } });
  return layer;
}

function tokenOutcome(token: Variable, user?: string): CredentialOutcome {
  const secret = new Secret(token.value);
  if (!isToken(token.value)) return { issue: notAToken(token) };
  const username = user !== undefined && patterns.username.test(user) ? { username: user } : {};
  return { credential: { kind: 'token', token: secret, ...username } };
}

/** Tells whether a text can be sent in a header: a stray line break is the usual mistake. */
export function isToken(text: string): boolean {
  return /^[\u0021-\u007e]{1,8192}$/.test(text);
}

function notAToken(variable: Variable): ConfigIssue {
  return {
    ...invalid(variable, 'is not a token: it has blanks, line breaks or non-ASCII characters'),
    code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
    hint: 'Copy the token again, without quotes and line breaks.',
  };
}

interface Found {
  readonly variable: Variable;
  readonly outcome: CredentialOutcome;
}

function bitbucketCredential(own: Lookup, all: Lookup, findings: Findings): Found | undefined {
  const refused = own('BITBUCKET_APP_PASSWORD');
  const appPassword = refused === undefined ? undefined : refuseAppPassword(refused);
  if (appPassword !== undefined) findings.warnings.push(appPassword);
  const access = own('BITBUCKET_ACCESS_TOKEN');
  const api = own('BITBUCKET_API_TOKEN');
  if (api !== undefined) {
    if (access !== undefined) {
      rememberAsSecret(access);
      findings.warnings.push(invalid(access, 'is not used, since BITBUCKET_API_TOKEN is set too'));
    }
    return { variable: api, outcome: apiToken(api, all) };
  }
  if (access !== undefined) return { variable: access, outcome: accessToken(access) };
  if (refused !== undefined && appPassword !== undefined)
    return { variable: refused, outcome: { issue: appPassword } };
  return undefined;
}

function rememberAsSecret(variable: Variable): Secret {
  return new Secret(variable.value);
}

function apiToken(token: Variable, all: Lookup): CredentialOutcome {
  const secret = new Secret(token.value);
  if (!isToken(token.value)) return { issue: notAToken(token) };
  const user = all('BITBUCKET_USER')?.value;
  // The old tool had one user for all; many people have put their e-mail address there.
  const email = all('BITBUCKET_EMAIL')?.value ?? (user?.includes('@') === true ? user : undefined);
  if (email === undefined || !patterns.email.test(email)) {
    const missing =
      email === undefined
        ? 'lacks its e-mail address: BITBUCKET_EMAIL is not set'
        : `lacks its e-mail address: BITBUCKET_EMAIL must be ${expectations.email}`;
    return {
      issue: {
        ...invalid(token, missing),
        code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
        hint: 'Set BITBUCKET_EMAIL to the e-mail address of the Atlassian account that made the token.',
      },
    };
  }
  const username =
    user !== undefined && !user.includes('@') && patterns.username.test(user)
      ? { username: user }
      : {};
  return { credential: { kind: 'api-token', email, token: secret, ...username } };
}

function accessToken(token: Variable): CredentialOutcome {
  const secret = new Secret(token.value);
  if (!isToken(token.value)) return { issue: notAToken(token) };
  return { credential: { kind: 'access-token', token: secret } };
}

function refuseAppPassword(variable: Variable): ConfigIssue {
  rememberAsSecret(variable);
  // The prefix is Atlassian's and only a hint: people put the new token where the old one was.
  const looksLike = variable.value.startsWith('ATATT')
    ? '; this value looks like an API token: give it as BITBUCKET_API_TOKEN'
    : '';
  return {
    ...invalid(
      variable,
      `cannot be used: Bitbucket Cloud removed app passwords on 2026-07-28${looksLike}`,
    ),
    code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
    hint: API_TOKEN_HINT,
  };
}
