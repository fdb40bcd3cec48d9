import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  gitCredential,
  hostConfig,
  type LoadConfigOptions,
  loadConfig,
  restAuth,
  tokenVariable,
} from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

/** What REST and Git would send to a host, opened. */
async function sent(options: LoadConfigOptions, name: string): Promise<readonly [string, string]> {
  const { config } = await loadConfig(options);
  const host = hostConfig(config, name);
  if (host === undefined) throw new Error(`no host ${name}`);
  const rest = restAuth(host);
  const git = gitCredential(host);
  return [
    rest === undefined
      ? 'nothing'
      : rest.type === 'basic'
        ? `Basic ${rest.username}:${rest.password.reveal()}`
        : rest.type === 'github-app'
          ? `app ${rest.appId}`
          : `${rest.type === 'bearer' ? 'Bearer' : 'JOB-TOKEN'} ${rest.token.reveal()}`,
    git === undefined ? 'nothing' : `${git.username}:${git.password.reveal()}`,
  ];
}

describe('credentials of the environment', () => {
  it.each([
    [
      { BITBUCKET_EMAIL: 'me@a.org', BITBUCKET_API_TOKEN: 'tok' },
      'bitbucket.org',
      ['Basic me@a.org:tok', 'x-bitbucket-api-token-auth:tok'],
    ],
    [
      { BITBUCKET_EMAIL: 'me@a.org', BITBUCKET_API_TOKEN: 'tok', BITBUCKET_USER: 'me' },
      'bitbucket.org',
      ['Basic me@a.org:tok', 'me:tok'],
    ],
    [
      { BITBUCKET_USER: 'me@a.org', BITBUCKET_API_TOKEN: 'tok' },
      'bitbucket.org',
      ['Basic me@a.org:tok', 'x-bitbucket-api-token-auth:tok'],
    ],
    [{ BITBUCKET_ACCESS_TOKEN: 'tok' }, 'bitbucket.org', ['Bearer tok', 'x-token-auth:tok']],
    [{ GITHUB_TOKEN: 'tok' }, 'github.com', ['Bearer tok', 'x-access-token:tok']],
    [{ GITLAB_TOKEN: 'tok' }, 'gitlab.com', ['Bearer tok', 'oauth2:tok']],
    [{ GITEA_TOKEN: 'tok' }, 'gitea.com', ['Bearer tok', 'oauth2:tok']],
    [
      { GITLAB_TOKEN: 'tok', GITLAB_HOST: 'Git.Example.com' },
      'git.example.com',
      ['Bearer tok', 'oauth2:tok'],
    ],
    [{ GITLAB_TOKEN: 'tok', GITLAB_HOST: 'git.example.com' }, 'gitlab.com', ['nothing', 'nothing']],
    [{ GITHUB_TOKEN: 'tok' }, 'gitlab.com', ['nothing', 'nothing']],
    [{ GITHUB_TOKEN: 'tok' }, 'bitbucket.org', ['nothing', 'nothing']],
    [{ GITOPS_TOKEN_CODEBERG_ORG: 'tok' }, 'codeberg.org', ['Bearer tok', 'oauth2:tok']],
    [{ GITOPS_TOKEN_BITBUCKET_ORG: 'tok' }, 'bitbucket.org', ['Bearer tok', 'x-token-auth:tok']],
    [
      { BITBUCKET_DC_HOST: 'Git.Example.com', BITBUCKET_DC_TOKEN: 'tok', BITBUCKET_DC_USER: 'me' },
      'git.example.com',
      ['Bearer tok', 'me:tok'],
    ],
    [
      { CI_JOB_TOKEN: 'tok', CI_SERVER_HOST: 'git.example.com', CI_SERVER_PORT: '443' },
      'git.example.com',
      ['JOB-TOKEN tok', 'gitlab-ci-token:tok'],
    ],
    [
      { CI_JOB_TOKEN: 'tok', CI_SERVER_HOST: 'git.example.com', CI_SERVER_PORT: '8443' },
      'git.example.com:8443',
      ['JOB-TOKEN tok', 'gitlab-ci-token:tok'],
    ],
    [
      { CI_JOB_TOKEN: 'tok', CI_SERVER_HOST: 'gitlab.com', GITLAB_TOKEN: 'mine' },
      'gitlab.com',
      ['Bearer mine', 'oauth2:mine'],
    ],
    [
      { CI_JOB_TOKEN: 'tok', CI_SERVER_HOST: 'git.example.com' },
      'gitlab.com',
      ['nothing', 'nothing'],
    ],
    [{ CI_JOB_TOKEN: 'tok', CI_SERVER_HOST: 'github.com' }, 'github.com', ['nothing', 'nothing']],
    [{ CI_JOB_TOKEN: 'tok' }, 'gitlab.com', ['nothing', 'nothing']],
  ] as const)('%j at %s', async (environment, host, expected) => {
    await using place = await surroundings();
    expect(await sent(place.options(environment), host)).toEqual(expected);
  });

  it('refuse an app password where it is used, and only there', async () => {
    await using place = await surroundings();
    const options = place.options({ BITBUCKET_USER: 'me', BITBUCKET_APP_PASSWORD: 'ATBBsecret' });
    const { config, warnings } = await loadConfig(options);
    expect(warnings).toEqual([
      {
        code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
        key: 'BITBUCKET_APP_PASSWORD',
        message: 'cannot be used: Bitbucket Cloud removed app passwords on 2026-07-28',
        hint: expect.stringContaining(
          'https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens/',
        ),
      },
    ]);
    expect(await sent(options, 'github.com')).toEqual(['nothing', 'nothing']);
    const bitbucket = hostConfig(config, 'bitbucket.org') ?? { host: '', kind: 'local' as const };
    for (const use of [restAuth, gitCredential])
      expect(() => use(bitbucket)).toThrow(
        expect.objectContaining({
          code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
          hint: expect.stringContaining('BITBUCKET_API_TOKEN'),
        }),
      );
  });

  it('leave an app password aside when there is a token, also a weaker one', async () => {
    await using place = await surroundings({ '~/.gitops/.env': 'BITBUCKET_ACCESS_TOKEN=tok\n' });
    const options = place.options({ BITBUCKET_APP_PASSWORD: 'old-one' });
    expect(await sent(options, 'bitbucket.org')).toEqual(['Bearer tok', 'x-token-auth:tok']);
    expect((await loadConfig(options)).warnings).toHaveLength(1);
  });

  it('explain what an API token lacks', async () => {
    await using place = await surroundings();
    const options = place.options({ BITBUCKET_API_TOKEN: 'the-token', BITBUCKET_USER: 'me' });
    await expect(sent(options, 'bitbucket.org')).rejects.toMatchObject({
      code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
      message:
        'the credential of "bitbucket.org" cannot be used: BITBUCKET_API_TOKEN: lacks its e-mail address: BITBUCKET_EMAIL is not set',
    });
  });

  it('refuse a token with a line break', async () => {
    await using place = await surroundings();
    await expect(
      sent(place.options({ GITHUB_TOKEN: 'tok\nX-Evil: 1' }), 'github.com'),
    ).rejects.toMatchObject({ code: 'CONFIG_CREDENTIAL_UNSUPPORTED' });
  });

  it('do not send the token of github.com to a host that is named after another forge', async () => {
    await using place = await surroundings();
    await expect(
      loadConfig(place.options({ GITHUB_TOKEN: 'tok', GITHUB_HOST: 'gitlab.com' })),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('give every host a variable of its own', () => {
    const hosts = [
      'a.b',
      'a-b',
      'a.b:1',
      'a-b:1',
      'a.b.c',
      'a-b.c',
      'a.b-c',
      '[::1]:80',
      '[::180]',
    ];
    expect(new Set(hosts.map(tokenVariable)).size).toBe(hosts.length);
  });
});

describe('credentials of gitops.yaml', () => {
  const self = (credential: string) => `hosts:
  git.example.com:
    kind: bitbucket-datacenter
    credential: ${credential}
`;

  it('of a Git server that is no forge are for Git', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'hosts: { git.example.com: { kind: git, credential: { kind: token, token: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } } } }\n',
    });
    const options = place.options({ GITOPS_TOKEN_GIT_EXAMPLE_COM: 'tok' });
    expect(await sent(options, 'git.example.com')).toEqual(['Bearer tok', 'git:tok']);
  });

  it('come from variables of the environment or the .env, and from files', async () => {
    await using place = await surroundings({
      'gitops.yaml': `hosts:
  a.org: { kind: gitea, credential: { kind: token, username: bot, token: { env: GITOPS_TOKEN_A_ORG } } }
  b.org: { kind: gitlab, credential: { kind: token, token: { env: GITOPS_TOKEN_B_ORG } } }
  c.org: { kind: github, credential: { kind: token, token: { file: ~/.gitops/secrets/c.org/token } } }
`,
      '~/.gitops/.env': 'GITOPS_TOKEN_B_ORG=from-env-file\n',
      '~/.gitops/secrets/c.org/token': 'from-file\n',
    });
    const options = place.options({ GITOPS_TOKEN_A_ORG: 'from-environment' });
    expect(await sent(options, 'a.org')).toEqual([
      'Bearer from-environment',
      'bot:from-environment',
    ]);
    expect(await sent(options, 'b.org')).toEqual(['Bearer from-env-file', 'oauth2:from-env-file']);
    expect(await sent(options, 'c.org')).toEqual(['Bearer from-file', 'x-access-token:from-file']);
    const { sources } = await loadConfig(options);
    expect(sources.get('hosts.a.org.credential')).toBe(`${join(place.project, 'gitops.yaml')}:2`);
  });

  it('are completed by the variable that they name, and weaker than any other', async () => {
    await using place = await surroundings({
      'gitops.yaml': self(
        '{ kind: password, username: me, password: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } }',
      ),
      'named.yaml': self('{ kind: password, username: me, password: { env: FREE } }'),
    });
    const options = place.options({ GITOPS_TOKEN_GIT_EXAMPLE_COM: 'tok', FREE: 'pw' });
    expect(await sent(options, 'git.example.com')).toEqual(['Basic me:tok', 'me:tok']);
    const { config } = await loadConfig({ ...options, configFile: 'named.yaml' });
    expect(hostConfig(config, 'git.example.com')?.credential).toEqual({
      kind: 'token',
      token: expect.any(Secret),
    });
    const free = { ...place.options({ FREE: 'pw' }), configFile: 'named.yaml' };
    expect(await sent(free, 'git.example.com')).toEqual(['Basic me:pw', 'me:pw']);
  });

  it('take a variable away from the host that it is usually for', async () => {
    await using place = await surroundings({
      'named.yaml':
        'hosts: { ghe.example.com: { kind: github, credential: { kind: token, token: { env: GITHUB_TOKEN } } } }\n',
    });
    const options = { ...place.options({ GITHUB_TOKEN: 'tok' }), configFile: 'named.yaml' };
    expect((await sent(options, 'ghe.example.com'))[0]).toBe('Bearer tok');
    expect((await sent(options, 'github.com'))[0]).toBe('nothing');
  });

  it('say at their use which variable is not set', async () => {
    await using place = await surroundings({
      'gitops.yaml': self('{ kind: token, token: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } }'),
    });
    expect((await loadConfig(place.options())).warnings).toHaveLength(1);
    await expect(sent(place.options(), 'git.example.com')).rejects.toMatchObject({
      code: 'CONFIG_SECRET_MISSING',
      message: expect.stringMatching(
        /gitops\.yaml:4:\d+: .*"GITOPS_TOKEN_GIT_EXAMPLE_COM" is not set$/,
      ),
    });
  });

  it('cannot send the token of a forge of your own to the public one, unless the file was named', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'hosts: { github.com: { credential: { kind: token, token: { env: GITHUB_TOKEN } } } }\n',
    });
    const environment = { GITHUB_TOKEN: 'tok', GITHUB_HOST: 'ghe.example.com' };
    const found = place.options(environment);
    await expect(sent(found, 'github.com')).rejects.toMatchObject({
      code: 'CONFIG_SECRET_FORBIDDEN',
      message: expect.stringContaining('is for "ghe.example.com"'),
    });
    expect((await sent({ ...found, configFile: 'gitops.yaml' }, 'github.com'))[0]).toBe(
      'Bearer tok',
    );
    expect((await sent(place.options({ GITHUB_TOKEN: 'tok' }), 'github.com'))[0]).toBe(
      'Bearer tok',
    );
  });

  it('need a user name for Git at a Bitbucket Data Center', async () => {
    await using place = await surroundings({
      'gitops.yaml': self('{ kind: token, token: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } }'),
    });
    await expect(
      sent(place.options({ GITOPS_TOKEN_GIT_EXAMPLE_COM: 'tok' }), 'git.example.com'),
    ).rejects.toMatchObject({ code: 'CONFIG_CREDENTIAL_UNSUPPORTED' });
  });

  it('cannot read files elsewhere, not even through a link, unless the file was named', async () => {
    await using place = await surroundings({
      'gitops.yaml': `hosts:
  a.org: { kind: gitea, credential: { kind: token, token: { file: ~/.ssh/key } } }
  b.org: { kind: gitea, credential: { kind: token, token: { file: link } } }
  c.org: { kind: gitea, credential: { kind: token, token: { file: ~/.gitops/../.ssh/key } } }
  d.org: { kind: gitea, credential: { kind: password, username: me, password: { file: ~/.gitops/.env } } }
  e.org: { kind: gitea, credential: { kind: token, token: { file: ~/.gitops/secrets/other.org/token } } }
  f.org: { kind: gitea, credential: { kind: token, token: { file: /run/secrets/kubernetes.io/serviceaccount/token } } }
`,
      '~/.gitops/.env': 'GITHUB_TOKEN=canary\n',
      '~/.gitops/secrets/other.org/token': 'canary',
      '~/.ssh/key': 'private-key',
    });
    await symlink(join(place.home, '.ssh/key'), join(place.project, 'link'));
    for (const host of ['a.org', 'b.org', 'c.org', 'd.org', 'e.org', 'f.org'])
      await expect(sent(place.options(), host)).rejects.toMatchObject({
        code: 'CONFIG_SECRET_FORBIDDEN',
      });
    const named = { ...place.options(), configFile: 'gitops.yaml' };
    expect((await sent(named, 'b.org'))[0]).toBe('Bearer private-key');
  });
});

