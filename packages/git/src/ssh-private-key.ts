import { createPrivateKey, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { GitError } from './errors.ts';
import { SshReader, sshInteger, sshString } from './ssh-wire.ts';

/** A private key and what of it goes into a signature. */
export interface SshPrivateKey {
  readonly key: KeyObject;
  /** The public key in SSH's form (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4). */
  readonly publicBlob: Buffer;
  readonly kind: 'ed25519' | 'rsa' | 'ecdsa';
  /** The NIST curve of an ECDSA key in SSH's words, such as `nistp256`. */
  readonly curve: string | undefined;
}

const curves: Readonly<Record<string, string>> = {
  'P-256': 'nistp256',
  'P-384': 'nistp384',
  'P-521': 'nistp521',
};
const MAX_KEY = 64 * 1024;

/**
 * Reads a private key without a passphrase: OpenSSH's own format (PROTOCOL.key) or PEM (PKCS#8, PKCS#1, SEC 1), of the kinds
 * Ed25519, RSA and ECDSA on a NIST curve.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT`
 */
export function readSshPrivateKey(text: string): SshPrivateKey {
  if (text.length > MAX_KEY) throw unusable('it is too long');
  const openSsh =
    /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END OPENSSH PRIVATE KEY-----/.exec(
      text,
    )?.[1];
  if (openSsh !== undefined) return describeKey(readOpenSsh(Buffer.from(openSsh, 'base64')));
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(text)) throw encrypted();
  if (!/-----BEGIN (?:RSA |EC )?PRIVATE KEY-----/.test(text)) {
    throw unusable('it is neither an OpenSSH nor a PEM private key');
  }
  try {
    return describeKey(createPrivateKey(text));
  } catch (error) {
    throw error instanceof GitError ? error : unusable('it is damaged', error);
  }
}

function readOpenSsh(data: Buffer): KeyObject {
  const magic = 'openssh-key-v1\0';
  if (data.toString('latin1', 0, magic.length) !== magic) throw unusable('it is damaged');
  let jwk: JsonWebKey;
  try {
    const outer = new SshReader(data.subarray(magic.length));
    const cipher = outer.text();
    outer.text();
    outer.string();
    if (cipher !== 'none') throw encrypted();
    if (outer.uint32() !== 1) throw unusable('it holds more than one key');
    outer.string();
    jwk = readOpenSshFields(new SshReader(outer.string()));
    return createPrivateKey({ key: jwk, format: 'jwk' });
  } catch (error) {
    throw error instanceof GitError ? error : unusable('it is damaged', error);
  }
}

function readOpenSshFields(fields: SshReader): JsonWebKey {
  const check = fields.uint32();
  if (check !== fields.uint32()) throw unusable('it is damaged');
  const type = fields.text();
  const url = (value: Buffer): string => value.toString('base64url');
  if (type === 'ssh-ed25519') {
    const x = fields.string();
    return { kty: 'OKP', crv: 'Ed25519', x: url(x), d: url(fields.string().subarray(0, 32)) };
  }
  if (type.startsWith('ecdsa-sha2-')) {
    const name = fields.text();
    const crv = Object.keys(curves).find((curve) => curves[curve] === name);
    if (crv === undefined) throw unusable(`its curve "${name}" is not known`);
    const point = fields.string();
    const size = (point.length - 1) / 2;
    const d = fields.integer();
    return {
      kty: 'EC',
      crv,
      x: url(point.subarray(1, 1 + size)),
      y: url(point.subarray(1 + size)),
      d: url(Buffer.concat([Buffer.alloc(Math.max(0, size - d.length)), d])),
    };
  }
  if (type === 'ssh-rsa') {
    const [n, e, d, qi, p, q] = [1, 2, 3, 4, 5, 6].map(() => fields.integer());
    if (!n || !e || !d || !qi || !p || !q) throw unusable('it is damaged');
    const rest = (factor: Buffer): Buffer => fromBigInt(toBigInt(d) % (toBigInt(factor) - 1n));
    return {
      kty: 'RSA',
      n: url(n),
      e: url(e),
      d: url(d),
      p: url(p),
      q: url(q),
      dp: url(rest(p)),
      dq: url(rest(q)),
      qi: url(qi),
    };
  }
  throw unusable(`its kind "${type.slice(0, 60)}" cannot sign commits here`);
}

function toBigInt(value: Buffer): bigint {
  return BigInt(`0x${value.toString('hex') || '0'}`);
}

function fromBigInt(value: bigint): Buffer {
  const hex = value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}

function describeKey(key: KeyObject): SshPrivateKey {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const part = (value: string | undefined): Buffer => Buffer.from(value ?? '', 'base64url');
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    const publicBlob = Buffer.concat([sshString('ssh-ed25519'), sshString(part(jwk.x))]);
    return { key, publicBlob, kind: 'ed25519', curve: undefined };
  }
  if (jwk.kty === 'RSA') {
    const publicBlob = Buffer.concat([
      sshString('ssh-rsa'),
      sshInteger(part(jwk.e)),
      sshInteger(part(jwk.n)),
    ]);
    return { key, publicBlob, kind: 'rsa', curve: undefined };
  }
  const curve = jwk.kty === 'EC' ? curves[jwk.crv ?? ''] : undefined;
  if (curve === undefined) throw unusable('its kind cannot sign commits here');
  const publicBlob = Buffer.concat([
    sshString(`ecdsa-sha2-${curve}`),
    sshString(curve),
    sshString(Buffer.concat([Buffer.from([4]), part(jwk.x), part(jwk.y)])),
  ]);
  return { key, publicBlob, kind: 'ecdsa', curve };
}

function encrypted(): GitError {
  return new GitError('GIT_INVALID_ARGUMENT', 'The private key is protected by a passphrase.', {
    hint: 'Use a key without a passphrase that is kept as a secret, for example one made for this purpose.',
  });
}

function unusable(reason: string, cause?: unknown): GitError {
  return new GitError(
    'GIT_INVALID_ARGUMENT',
    `The private key cannot be used: ${reason}.`,
    cause === undefined ? {} : { cause },
  );
}
