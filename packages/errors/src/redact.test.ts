import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, redact } from './redact.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
/** A long text without words, the same on every run. */
function noise(length: number): string {
  return Array.from({ length }, (_, i) => letters[(i * 7 + ((i * i) % 13)) % letters.length]).join(
    '',
  );
}
const jwt = `eyJ${noise(20)}.eyJ${noise(40)}.${noise(43)}`;

const tokens: readonly (readonly [string, string])[] = [
  ['Bitbucket API token', `ATATT3xFf${noise(180)}=1A2B3C4D`],
  ['Bitbucket access token', `ATCTT3xFf${noise(180)}=1A2B3C4D`],
  ['Bitbucket app password', `ATBB${noise(32)}`],
  ['GitHub classic token', `ghp_${noise(36)}`],
  ['GitHub OAuth token', `gho_${noise(36)}`],
  ['GitHub fine-grained token', `github_pat_${noise(22)}_${noise(59)}`],
  ['GitHub installation token', `ghs_${noise(36)}`],
  ['GitHub installation token since 2026-04-27', `ghs_1234567_${jwt}`],
  ['GitLab personal token', `glpat-${noise(20)}`],
  ['GitLab routable token', `glpat-${noise(27)}.01.0z1abcdef`],
  ['GitLab deploy token', `gldt-${noise(20)}`],
  ['GitLab job token', `glcbt-64_${noise(20)}`],
  ['signing secret of a webhook', `whsec_${Buffer.from(noise(32)).toString('base64')}`],
  ['Slack bot token', `xoxb-1234567890-${noise(24)}`],
  ['npm token', `npm_${noise(36)}`],
  ['AWS access key', 'AKIAIOSFODNN7EXAMPLE'],
  ['JSON web token', jwt],
  ['encrypted JSON web token', `${jwt}.${noise(16)}.${noise(22)}`],
  ['age secret key', `AGE-SECRET-KEY-1${noise(58).toUpperCase()}`],
];

describe('redact: tokens by their shape', () => {
  for (const [name, token] of tokens) {
    it(`hides a ${name} wherever it stands`, () => {
      for (const text of [
        token,
        `refused ${token}, try again`,
        `"${token}"`,
        `Authorization: Bearer ${token}`,
        `PRIVATE-TOKEN: ${token}`,
        `https://x-token-auth:${token}@bitbucket.org/acme/shop.git`,
        `https://${token}@github.com/acme/shop.git`,
        `https://example.com/hook?token=${token}&x=1`,
        `https://example.com/?sig=${encodeURIComponent(token)}#top`,
        JSON.stringify({ nested: { value: token } }),
        JSON.stringify({ body: JSON.stringify({ token }) }),
        `GITHUB_TOKEN=${token}`,
        `git push failed\n  remote: ${token}\n`,
        `deploy_${token}`,
      ]) {
        const shown = redact(text);
        expect(shown).toContain('***');
        for (const part of token.split(/[._=-]/).filter((piece) => piece.length > 9))
          expect(shown).not.toContain(part);
      }
    });
  }
});

describe('redact: places where secrets stand', () => {
  it.each([
    ['https://me:hunter22@host/a.git', 'https://***@host/a.git'],
    ['https://me:p@ss@host/a.git', 'https://***@host/a.git'],
    ['https://me@host/a.git', 'https://***@host/a.git'],
    ['ssh://git:pw@host/a.git', 'ssh://***@host/a.git'],
    ['ssh://git:p@w@host/a.git', 'ssh://***@host/a.git'],
    ['postgres://app:hunter22@db/app', 'postgres://***@db/app'],
    ['Authorization: Basic dXNlcjpw', 'Authorization: Basic ***'],
    ['authorization: hunter22', 'authorization: ***'],
    ["authorization: [ 'Bearer hunter22' ]", "authorization: [ 'Bearer ***' ]"],
    ['AccountName=acme;AccountKey=hunter22==;Suffix=x', 'AccountName=acme;AccountKey=***;Suffix=x'],
    ['{"authorization":"token hunter22"}', '{"authorization":"token ***"}'],
    ['{\\"authorization\\":\\"Bearer hunter22\\"}', '{\\"authorization\\":\\"Bearer ***\\"}'],
    ['Proxy-Authorization: Bearer a.b', 'Proxy-Authorization: Bearer ***'],
    ['X-Gitlab-Token: hunter22', 'X-Gitlab-Token: ***'],
    ['x-amz-security-token: hunter22', 'x-amz-security-token: ***'],
    ['Cookie: session=abc; other=def', 'Cookie: ***'],
    ["Set-Cookie: id=1; Path=/'", "Set-Cookie: ***'"],
    ['DB_PASSWORD=hunter22 next', 'DB_PASSWORD=*** next'],
    ['clientSecret=hunter22&x=1', 'clientSecret=***&x=1'],
    ['{"password": "with, several; parts}"}', '{"password": "***"}'],
    ['{"password":"quo\\"te","a":1}', '{"password":"***","a":1}'],
    ['{"text":"{\\"password\\":\\"hunter22\\",\\"a\\":1}"}', /^((?!hunter).)*$/],
    ["api_key: 'hunter 22'", "api_key: '***'"],
    ['password: "hunter 22"', 'password: "***"'],
    ['kind: Secret\n  password: hunter22\nkind: x', 'kind: Secret\n  password: ***\nkind: x'],
    ['+  token: abcdefgh1', '+  token: ***'],
    ['?a=1&sig=abc%2Fdef', '?a=1&sig=***'],
    ['?a=1&amp;sig=abc', '?a=1&amp;sig=***'],
    ['#access_token=abc&x', '#access_token=***&x'],
    [
      'https://hooks.slack.com/services/T0/B0/xyz is gone',
      'https://hooks.slack.com/services/*** is gone',
    ],
    [
      'https://discord.com/api/webhooks/1/xyz failed',
      'https://discord.com/api/webhooks/*** failed',
    ],
    [
      'https://acme.webhook.office.com/webhookb2/x@y/IncomingWebhook/z',
      'https://acme.webhook.office.com/***',
    ],
    [
      'key:\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blb\n-----END OPENSSH PRIVATE KEY-----\nend',
      'key:\n***\nend',
    ],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE', '***'],
  ])('%s', (text, expected) => {
    if (typeof expected === 'string') expect(redact(text)).toBe(expected);
    else expect(redact(text)).toMatch(expected);
  });

  it('hides a private key that is cut off in a long text', () => {
    const shown = redact(
      `-----BEGIN PRIVATE KEY-----\n${'MIIE'.repeat(100)}!${'x '.repeat(20_000)}`,
    );
    expect(shown).not.toContain('MIIE');
  });
});

