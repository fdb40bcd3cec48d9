import { Secret } from '@bowline/gitops-errors';

/**
 * Reads a private key in PEM (RFC 7468). CI systems that keep variables in one line have `\n` for its line breaks, which is mended here.
 *
 * @returns `undefined` when it is none. Whether the key itself can be used shows when it signs.
 */
export function privateKey(text: Secret): Secret | undefined {
  const key = new Secret(text.reveal().replaceAll('\\n', '\n').trim());
  return /^-----BEGIN (?:RSA )?PRIVATE KEY-----\s[A-Za-z0-9+/=\s]{1,20000}-----END (?:RSA )?PRIVATE KEY-----$/.test(
    key.reveal(),
  )
    ? key
    : undefined;
}
