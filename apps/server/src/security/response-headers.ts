/**
 * What the `helmet` package sets, without what is for pages alone.
 *
 * Nothing here may be framed, guessed at, kept by a cache or told to another site.
 */
const protectiveHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  'cache-control': 'no-store',
};

/** For servers whose public address is https: a year, this host alone. */
const strictTransport = { 'strict-transport-security': 'max-age=31536000' } as const;

/** Gives the headers of every answer, unless a page sets its own. */
export function responseHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  const https = publicUrl?.startsWith('https:') === true;
  return https ? { ...protectiveHeaders, ...strictTransport } : protectiveHeaders;
}
