import { rememberSecret } from '@bowline/gitops-errors';
import { ProviderError } from '../errors.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/**
 * Builds the value of the `Authorization` header (RFC 7617, RFC 6750).
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the credential cannot stand in a header. The value is never shown.
 */
export function authorizationHeader(auth: ProviderAuth): string {
  if (auth.type === 'bearer') {
    const token = auth.token.reveal();
    if (!/^[\x21-\x7e]+$/.test(token)) throw unusable('token');
    return `Bearer ${token}`;
  }
  const password = auth.password.reveal();
  // A colon in the name would move the border between name and password.
  if (auth.username === '' || /[\p{Cc}:]/u.test(auth.username)) throw unusable('user name');
  if (password === '' || /\p{Cc}/u.test(password)) throw unusable('password or token');
  const encoded = Buffer.from(`${auth.username}:${password}`, 'utf8').toString('base64');
  rememberSecret(encoded);
  return `Basic ${encoded}`;
}

function unusable(what: string): ProviderError {
  return new ProviderError(
    'PROVIDER_INVALID_ARGUMENT',
    `The ${what} of the credential is empty or has a character that cannot be sent.`,
    { hint: 'Copy the credential again; a line break at its end is the usual cause.' },
  );
}
