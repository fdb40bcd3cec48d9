import { credentialReference } from './claimed-variables.ts';
import { isToken } from './environment-credentials.ts';
import { type InputOrigin, issueAt, openAt } from './input-origin.ts';
import type { KeyPath } from './key-path.ts';
import type { CredentialOutcome } from './layer.ts';
import { privateKey } from './private-key.ts';
import type { CredentialInput } from './types.ts';

/** Opens the reference of a credential of gitops.yaml. */
export async function openCredential(
  input: CredentialInput,
  above: KeyPath,
  origin: InputOrigin,
): Promise<CredentialOutcome> {
  const { member, reference } = credentialReference(input);
  const path = [...above, member];
  const opened = await openAt(reference, path, origin);
  if ('issue' in opened) return opened;
  const { secret } = opened;
  const refuse = (message: string): CredentialOutcome => ({
    issue: issueAt(origin, path, { code: 'CONFIG_CREDENTIAL_UNSUPPORTED', message }),
  });
  if (input.kind === 'password')
    return { credential: { kind: 'password', username: input.username, password: secret } };
  if (input.kind === 'github-app') {
    const key = privateKey(secret);
    if (key === undefined) return refuse('is not a private key in PEM');
    const { installationId } = input;
    return {
      credential: {
        kind: 'github-app',
        appId: String(input.appId),
        privateKey: key,
        ...(installationId === undefined ? {} : { installationId }),
      },
    };
  }
  if (!isToken(secret.reveal()))
    return refuse('is not a token: it has blanks, line breaks or non-ASCII characters');
  if (input.kind === 'access-token' || input.kind === 'job-token')
    return { credential: { kind: input.kind, token: secret } };
  const username = input.username === undefined ? {} : { username: input.username };
  return input.kind === 'token'
    ? { credential: { kind: 'token', token: secret, ...username } }
    : { credential: { kind: 'api-token', email: input.email, token: secret, ...username } };
}
