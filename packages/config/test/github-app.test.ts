import { hostConfig, type LoadConfigOptions, loadConfig, restAuth } from '@bowline/gitops-config';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

const PEM = `-----BEGIN RSA PRIVATE KEY-----\n${'QUJD'.repeat(16)}\n-----END RSA PRIVATE KEY-----`;

async function app(options: LoadConfigOptions, host = 'github.com') {
  const { config } = await loadConfig(options);
  const auth = restAuth(hostConfig(config, host) ?? { host, kind: 'github' });
  if (auth?.type !== 'github-app') return auth?.type;
  return { ...auth, privateKey: auth.privateKey.reveal() };
}

describe('a GitHub App', () => {
  it.each([
    ['as text', { GITHUB_APP_PRIVATE_KEY: `${PEM}\n` }],
    ['as text in one line', { GITHUB_APP_PRIVATE_KEY: PEM.replaceAll('\n', '\\n') }],
    ['in a file', { GITHUB_APP_PRIVATE_KEY_FILE: 'app.pem' }],
    ['in a file of the home folder', { GITHUB_APP_PRIVATE_KEY_FILE: '~/app.pem' }],
  ])('has its key in the environment: %s', async (_how, environment) => {
    await using place = await surroundings({ 'app.pem': `${PEM}\n`, '~/app.pem': PEM });
    const given = place.options({ GITHUB_APP_ID: 'Iv1.abc', ...environment });
    expect(await app(given)).toEqual({ type: 'github-app', appId: 'Iv1.abc', privateKey: PEM });
    const installed = { ...given.environment, GITHUB_APP_INSTALLATION_ID: '42' };
    expect(await app({ ...given, environment: installed })).toMatchObject({ installationId: 42 });
  });

  it('is that of GITHUB_HOST, and goes before GITHUB_TOKEN', async () => {
    await using place = await surroundings();
    const options = place.options({
      GITHUB_APP_ID: '7',
      GITHUB_APP_PRIVATE_KEY: PEM,
      GITHUB_APP_PRIVATE_KEY_FILE: '/absent.pem',
      GITHUB_TOKEN: 'a-token',
      GITHUB_HOST: 'ghe.example.com',
    });
    expect(await app(options, 'ghe.example.com')).toMatchObject({ appId: '7' });
    expect(await app(options)).toBeUndefined();
    expect((await loadConfig(options)).warnings).toMatchObject([
      { key: 'GITHUB_TOKEN', message: 'is not used, since GITHUB_APP_PRIVATE_KEY is set too' },
      { key: 'GITHUB_APP_PRIVATE_KEY_FILE' },
    ]);
  });

  it.each([
    [{ GITHUB_APP_PRIVATE_KEY: PEM }, 'GITHUB_APP_ID is not set'],
    [{ GITHUB_APP_PRIVATE_KEY: PEM, GITHUB_APP_ID: 'a b' }, 'GITHUB_APP_ID: must be the client id'],
    [{ GITHUB_APP_PRIVATE_KEY: 'no key', GITHUB_APP_ID: '7' }, 'is not a private key in PEM'],
    [
      { GITHUB_APP_PRIVATE_KEY_FILE: 'none.pem', GITHUB_APP_ID: '7' },
      'there is no file "none.pem"',
    ],
    [
      { GITHUB_APP_PRIVATE_KEY: PEM, GITHUB_APP_ID: '7', GITHUB_APP_INSTALLATION_ID: 'x' },
      'GITHUB_APP_INSTALLATION_ID: must be the number',
    ],
  ])('that lacks a part is explained where it is used', async (environment, said) => {
    await using place = await surroundings();
    await expect(app(place.options(environment))).rejects.toThrow(said);
  });

  it('can stand in gitops.yaml, whose number may be a number', async () => {
    await using place = await surroundings({
      'gitops.yaml': `hosts:
  github.com:
    credential: { kind: github-app, appId: 12, installationId: 3, privateKey: { env: GITHUB_APP_PRIVATE_KEY } }
  git.example.com:
    kind: github
    credential: { kind: github-app, appId: Iv1.x, privateKey: { file: ~/.gitops/secrets/git.example.com/key } }
`,
      '~/.gitops/secrets/git.example.com/key': PEM,
    });
    const options = place.options({ GITHUB_APP_PRIVATE_KEY: PEM });
    expect(await app(options)).toMatchObject({ appId: '12', installationId: 3 });
    expect(await app(options, 'git.example.com')).toMatchObject({ appId: 'Iv1.x' });
    // The app of another host must not sign for this one.
    const moved = place.options({ GITHUB_APP_PRIVATE_KEY: PEM, GITHUB_HOST: 'ghe.example.com' });
    await expect(app(moved)).rejects.toMatchObject({ code: 'CONFIG_SECRET_FORBIDDEN' });
  });

  it('of a file that was found cannot take the key to another host', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'hosts: { evil.ghe.com: { credential: { kind: github-app, appId: 1, privateKey: { env: GITHUB_APP_PRIVATE_KEY } } } }\n',
    });
    await expect(
      app(place.options({ GITHUB_APP_PRIVATE_KEY: PEM }), 'evil.ghe.com'),
    ).rejects.toMatchObject({
      code: 'CONFIG_SECRET_FORBIDDEN',
      message: expect.stringContaining('is for "github.com"'),
    });
  });
});

describe('the token of a CI job', () => {
  it('of a file that was found cannot go to another host than the one that runs the job', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'hosts: { evil.example: { kind: gitlab, credential: { kind: job-token, token: { env: CI_JOB_TOKEN } } } }\n',
    });
    const options = place.options({ CI_JOB_TOKEN: 'the-token', CI_SERVER_HOST: 'git.example.com' });
    await expect(app(options, 'evil.example')).rejects.toMatchObject({
      code: 'CONFIG_SECRET_FORBIDDEN',
    });
    await expect(app(place.options({ CI_JOB_TOKEN: 'x' }), 'evil.example')).rejects.toMatchObject({
      code: 'CONFIG_SECRET_FORBIDDEN',
    });
  });

  it('gives way to every other credential of its host', async () => {
    await using place = await surroundings({
      '~/.netrc': 'machine git.example.com login me password mine\n',
    });
    const { config, sources } = await loadConfig(
      place.options({ CI_JOB_TOKEN: 'the-token', CI_SERVER_HOST: 'git.example.com' }),
    );
    expect(hostConfig(config, 'git.example.com')).toMatchObject({
      kind: 'gitlab',
      credential: { kind: 'token', username: 'me' },
    });
    expect(sources.get('hosts.git.example.com.kind')).toBe('environment CI_JOB_TOKEN');
  });
});
