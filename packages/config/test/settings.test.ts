import { join } from 'node:path';
import {
  ConfigError,
  type ConfigIssue,
  defaultOrganization,
  describeConfig,
  formatIssue,
  hostConfig,
  type LoadConfigOptions,
  loadConfig,
} from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

async function refused(options: LoadConfigOptions): Promise<readonly string[]> {
  const error = await loadConfig(options).catch((thrown: unknown) => thrown);
  if (!(error instanceof ConfigError)) throw new Error('loadConfig should have thrown');
  const issues = error.details?.['issues'] as readonly ConfigIssue[];
  return issues.map(formatIssue);
}

describe('variables', () => {
  it('of the former tool all have their meaning', async () => {
    await using place = await surroundings();
    const { config } = await loadConfig(
      place.options({
        GIT_DEFAULT_REMOTE: 'GitHub.com',
        GIT_DEFAULT_ORG: 'acme',
        BITBUCKET_ORG: 'acme-bb',
        GITHUB_ORG: 'acme-gh',
        DEFAULT_IMAGE_REGISTRY: 'registry.example.com/acme',
        K8S_PR_BRANCH_TEMPLATE: '{cluster}/{deploy}',
        K8S_PR_YAML_TEMPLATE: 'apps/{deploy}.yaml',
        K8S_PR_REPO: 'manifests',
        SERVER_HOST: '0.0.0.0',
        SERVER_PORT: '9000',
        TEAMS_WEBHOOK: 'https://prod.example.com/workflows/1',
      }),
    );
    expect(config).toMatchObject({
      defaults: {
        remote: 'github.com',
        organization: 'acme',
        imageRegistry: 'registry.example.com/acme',
      },
      kubernetesPullRequest: {
        repository: 'manifests',
        branchTemplate: '{cluster}/{deploy}',
        yamlTemplate: 'apps/{deploy}.yaml',
      },
      server: { host: '0.0.0.0', port: 9000 },
    });
    expect(config.notifications.channels).toEqual([
      { name: 'teams', type: 'teams', url: expect.any(Secret) },
    ]);
    expect(defaultOrganization(config, 'bitbucket.org')).toBe('acme-bb');
    expect(defaultOrganization(config, 'GITHUB.com')).toBe('acme-gh');
    expect(defaultOrganization(config, 'gitlab.com')).toBe('acme');
  });

  it.each([
    ['SERVER_PORT', '65536', 'SERVER_PORT: must be a number from 0 to 65535'],
    ['SERVER_PORT', '8080x', 'SERVER_PORT: must be a number from 0 to 65535'],
    [
      'GIT_DEFAULT_REMOTE',
      'git.example.com',
      'GIT_DEFAULT_REMOTE: "git.example.com" is not a known host; known are bitbucket.org, github.com, gitlab.com, gitea.com, codeberg.org, local',
    ],
    [
      'GIT_DEFAULT_ORG',
      'two words',
      'GIT_DEFAULT_ORG: must be an organization, workspace or group without blanks',
    ],
    [
      'K8S_PR_YAML_TEMPLATE',
      '{deployment}.yaml',
      'K8S_PR_YAML_TEMPLATE: must be a template with no other placeholder than {cluster}, {namespace} and {deploy}, and without blanks',
    ],
    [
      'GITLAB_HOST',
      'https://git.example.com',
      'GITLAB_HOST: must be a host name in lower case such as "git.example.com" or "git.example.com:8443"',
    ],
    ['GITEA_ORG', 'a b', 'GITEA_ORG: must be an organization, workspace or group without blanks'],
    [
      'TEAMS_WEBHOOK',
      'http://example.com',
      'TEAMS_WEBHOOK: must be an https address without a user',
    ],
    [
      'GITOPS_WEBHOOK_URL',
      'http://example.com',
      'GITOPS_WEBHOOK_URL: must be an https address without a user; http is for this machine alone',
    ],
    [
      'GITOPS_AUTHOR_EMAIL',
      'me@example.com',
      'GITOPS_AUTHOR_EMAIL: needs its counterpart: an author has a name and an e-mail address',
    ],
    [
      'GITOPS_AUTHOR_NAME',
      'a <b>',
      'GITOPS_AUTHOR_NAME: must be a name in one line without "<" and ">"',
    ],
  ])('%s=%s is refused', async (name, value, expected) => {
    await using place = await surroundings();
    expect(await refused(place.options({ [name]: value }))).toEqual([expected]);
  });

  it('that Kubernetes sets for a Service of the name "server" are left aside', async () => {
    await using place = await surroundings();
    const { config, warnings } = await loadConfig(
      place.options({ SERVER_PORT: 'tcp://10.96.0.12:80' }),
    );
    expect(config.server.port).toBe(8080);
    expect(warnings).toMatchObject([{ key: 'SERVER_PORT' }]);
  });

  it('join parts from several sources', async () => {
    await using place = await surroundings({
      '~/.gitops/.env':
        'GITOPS_AUTHOR_NAME="Ada Lovelace"\nGITOPS_WEBHOOK_SECRET=the-key\nGITLAB_HOST=git.example.com\n',
    });
    const { config } = await loadConfig(
      place.options({
        GITOPS_AUTHOR_EMAIL: 'ada@example.com',
        GITOPS_WEBHOOK_URL: 'https://ci.example.com/hook',
        GIT_DEFAULT_REMOTE: 'git.example.com',
      }),
    );
    expect(config.author).toEqual({ name: 'Ada Lovelace', email: 'ada@example.com' });
    const [webhook] = config.notifications.channels;
    expect(webhook?.type === 'webhook' && webhook.secret?.reveal()).toBe('the-key');
    expect(hostConfig(config, 'git.example.com')?.kind).toBe('gitlab');
  });
});

