import { type Finding, findingIssue } from './finding.ts';
import type { ConfigIssue } from './issue.ts';
import type { Locate } from './key-path.ts';
import { isLoopback, kindByName } from './known-hosts.ts';
import type { ConfigInput, CredentialInput, ForgeKind, HostInput } from './types.ts';

type HostRule = (host: string, input: HostInput) => Finding | undefined;

const kindIsKnown: HostRule = (host, { kind }) =>
  kind === undefined && kindByName(host) === undefined
    ? {
        path: ['kind'],
        message: `is required: the name of "${host}" does not tell which forge runs there`,
        hint: 'Set kind to bitbucket-datacenter, github, gitlab, gitea (also for Forgejo), or git for a server without the API of a forge.',
      }
    : undefined;

const kindIsTheKnownOne: HostRule = (host, { kind }) => {
  const known = kindByName(host);
  return known !== undefined && kind !== undefined && kind !== known
    ? { path: ['kind'], message: `must be ${known}, which is what runs at "${host}"` }
    : undefined;
};

const cloudIsOneHost: HostRule = (host, { kind }) =>
  kind === 'bitbucket-cloud' && host !== 'bitbucket.org'
    ? {
        path: ['kind'],
        message: 'cannot be bitbucket-cloud, which runs at "bitbucket.org" only',
        hint: 'A Bitbucket of your own is bitbucket-datacenter.',
      }
    : undefined;

const localIsNotAHost: HostRule = (host) =>
  host === 'local'
    ? { path: [], message: 'cannot be set: "local" is a folder on this machine' }
    : undefined;

const portIsPossible: HostRule = (host) => {
  const port = /:([0-9]+)$/.exec(host)?.[1];
  return port !== undefined && Number(port) > 65_535
    ? { path: [], message: 'has a port above 65535' }
    : undefined;
};

// Another address (a proxy of the company, a simulator) needs `apiHost` as well, which only a file named on purpose may set.
const knownApiStays: HostRule = (host, { apiUrl, apiHost, insecureHttp }) => {
  if (kindByName(host) === undefined) return undefined;
  if (apiUrl !== undefined && apiHost === undefined)
    return { path: ['apiUrl'], message: `cannot be set: the API of "${host}" is known` };
  return insecureHttp === true
    ? { path: ['insecureHttp'], message: `cannot be true: "${host}" speaks https` }
    : undefined;
};

const apiIsHttps: HostRule = (_host, { apiUrl, insecureHttp }) =>
  apiUrl?.startsWith('http://') === true &&
  insecureHttp !== true &&
  !isLoopback(hostnameOf(apiUrl) ?? '')
    ? {
        path: ['apiUrl'],
        message: 'must be https: a credential would be sent in the clear',
        hint: 'Use https, or set insecureHttp: true if nobody else can listen on the way.',
      }
    : undefined;

const apiIsOnItsHost: HostRule = (host, { apiUrl, apiHost }) => {
  if (apiUrl === undefined) return undefined;
  if (apiHost === undefined && kindByName(host) !== undefined) return undefined;
  const hostname = hostnameOf(apiUrl);
  if (hostname === undefined) return { path: ['apiUrl'], message: 'is not an address' };
  const own = withoutPort(host);
  const allowed = apiHost === undefined ? undefined : withoutPort(apiHost);
  return hostname === own || hostname === `api.${own}` || hostname === allowed
    ? undefined
    : {
        path: ['apiUrl'],
        message: `must be on "${host}" or "api.${own}": the credential of a host is sent to that host alone`,
        hint: `Set apiHost: ${hostname} in a file that is named with --config, if that host is meant.`,
      };
};

const credentialKinds: Readonly<Record<ForgeKind, readonly CredentialInput['kind'][]>> = {
  local: [],
  'bitbucket-cloud': ['api-token', 'access-token'],
  'bitbucket-datacenter': ['token', 'password'],
  github: ['token', 'github-app'],
  gitlab: ['token', 'job-token'],
  gitea: ['token', 'password'],
  git: ['token', 'password'],
};

const credentialFitsForge: HostRule = (host, input) => {
  const kind = kindByName(host) ?? input.kind;
  if (input.credential === undefined || kind === undefined) return undefined;
  const fitting = credentialKinds[kind];
  return fitting.includes(input.credential.kind)
    ? undefined
    : {
        path: ['credential', 'kind'],
        code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
        message: `must be ${fitting.join(' or ')}: ${kind} takes no other`,
      };
};

const rules: readonly HostRule[] = [
  kindIsKnown,
  kindIsTheKnownOne,
  cloudIsOneHost,
  localIsNotAHost,
  portIsPossible,
  knownApiStays,
  apiIsHttps,
  apiIsOnItsHost,
  credentialFitsForge,
];

/** Checks what a schema cannot say: rules over several settings of a host. */
export function checkHosts(config: ConfigInput, locate: Locate): readonly ConfigIssue[] {
  return Object.entries(config.hosts ?? {}).flatMap(([host, input]) =>
    rules.flatMap((rule) => {
      const found = rule(host, input);
      return found === undefined ? [] : [findingIssue(found, ['hosts', host], locate)];
    }),
  );
}

function hostnameOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.toLowerCase() : undefined;
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]+$/, '');
}
