import type { Secret } from '@bowline/gitops-errors';

/**
 * Encrypts a secret for a public key, so that only GitHub reads it (libsodium, `crypto_box_seal`).
 *
 * @param key The public key in base64. @returns The box in base64.
 */
export async function sealedBox(secret: Secret, key: string): Promise<string> {
  // Loaded when a secret is set: half a megabyte with its WebAssembly.
  const { default: sodium } = await import('libsodium-wrappers');
  await sodium.ready;
  const box = sodium.crypto_box_seal(secret.reveal(), Buffer.from(key, 'base64'));
  return Buffer.from(box).toString('base64');
}
