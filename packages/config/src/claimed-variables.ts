import type { ConfigInput, CredentialInput, SecretReference } from './types.ts';

/** Finds the reference of a credential, and the key that it stands under. */
export function credentialReference(credential: CredentialInput): {
  readonly member: 'token' | 'password' | 'privateKey';
  readonly reference: SecretReference;
} {
  switch (credential.kind) {
    case 'password':
      return { member: 'password', reference: credential.password };
    case 'github-app':
      return { member: 'privateKey', reference: credential.privateKey };
    default:
      return { member: 'token', reference: credential.token };
  }
}

/**
 * Lists the variables that are given to a host, a channel or the server: they are its own, and say nothing besides. Otherwise the address
 * that `notifications.channels` gives to a channel with rules would make a second one without them.
 */
export function claimedVariables(config: ConfigInput): readonly string[] {
  const { teams, webhooks = [], channels = [] } = config.notifications ?? {};
  const references: readonly (SecretReference | string | undefined)[] = [
    ...Object.values(config.hosts ?? {}).map(
      ({ credential }) => credential && credentialReference(credential).reference,
    ),
    teams?.url,
    ...[...webhooks, ...channels].flatMap((channel) => [
      channel.url,
      'secret' in channel ? channel.secret : undefined,
    ]),
    ...Object.values(config.server?.webhooks ?? {}).flatMap(({ secrets }) => secrets),
  ];
  return references.flatMap((reference) =>
    typeof reference === 'object' && 'env' in reference ? [reference.env] : [],
  );
}
