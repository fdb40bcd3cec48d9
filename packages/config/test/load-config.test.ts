import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ConfigError,
  type ConfigIssue,
  hostConfig,
  type LoadConfigOptions,
  loadConfig,
} from '@bowline/gitops-config';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

async function issuesOf(options: LoadConfigOptions): Promise<readonly ConfigIssue[]> {
  const error = await loadConfig(options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConfigError))
    throw new Error('loadConfig should have thrown a ConfigError');
  return error.details?.['issues'] as readonly ConfigIssue[];
}

describe('defaults', () => {
  it('are complete without any file or variable, and belong to nobody', async () => {
    await using place = await surroundings();
    const { config, warnings, files } = await loadConfig(place.options());
    expect(config).toEqual({
      defaults: { remote: 'bitbucket.org' },
      kubernetesPullRequest: {
        repository: 'gitops-k8s',
        branchTemplate: 'k8s/{cluster}/{namespace}/{deploy}',
        yamlTemplate: '{namespace}/{deploy}_deployment.yaml',
      },
      server: {
        host: '127.0.0.1',
        port: 8080,
        cors: { origins: [] },
        rateLimit: { requestsPerMinute: 600 },
        trustProxy: [],
        maxBodyBytes: 1_048_576,
        webhooks: {},
      },
      notifications: { channels: [] },
      hosts: [
        { host: 'bitbucket.org', kind: 'bitbucket-cloud' },
        { host: 'github.com', kind: 'github' },
        { host: 'gitlab.com', kind: 'gitlab' },
        { host: 'gitea.com', kind: 'gitea' },
        { host: 'codeberg.org', kind: 'gitea' },
        { host: 'local', kind: 'local' },
      ],
    });
    expect(warnings).toEqual([]);
    expect(files).toEqual([]);
  });
});

describe('precedence', () => {
  it('is option, environment, gitops.yaml, .env, default', async () => {
    await using place = await surroundings({
      'gitops.yaml':
        'server: { port: 3, host: file }\nkubernetesPullRequest:\n  repository: file\n',
      '~/.gitops/.env':
        'SERVER_PORT=4\nSERVER_HOST=env-file\nK8S_PR_REPO=env-file\nGIT_DEFAULT_ORG=env-file\n',
    });
    const environment = { SERVER_PORT: '2', SERVER_HOST: 'environment' };
    const { config, sources, files } = await loadConfig({
      ...place.options(environment),
      explicit: { server: { port: 1 } },
    });
    expect(config.server).toMatchObject({ host: 'environment', port: 1 });
    expect(config.kubernetesPullRequest.repository).toBe('file');
    expect(config.defaults).toEqual({ remote: 'bitbucket.org', organization: 'env-file' });
    expect(sources.get('server.port')).toBe('option');
    expect(sources.get('server.host')).toBe('environment SERVER_HOST');
    expect(sources.get('kubernetesPullRequest.repository')).toBe(
      `${join(place.project, 'gitops.yaml')}:3`,
    );
    expect(sources.get('defaults.organization')).toBe(`${join(place.home, '.gitops/.env')}:4`);
    expect(sources.get('defaults.remote')).toBe('default');
    expect(files).toEqual([join(place.project, 'gitops.yaml'), join(place.home, '.gitops/.env')]);
  });

  it('takes an empty variable as absent', async () => {
    await using place = await surroundings({ '~/.gitops/.env': 'K8S_PR_REPO=stored\n' });
    const { config } = await loadConfig(place.options({ K8S_PR_REPO: '' }));
    expect(config.kubernetesPullRequest.repository).toBe('stored');
  });

  it('completes a token of the environment by the e-mail address of the .env', async () => {
    await using place = await surroundings({
      '~/.gitops/.env': 'BITBUCKET_EMAIL=me@example.com\n',
    });
    const { config } = await loadConfig(place.options({ BITBUCKET_API_TOKEN: 'the-token' }));
    expect(hostConfig(config, 'bitbucket.org')?.credential).toMatchObject({
      kind: 'api-token',
      email: 'me@example.com',
    });
  });
});

describe('the .env files', () => {
  it('are read from ~/.ngen-gitops only where ~/.gitops has none', async () => {
    await using old = await surroundings({ '~/.ngen-gitops/.env': 'K8S_PR_REPO=former\n' });
    await using both = await surroundings({
      '~/.ngen-gitops/.env': 'K8S_PR_REPO=former\n',
      '~/.gitops/.env': '# nothing set\n',
    });
    expect((await loadConfig(old.options())).config.kubernetesPullRequest.repository).toBe(
      'former',
    );
    expect((await loadConfig(both.options())).config.kubernetesPullRequest.repository).toBe(
      'gitops-k8s',
    );
  });
});

describe('gitops.yaml', () => {
  it('is looked for upwards, to the root of the repository', async () => {
    await using place = await surroundings({ 'gitops.yaml': 'defaults: { organization: acme }\n' });
    const below = join(place.project, 'a/b');
    const nested = join(place.project, 'nested/inner');
    await mkdir(below, { recursive: true });
    await mkdir(join(nested, '../.git'), { recursive: true });
    await mkdir(nested, { recursive: true });
    const found = await loadConfig({ ...place.options(), workingDirectory: below });
    const notFound = await loadConfig({ ...place.options(), workingDirectory: nested });
    expect(found.config.defaults.organization).toBe('acme');
    expect(notFound.config.defaults.organization).toBeUndefined();
  });

  it('that was named must exist, by option or GITOPS_CONFIG', async () => {
    await using place = await surroundings({ 'other.yaml': 'defaults: { organization: acme }\n' });
    const { config } = await loadConfig(place.options({ GITOPS_CONFIG: 'other.yaml' }));
    expect(config.defaults.organization).toBe('acme');
    await expect(loadConfig({ ...place.options(), configFile: 'none.yaml' })).rejects.toMatchObject(
      { code: 'CONFIG_NOT_FOUND' },
    );
  });
});

describe('issues', () => {
  it('of all sources come at once, with their places', async () => {
    await using place = await surroundings({
      'gitops.yaml': 'server:\n  prot: 1\ndefaults:\n  remote: https://github.com\n',
      '~/.gitops/.env': 'SERVER_PORT=many\nnot a line\n',
    });
    const issues = await issuesOf(place.options({ DEFAULT_IMAGE_REGISTRY: 'https://x' }));
    const file = join(place.project, 'gitops.yaml');
    const envFile = join(place.home, '.gitops/.env');
    expect(issues.map(({ file, line, column, key }) => ({ file, line, column, key }))).toEqual([
      { file: envFile, line: 2, column: undefined, key: undefined },
      { file, line: 2, column: 3, key: 'server.prot' },
      { file, line: 4, column: 11, key: 'defaults.remote' },
      { file: undefined, line: undefined, column: undefined, key: 'DEFAULT_IMAGE_REGISTRY' },
      { file: envFile, line: 1, column: undefined, key: 'SERVER_PORT' },
    ]);
  });
});
