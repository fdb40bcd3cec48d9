import { createHash, sign } from 'node:crypto';
import type { Secret } from '@bowline/gitops-errors';
import type { CommitSigner } from './engine.ts';
import { readSshPrivateKey, type SshPrivateKey } from './ssh-private-key.ts';
import { sshInteger, sshString } from './ssh-wire.ts';

/** Options of {@link sshSigner}. */
export interface SshSignerOptions {
  /** Text of an OpenSSH or PEM private key without a passphrase: Ed25519, RSA or ECDSA. */
  readonly privateKey: Secret | string;
  /**
   * What the signature is for; a verifier asks for the same.
   *
   * @default 'git'
   */
  readonly namespace?: string | undefined;
}

const MAGIC = Buffer.from('SSHSIG', 'latin1');
const HASH = 'sha512';
const LINE = 70;

/**
 * Makes a signer of commits from an SSH private key, without ssh-keygen or an agent.
 *
 * The signature has the SSHSIG format (PROTOCOL.sshsig of OpenSSH), which `git verify-commit`, `ssh-keygen -Y verify` and the
 * forges read. The key is read at once, so a bad one fails here and not at the first commit.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` when the key is encrypted, damaged or of another kind.
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { sshSigner } from '@bowline/gitops-git';
 *
 * export function signerOf(privateKey: string) {
 *   return sshSigner({ privateKey: new Secret(privateKey) });
 * }
 * ```
 */
export function sshSigner(options: SshSignerOptions): CommitSigner {
  const { privateKey, namespace = 'git' } = options;
  const key = readSshPrivateKey(typeof privateKey === 'string' ? privateKey : privateKey.reveal());
  return (payload) =>
    Promise.resolve().then(() => {
      const digest = createHash(HASH).update(payload).digest();
      const common = [sshString(namespace), sshString(''), sshString(HASH)];
      const signature = signatureOf(key, Buffer.concat([MAGIC, ...common, sshString(digest)]));
      const version = Buffer.from([0, 0, 0, 1]);
      return armour(
        Buffer.concat([MAGIC, version, sshString(key.publicBlob), ...common, sshString(signature)]),
      );
    });
}

function signatureOf(key: SshPrivateKey, data: Buffer): Buffer {
  switch (key.kind) {
    case 'ed25519':
      return Buffer.concat([sshString('ssh-ed25519'), sshString(sign(null, data, key.key))]);
    case 'rsa':
      return Buffer.concat([sshString('rsa-sha2-512'), sshString(sign('sha512', data, key.key))]);
    case 'ecdsa': {
      // RFC 5656 §6.2.1: the hash goes with the size of the curve.
      const hash = { nistp256: 'sha256', nistp384: 'sha384' }[key.curve ?? ''] ?? 'sha512';
      const pair = sign(hash, data, { key: key.key, dsaEncoding: 'ieee-p1363' });
      const half = pair.length / 2;
      const numbers = Buffer.concat([
        sshInteger(pair.subarray(0, half)),
        sshInteger(pair.subarray(half)),
      ]);
      return Buffer.concat([sshString(`ecdsa-sha2-${key.curve ?? ''}`), sshString(numbers)]);
    }
  }
}

function armour(data: Buffer): string {
  const text = data.toString('base64');
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += LINE) lines.push(text.slice(at, at + LINE));
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}