describe('redact: what is no secret', () => {
  it.each([
    'password: must be a string',
    'the token: it has expired',
    'token is missing; set GITHUB_TOKEN or BITBUCKET_API_TOKEN',
    'Use https://host/path.git, ssh://user@host/path.git or user@host:path.git, without a password in it.',
    'git@bitbucket.org:acme/shop.git',
    'ssh://git@bitbucket.org/acme/shop.git',
    'image: registry.example.com:5000/shop/web@sha256:0f3b0a1d7c6f',
    'cookie: not set',
    'basic authentication is not available',
    'commit 3f2c1b0a9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a on main',
    'mail to someone@example.com',
    'https://example.com/a@b?page=2&state=OPEN',
    'secretName: registry-credentials',
    'GIT_AUTHENTICATION_FAILED',
    'branch ATTACHMENTS_OF_THE_RELEASE',
    '',
  ])('%s', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('redact: properties', () => {
  const piece = fc.oneof(
    fc.constantFrom(...tokens.map(([, token]) => token)),
    fc.constantFrom(
      ...['https://', 'ssh://', '@', ':', '/', '?sig=', '&token=', '"', "'", '\\"', ' ', '\n', ','],
      ...['Authorization: ', 'Basic ', 'Bearer ', 'token', 'password', '=', '": "', 'Cookie: a=b'],
      ...['-----BEGIN PRIVATE KEY-----', '-----END PRIVATE KEY-----', 'x-api-key: ', '***', '*'],
      ...['https://hooks.slack.com/services/', ';', '}', ')', '+  token: abcdefgh1', '.', '-', '_'],
    ),
    fc.string({ maxLength: 20 }),
  );
  const text = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''));

  it('running it twice changes nothing more', () => {
    fc.assert(
      fc.property(text, (given) => {
        const once = redact(given);
        expect(redact(once)).toBe(once);
      }),
      { numRuns: 3000 },
    );
  });

  it('a token of a known shape never comes through, whatever stands around it', () => {
    const shapes = tokens.filter(([, token]) =>
      /^(gh|glpat|ATATT|ATCTT|whsec|github_pat)/.test(token),
    );
    fc.assert(
      fc.property(text, fc.constantFrom(...shapes), text, (before, [, token], after) => {
        expect(redact(before + token + after)).not.toContain(token.slice(0, 30));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes a time that grows with the length only', () => {
    const seeds = ['a-', 'a_', 'x-', 'a.b', 'a://', 'token="\\"', 'cookie: a', '-----BEGIN '];
    seeds.push(
      'eyJaaaaaaaaa',
      '-----BEGIN PRIVATE KEY-----',
      '\n token: ',
      'eyJaaaaaaaaa.',
      '?sig',
      'basic ',
      ' ',
    );
    for (const seed of seeds) {
      const hostile = seed.repeat((1 << 20) / seed.length);
      const started = performance.now();
      redact(hostile);
      // A quadratic pattern needs minutes for this; a linear one some 50 ms.
      expect(performance.now() - started, seed).toBeLessThan(5000);
    }
  });
});

it('isSecretName knows names in any style', () => {
  const secret = ['password', 'API_TOKEN', 'clientSecret', 'x-api-key', 'set-cookie', 'signingKey'];
  const open = ['passwordPolicy', 'tokens', 'secretName', 'key', 'name', 'author'];
  expect(secret.filter((name) => !isSecretName(name))).toEqual([]);
  expect(open.filter(isSecretName)).toEqual([]);
});
