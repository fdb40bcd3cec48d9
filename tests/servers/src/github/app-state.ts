import { generateKeyPairSync, verify } from 'node:crypto';

const HOUR = 3_600_000;

interface InstallationToken {
  readonly repositories: ReadonlySet<string>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

let pair: { readonly publicKey: string; readonly privateKey: string } | undefined;

/** The GitHub App of a simulator: one installation, its key, and the tokens that it gave out. */
export class AppState {
  readonly appId = 'Iv1.simulated';
  installationId = 42;
  readonly owner = 'acme';
  /** The names of the repositories that the installation has. */
  readonly repositories = new Set(['shop']);
  readonly permissions: Record<string, string> = {
    contents: 'write',
    metadata: 'read',
    pull_requests: 'write',
    administration: 'write',
    statuses: 'read',
  };
  readonly tokens = new Map<string, InstallationToken>();
  /** How far the clock of GitHub is ahead of that of the test, in milliseconds. */
  skew = 0;
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#now() + this.skew;
  }

  /** PKCS#8; made once per process, since it takes a while. */
  get privateKey(): string {
    pair ??= generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    return pair.privateKey;
  }

  /** Tells what is wrong with the claim to be this App; `undefined` when nothing is. */
  refuse(authorization: string): string | undefined {
    const [, head = '', body = '', signature = ''] =
      /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization) ?? [];
    const key = this.privateKey === '' ? '' : (pair?.publicKey ?? '');
    const signed = Buffer.from(`${head}.${body}`);
    if (head === '' || !verify('sha256', signed, key, Buffer.from(signature, 'base64url'))) {
      return 'A JSON web token could not be decoded';
    }
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    const { iat, exp, iss } = read(body);
    const seconds = Math.floor(this.now() / 1000);
    if (read(head).alg !== 'RS256' || iss !== this.appId) return 'Integration not found';
    if (!Number.isInteger(iat) || iat > seconds) {
      return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
    }
    if (exp > seconds + 600) return "'Expiration time' claim ('exp') is too far in the future";
    return exp <= seconds ? "'Expiration time' claim ('exp') must be in the future" : undefined;
  }

  /** Makes a token of the form that GitHub has had since April 2026. */
  issue(repositories: readonly string[], permissions: Readonly<Record<string, string>>): string {
    const token = `ghs_123456_simulated.${this.tokens.size + 1}.${'x'.repeat(400)}`;
    const expiresAt = this.now() + HOUR;
    this.tokens.set(token, { repositories: new Set(repositories), permissions, expiresAt });
    return token;
  }

  /** Finds a token that holds; expired and unknown ones are the same. */
  token(authorization: string): InstallationToken | undefined {
    const token = this.tokens.get(authorization.replace(/^Bearer /, ''));
    return token !== undefined && token.expiresAt > this.now() ? token : undefined;
  }
}
