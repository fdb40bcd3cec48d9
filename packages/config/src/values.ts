/**
 * The grammar of each value, once for gitops.yaml, its JSON Schema, and the environment.
 * Each pattern is linear: no quantifier stands over another one that can match the same text. Classes name what is allowed
 * (`!` to `~` is printable ASCII), so that control characters are left out without naming them.
 */
export const patterns = {
  /** RFC 1123 host name or IPv4 address, or an IPv6 address in brackets; with an optional port. Lower case. */
  host: /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?){0,30}|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?$/,
  /** An address to listen on. */
  listenHost: /^[A-Za-z0-9.:_-]{1,255}$/,
  /** One path segment or several: workspace, owner, group/subgroup, a folder for the local backend. */
  organization: /^[!-[\]-~\u00a1-\uffff]{1,1024}$/,
  /** Repository name, with or without its owner. */
  repository: /^[A-Za-z0-9._~-]{1,200}(?:\/[A-Za-z0-9._~-]{1,200}){0,20}$/,
  /** Registry host with optional port and path, without a scheme (OCI distribution spec 1.1, "Pulling manifests"). */
  imageRegistry:
    /^[A-Za-z0-9][A-Za-z0-9.-]{0,254}(?::[0-9]{1,5})?(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+){0,20}){0,20}$/,
  /** Enough to tell an e-mail address from a user name; the forge knows the rest. */
  email: /^[!-9;=?A-~\u00a1-\uffff]{1,64}@[!-;=?A-~\u00a1-\uffff]{1,255}$/,
  /** A name for a commit: Git cannot store angle brackets or line breaks in one. */
  personName: /^[^<>\r\n\0]{1,200}$/,
  /** A user name of HTTP Basic: no colon (RFC 7617 §2), no control characters. */
  username: /^[!-9;-~\u00a1-\uffff]{1,255}$/,
  template: /^(?:[!-[\]-z|~\u00a1-\uffff]|\{(?:cluster|namespace|deploy)\}){1,500}$/,
  variable: /^[A-Za-z_][A-Za-z0-9_]{0,199}$/,
  httpUrl: /^https?:\/\/[^\s/?#@\\]{1,300}(?:\/[^\s?#\\]{0,2000})?$/,
  /** An address that can stand in a committed file: no user, no query, no fragment. */
  plainWebhookUrl:
    /^(?:https:\/\/[^\s/?#@\\]{1,300}|http:\/\/(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?)(?:\/[^\s?#\\]{0,2000})?$/,
  httpsUrl: /^https:\/\/[^\s/?#@\\]{1,300}(?:\/[^\s\\]{0,4000})?$/,
  filePath: /^[ -~\u00a0-\uffff]{1,4096}$/,
  channelName: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  /** A type of event in which `*` stands for any text. */
  eventPattern: /^[a-z0-9.*-]{1,100}$/,
  /** A name of a repository in which `*` stands for any text. */
  repositoryPattern: /^[A-Za-z0-9._~*-]{1,200}(?:\/[A-Za-z0-9._~*-]{1,200}){0,20}$/,
  duration: /^[1-9][0-9]{0,4}[smhd]$/,
  /** A URI-reference (CloudEvents 1.0, "source"): a scheme and what follows, or a path. */
  eventSource: /^(?:[A-Za-z][A-Za-z0-9+.-]{0,30}:|\/)[!-~]{1,1000}$/,
  /** SMTP with or without TLS from the start (RFC 8314 §7.3 has no scheme of its own; these are what clients take). */
  smtpUrl: /^smtps?:\/\/(?:[^\s/?#@\\]{1,500}@)?[^\s/?#@\\]{1,300}(?:\/?(?:\?[^\s#\\]{0,1000})?)?$/,
  /** An origin as browsers send one (RFC 6454 §6.2): no path, no `*`. */
  origin:
    /^https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?$/,
  /** An IP address, or a block of them. A rule looks closer. */
  network: /^[0-9A-Fa-f:.]{2,45}(?:\/[0-9]{1,3})?$/,
  /** The client id of a GitHub App, or its number. */
  appId: /^[A-Za-z0-9._-]{1,100}$/,
} as const;

/** What each pattern asks for, as the end of the sentence "must be ...". */
export const expectations: { readonly [K in keyof typeof patterns]: string } = {
  host: 'a host name in lower case such as "git.example.com" or "git.example.com:8443"',
  listenHost: 'a host name or IP address to listen on',
  organization: 'an organization, workspace or group without blanks',
  repository: 'a repository name such as "gitops-k8s" or "acme/gitops-k8s"',
  imageRegistry: 'a registry without a scheme such as "registry.example.com/team"',
  email: 'an e-mail address',
  personName: 'a name in one line without "<" and ">"',
  username: 'a user name without blanks and ":"',
  template:
    'a template with no other placeholder than {cluster}, {namespace} and {deploy}, and without blanks',
  variable: 'the name of an environment variable',
  httpUrl: 'an http or https address without user, query and fragment',
  plainWebhookUrl:
    'an https address without user, query and fragment; one that holds a secret is { env: NAME } or { file: PATH }',
  httpsUrl: 'an https address without a user',
  filePath: 'the path of a file',
  channelName: 'a name of lower-case letters, digits and "-", such as "ops-slack"',
  eventPattern: 'a type of event such as "promotion.merged" or "promotion.*"',
  repositoryPattern: 'a repository such as "acme/shop" or "acme/*"',
  duration: 'a time such as "90s", "30m", "6h" or "1d"',
  eventSource: 'an absolute URI, or a path that begins with "/"',
  smtpUrl: 'an address such as "smtps://user:password@smtp.example.com"',
  origin: 'an exact origin such as "https://console.example.com", in lower case and without a path',
  network: 'an IP address or a CIDR block such as "10.0.0.0/8"',
  appId: 'the client id or the number of a GitHub App',
};

/** The ports that a server can be told to listen on; 0 lets the system choose. */
export const portRange = { min: 0, max: 65_535 } as const;
/** The rates that the server can be told to allow, in requests per minute. */
export const rateRange = { min: 1, max: 1_000_000 } as const;
/** The sizes of a request body that the server can be told to take, in bytes: 1 KiB to 64 MiB. */
export const bodyRange = { min: 1_024, max: 67_108_864 } as const;

/** What an address of a webhook must be, as the end of a message. */
export const webhookRule =
  'must be an https address without a user; http is for this machine alone';

const https = { pattern: patterns.httpsUrl, message: `must be ${expectations.httpsUrl}` };

/** What the addresses must be that are secrets as a whole. */
export const secretUrlRules = {
  teams: https,
  slack: https,
  discord: https,
  'google-chat': https,
  email: { pattern: patterns.smtpUrl, message: `must be ${expectations.smtpUrl}` },
} as const;

const units: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Reads a time such as `30m`, which has passed {@link patterns}. */
export function durationMs(text: string): number {
  return Number(text.slice(0, -1)) * (units[text.slice(-1)] ?? Number.NaN);
}

/** Tells whether events may be sent to an address: https, or http to this machine. */
export function isWebhookUrl(text: string): boolean {
  return (
    patterns.httpsUrl.test(text) ||
    /^http:\/\/(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(?::\d{1,5})?(?:\/\S{0,4000})?$/.test(
      text,
    )
  );
}