describe('hosts', () => {
  it('of GitHub Enterprise Cloud need no other mention', async () => {
    await using place = await surroundings();
    const { config } = await loadConfig(place.options({ GIT_DEFAULT_REMOTE: 'acme.ghe.com' }));
    expect(hostConfig(config, 'acme.ghe.com')).toEqual({
      host: 'acme.ghe.com',
      kind: 'github',
      apiUrl: 'https://api.acme.ghe.com',
    });
  });

  it('are told apart by their port', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'hosts:\n  a.org: { kind: gitea }\n  a.org:3000: { kind: gitlab, organization: team }\n',
    });
    const { config } = await loadConfig(
      place.options({ GITOPS_TOKEN_A_ORG: 'tok-one', GITOPS_TOKEN_A_ORG___3000: 'tok-two' }),
    );
    const open = (host: string) => {
      const credential = hostConfig(config, host)?.credential;
      return credential?.kind === 'token' ? credential.token.reveal() : undefined;
    };
    expect([open('a.org'), open('A.org:3000'), open('a.org:3001'), open('b.a.org')]).toEqual([
      'tok-one',
      'tok-two',
      undefined,
      undefined,
    ]);
  });
});

describe('notifications of gitops.yaml', () => {
  it('that lack their secret on this machine are off, with a warning', async () => {
    await using place = await surroundings({
      'gitops.yaml': `notifications:
  teams: { url: { env: TEAMS_WEBHOOK } }
  webhooks:
    - url: https://a.example.com/hook
    - { url: https://b.example.com/hook, secret: { env: GITOPS_NONE } }
    - url: { env: GITOPS_URL }
`,
    });
    const { config, warnings } = await loadConfig(
      place.options({ GITOPS_URL: 'https://c.example.com/hook' }),
    );
    expect(config.notifications.channels).toEqual([
      { name: 'webhook', type: 'webhook', url: 'https://a.example.com/hook' },
      { name: 'webhook-3', type: 'webhook', url: expect.any(Secret) },
    ]);
    expect(warnings.map(({ line, key }) => `${line} ${key}`)).toEqual([
      '2 notifications.teams.url',
      '5 notifications.webhooks[1].secret',
    ]);
    const broken = await refused(place.options({ GITOPS_URL: 'ftp://x' }));
    expect(broken).toEqual([
      expect.stringMatching(
        /gitops\.yaml:6:\d+: notifications\.webhooks\[2\]\.url: must be an https/,
      ),
    ]);
  });
});

describe('options', () => {
  it('are checked as the file is, and their references are opened', async () => {
    await using place = await surroundings();
    const options = place.options({ MINE: 'the-token' });
    const { config, sources } = await loadConfig({
      ...options,
      explicit: {
        defaults: { remote: 'git.example.com' },
        hosts: {
          'git.example.com': {
            kind: 'gitlab',
            credential: { kind: 'token', token: { env: 'MINE' } },
          },
        },
      },
    });
    expect(hostConfig(config, config.defaults.remote)?.credential?.kind).toBe('token');
    expect(sources.get('defaults.remote')).toBe('option');
    expect(
      await refused({
        ...options,
        explicit: { server: { port: -1 }, defaults: { remote: 'x y' } },
      }),
    ).toEqual([
      'defaults.remote: must be a host name in lower case such as "git.example.com" or "git.example.com:8443"',
      'server.port: must be at least 0',
    ]);
  });
});

describe('describeConfig', () => {
  it('shows each value with its source', async () => {
    await using place = await surroundings({
      'gitops.yaml': 'defaults:\n  organization: acme\nhosts:\n  a.org:\n    kind: gitea\n',
    });
    const loaded = await loadConfig(
      place.options({
        GITHUB_TOKEN: 'tok-en',
        BITBUCKET_APP_PASSWORD: 'old-one',
        SERVER_PORT: '1',
      }),
    );
    const rows = new Map(describeConfig(loaded).map(({ key, ...row }) => [key, row]));
    const file = join(place.project, 'gitops.yaml');
    expect(Object.fromEntries(rows)).toMatchObject({
      'defaults.remote': { value: 'bitbucket.org', source: 'default' },
      'defaults.organization': { value: 'acme', source: `${file}:2` },
      'defaults.imageRegistry': { value: undefined, source: undefined },
      'server.port': { value: '1', source: 'environment SERVER_PORT' },
      'hosts.github.com.credential.kind': { value: 'token', source: 'environment GITHUB_TOKEN' },
      'hosts.github.com.credential.token': { value: '***', source: 'environment GITHUB_TOKEN' },
      'hosts.bitbucket.org.credential': {
        value: 'unusable: cannot be used: Bitbucket Cloud removed app passwords on 2026-07-28',
        source: 'environment BITBUCKET_APP_PASSWORD',
      },
      'hosts.a.org.kind': { value: 'gitea', source: `${file}:5` },
    });
  });
});