describe('credentials of .netrc', () => {
  it('go to the machines that are forges, as each forge takes them', async () => {
    await using place = await surroundings({
      '~/.netrc': `machine github.com login me password gh-token
machine gitlab.com password gl-token
machine git.example.com login me password "my password"
machine bitbucket.org login me@a.org password bb-token
machine unknown.example login me password canary
default login any password everywhere
`,
      'gitops.yaml': 'hosts: { git.example.com: { kind: gitea } }\n',
    });
    const options = place.options();
    expect(await sent(options, 'github.com')).toEqual(['Bearer gh-token', 'me:gh-token']);
    expect(await sent(options, 'gitlab.com')).toEqual(['Bearer gl-token', 'oauth2:gl-token']);
    expect(await sent(options, 'git.example.com')).toEqual([
      'Basic me:my password',
      'me:my password',
    ]);
    expect(await sent(options, 'bitbucket.org')).toEqual([
      'Basic me@a.org:bb-token',
      'x-bitbucket-api-token-auth:bb-token',
    ]);
    expect(await sent(options, 'gitea.com')).toEqual(['nothing', 'nothing']);
    const { config, sources, warnings } = await loadConfig(options);
    expect(hostConfig(config, 'unknown.example')).toBeUndefined();
    expect(sources.get('hosts.bitbucket.org.credential')).toBe(`${join(place.home, '.netrc')}:4`);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['x-token-auth', 'the-token', {}, ['Bearer the-token', 'x-token-auth:the-token']],
    ['me', 'ATATTxyz', { BITBUCKET_EMAIL: 'me@a.org' }, ['Basic me@a.org:ATATTxyz', 'me:ATATTxyz']],
  ])('of bitbucket.org with the login %s', async (login, password, environment, expected) => {
    await using place = await surroundings({
      '~/.netrc': `machine bitbucket.org login ${login} password ${password}\n`,
    });
    expect(await sent(place.options(environment), 'bitbucket.org')).toEqual(expected);
  });

  it('of bitbucket.org with a user name are explained', async () => {
    await using place = await surroundings({
      '~/.netrc': 'machine bitbucket.org login me password canary-app-password\n',
    });
    await expect(sent(place.options(), 'bitbucket.org')).rejects.toMatchObject({
      code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
      message: expect.stringMatching(
        /\.netrc:1: machine bitbucket\.org: has a login that is neither/,
      ),
    });
  });

  it('are weaker than everything else', async () => {
    await using place = await surroundings({
      '~/.netrc': 'machine github.com login me password weak\n',
      '~/.gitops/.env': 'GITHUB_TOKEN=strong\n',
    });
    expect((await sent(place.options(), 'github.com'))[0]).toBe('Bearer strong');
  });

  it.skipIf(process.platform === 'win32')(
    'that others can read are used with a warning (not on Windows, which has no modes)',
    async () => {
      await using place = await surroundings({
        '~/.netrc': 'machine github.com login me password tok-en\n',
        '~/.gitops/.env': 'GITLAB_TOKEN=strong\n',
      });
      await chmod(join(place.home, '.netrc'), 0o644);
      await chmod(join(place.home, '.gitops/.env'), 0o640);
      const { warnings } = await loadConfig(place.options());
      expect(warnings.map(({ code, file, message }) => [code, file, message])).toEqual([
        [
          'CONFIG_FILE_UNSAFE',
          join(place.home, '.gitops/.env'),
          'holds secrets and is open to other users (mode 0640)',
        ],
        [
          'CONFIG_FILE_UNSAFE',
          join(place.home, '.netrc'),
          'holds secrets and is open to other users (mode 0644)',
        ],
      ]);
    },
  );

  it('that cannot be read are a warning', async () => {
    await using place = await surroundings();
    await mkdir(join(place.home, '.netrc'));
    expect((await loadConfig(place.options())).warnings).toMatchObject([
      { code: 'CONFIG_FILE_UNSAFE', file: join(place.home, '.netrc') },
    ]);
    await using broken = await surroundings();
    await writeFile(join(broken.home, '.netrc'), 'machine github.com login', { mode: 0o600 });
    expect((await loadConfig(broken.options())).warnings).toMatchObject([
      { code: 'CONFIG_SYNTAX', line: 1, message: 'has no value after "login"' },
    ]);
  });
});
