import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { rememberSecret } from '@bowline/gitops-errors';
import { ProviderError } from '../errors.ts';
import type { GithubAppAuth } from './options.ts';

// GitHub refuses more than ten minutes, counted by its own clock; a minute is left for clocks that differ.
const LIFE_SECONDS = 540;
const BEFORE_SECONDS = 60;

/**
 * Reads the private key of an App.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when it is no RSA key in PEM. The key is never shown.
 */
export function appKey({ appId, privateKey }: GithubAppAuth): KeyObject {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(appId)) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      'The id of the GitHub App is neither a client id nor a number.',
    );
  }
  try {
    const key = createPrivateKey(privateKey.reveal());
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // What OpenSSL says of a broken key may quote it.
  }
  throw new ProviderError(
    'PROVIDER_INVALID_ARGUMENT',
    `The private key of GitHub App "${appId}" is no RSA key in PEM.`,
    { hint: 'Use the file that GitHub gave when the key was made, line breaks included.' },
  );
}

/** Signs the claim to be an App (RFC 7519; GitHub: "Generating a JSON Web Token (JWT) for a GitHub App"). */
export function appJwt(appId: string, key: KeyObject, nowMs: number): string {
  const now = Math.floor(nowMs / 1000);
  const claims = { iat: now - BEFORE_SECONDS, exp: now + LIFE_SECONDS, iss: appId };
  const signed = `${base64url({ alg: 'RS256', typ: 'JWT' })}.${base64url(claims)}`;
  const jwt = `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  rememberSecret(jwt);
  return jwt;
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
