import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sshSigner } from './ssh-signer.ts';

function hasKeygen(): boolean {
  try {
    execFileSync('ssh-keygen', ['-?'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
  }
}

const present = hasKeygen();
const payload = Buffer.from('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\nmessage\n');

describe.skipIf(!present)('sshSigner, checked by ssh-keygen (skipped without it)', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bowline-signer-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function keygen(name: string, args: readonly string[]): string {
    const file = join(folder, name);
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-f', file, ...args]);
    return file;
  }

  function verify(publicKey: string, signature: string, namespace = 'git'): string {
    const allowed = join(folder, 'allowed');
    const file = join(folder, 'signature');
    writeFileSync(allowed, `me@example.com ${publicKey}`);
    writeFileSync(file, signature);
    return execFileSync(
      'ssh-keygen',
      ['-Y', 'verify', '-f', allowed, '-I', 'me@example.com', '-n', namespace, '-s', file],
      { input: payload, stdio: ['pipe', 'pipe', 'pipe'] },
    ).toString();
  }

  it.each([
    ['ed25519', ['-t', 'ed25519']],
    ['rsa', ['-t', 'rsa', '-b', '2048']],
    ['ecdsa-256', ['-t', 'ecdsa', '-b', '256']],
    ['ecdsa-521', ['-t', 'ecdsa', '-b', '521']],
    ['rsa-pem', ['-t', 'rsa', '-b', '2048', '-m', 'PEM']],
    ['ecdsa-pkcs8', ['-t', 'ecdsa', '-b', '384', '-m', 'PKCS8']],
  ])('signs with a key of the kind %s', async (name, args) => {
    const file = keygen(name, args);
    const sign = sshSigner({ privateKey: new Secret(readFileSync(file, 'utf8')) });
    const publicKey = readFileSync(`${file}.pub`, 'utf8');
    expect(verify(publicKey, await sign(payload))).toContain('Good "git" signature');
  });

  it('signs for the namespace that it is given, and for no other', async () => {
    const file = keygen('namespace', ['-t', 'ed25519']);
    const sign = sshSigner({ privateKey: readFileSync(file, 'utf8'), namespace: 'file' });
    const publicKey = readFileSync(`${file}.pub`, 'utf8');
    const signature = await sign(payload);
    expect(verify(publicKey, signature, 'file')).toContain('Good "file" signature');
    expect(() => verify(publicKey, signature)).toThrow();
  });

  it('refuses a key with a passphrase, in both formats', () => {
    const file = join(folder, 'locked');
    execFileSync('ssh-keygen', ['-q', '-N', 'open sesame', '-t', 'ed25519', '-f', file]);
    const refused = { code: 'GIT_INVALID_ARGUMENT', message: expect.stringMatching(/passphrase/) };
    expect(() => sshSigner({ privateKey: readFileSync(file, 'utf8') })).toThrow(
      expect.objectContaining(refused),
    );
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
    });
    expect(() => sshSigner({ privateKey })).toThrow(expect.objectContaining(refused));
  });
});

describe('sshSigner', () => {
  it.each([
    ['text', 'no key at all'],
    ['nothing', ''],
    ['a public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ'],
    [
      'a key that is cut off',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU\n-----END OPENSSH PRIVATE KEY-----\n',
    ],
    ['a broken PEM', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
  ])('refuses %s and does not repeat it', (_name, privateKey) => {
    expect(() => sshSigner({ privateKey })).toThrow(
      expect.objectContaining({ code: 'GIT_INVALID_ARGUMENT' }),
    );
  });

  it('refuses a kind of key that SSH signatures do not know', () => {
    const { privateKey } = generateKeyPairSync('x25519', {
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    expect(() => sshSigner({ privateKey })).toThrow(/kind cannot sign/);
  });
});
