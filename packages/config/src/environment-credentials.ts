import { Secret } from '@bowline/gitops-errors';
import type { ConfigIssue, Findings } from './issue.ts';
import { wellKnownHosts } from './known-hosts.ts';
import { type CredentialOutcome, hostLayer, type Layer } from './layer.ts';
import { expectations, patterns } from './values.ts';
import {
  forgeHost,
  forgeVariables,
  invalid,
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
  /** The variables that they give to a host: these complete what is said there, and say nothing of their own. */
  readonly claimed: ReadonlySet<string>;
  readonly findings: Findings;
}

/**
 * Reads the tokens of the environment into a layer, each for its own host. The variable that is named after a host is
 * stronger than that of the forge.
 */
export function environmentCredentials(
  { own: ownOrClaimed, visible, all }: Lookups,
  to: EnvironmentTarget & { readonly layer: Layer },
): void {
  const own: Lookup = (name) => (to.claimed.has(name) ? undefined : ownOrClaimed(name));
  const bitbucket = bitbucketCredential(own, all, to.findings);
  if (bitbucket !== undefined)
    hostLayer(to.layer, 'bitbucket.org').credential = sourced(
      bitbucket.variable,
      bitbucket.outcome,
    );
  for (const forge of forgeVariables) {
    const token = forge.prefix === 'BITBUCKET' ? undefined : own(`${forge.prefix}_TOKEN`);
    if (token === undefined) continue;
    hostLayer(to.layer, forgeHost(forge, visible)).credential = sourced(token, tokenOutcome(token));
  }
  for (const host of new Set([...wellKnownHosts.keys(), ...to.hosts, ...to.layer.hosts.keys()])) {
    const token = own(tokenVariable(host));
    if (token === undefined || host === 'local') continue;
    const outcome = host === 'bitbucket.org' ? accessToken(token) : tokenOutcome(token);
    hostLayer(to.layer, host).credential = sourced(token, outcome);
  }
}

function tokenOutcome(token: Variable): CredentialOutcome {
  const secret = new Secret(token.value);
  return isToken(token.value)
    ? { credential: { kind: 'token', token: secret } }
    : { issue: notAToken(token) };
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
