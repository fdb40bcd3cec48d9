import { join } from 'node:path';
import { formatIssue, loadConfig, parseConfig, tokensFilePath } from '@bowline/gitops-config';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

const server = (text: string) => `server: ${text}\n`;

describe('the server', () => {
  it('is as gitops.yaml says', async () => {
    await using place = await surroundings({
      'named.yaml': `server:
  host: 0.0.0.0
  publicUrl: https://gitops.example.com/base/
  tokensFile: tokens.json
  cors: { origins: ["https://console.example.com"] }
  rateLimit: { requestsPerMinute: 60 }
  trustProxy: [10.0.0.0/8, "::1"]
  maxBodyBytes: 2048
  webhooks:
    github: { secrets: [{ env: GITHUB_WEBHOOK_SECRET }, { env: GITHUB_WEBHOOK_SECRET_OLD }] }
    gitlab: { secrets: [{ env: NOT_SET }] }
`,
    });
    const environment = {
      GITHUB_WEBHOOK_SECRET: 'the-new-one',
      GITHUB_WEBHOOK_SECRET_OLD: 'the-old-one',
      BITBUCKET_WEBHOOK_SECRET: 'of-both',
      GITOPS_SERVER_TOKENS: 'the tokens',
    };
    const { config, warnings } = await loadConfig({
      ...place.options(environment),
      configFile: 'named.yaml',
    });
    const { webhooks, tokens, ...rest } = config.server;
    expect(rest).toEqual({
      host: '0.0.0.0',
      port: 8080,
      publicUrl: 'https://gitops.example.com/base',
      tokensFile: join(place.project, 'tokens.json'),
      cors: { origins: ['https://console.example.com'] },
      rateLimit: { requestsPerMinute: 60 },
      trustProxy: ['10.0.0.0/8', '::1'],
      maxBodyBytes: 2048,
    });
    expect(tokens?.reveal()).toBe('the tokens');
    const opened = Object.entries(webhooks).map(([forge, secrets]) => [
      forge,
      ...secrets.map((secret) => secret.reveal()),
    ]);
    expect(opened).toEqual([
      ['github', 'the-new-one', 'the-old-one'],
      ['bitbucket-cloud', 'of-both'],
      ['bitbucket-datacenter', 'of-both'],
    ]);
    expect(warnings.map(({ key }) => key)).toEqual(['server.webhooks.gitlab.secrets[0]']);
  });

  it('finds its tokens in the home folder, unless another file is named', async () => {
    await using place = await surroundings({
      '~/.gitops/server-tokens.json': '[]',
      'named.yaml': server('{ tokensFile: ~/mine.json }'),
    });
    const found = await loadConfig(place.options());
    expect(found.config.server.tokensFile).toBe(tokensFilePath(place.home));
    expect(found.sources.get('server.tokensFile')).toBe('default');
    const named = await loadConfig({ ...place.options(), configFile: 'named.yaml' });
    expect(named.config.server.tokensFile).toBe(join(place.home, 'mine.json'));
    await using empty = await surroundings();
    expect((await loadConfig(empty.options())).config.server.tokensFile).toBeUndefined();
  });

  it.each([
    ['{ cors: { origins: ["*"] } }', 'server.cors.origins[0]: must be an exact origin'],
    ['{ cors: { origins: ["https://a.org/"] } }', 'server.cors.origins[0]: must be an exact'],
    ['{ cors: { origins: ["null"] } }', 'server.cors.origins[0]: must be an exact origin'],
    ['{ trustProxy: ["10.0.0.0/33"] }', 'server.trustProxy[0]: must be an IP address'],
    ['{ trustProxy: ["300.0.0.1"] }', 'server.trustProxy[0]: must be an IP address'],
    ['{ trustProxy: ["::/0"] }', 'server.trustProxy[0]: cannot trust every address'],
    ['{ trustProxy: [loopback] }', 'server.trustProxy[0]: must be an IP address'],
    ['{ rateLimit: { requestsPerMinute: 0 } }', 'requestsPerMinute: must be at least 1'],
    ['{ maxBodyBytes: 1e9 }', 'server.maxBodyBytes: must be at most 67108864'],
    ['{ webhooks: { github: { secrets: [] } } }', 'secrets: must have at least 1'],
    ['{ webhooks: { github: { secrets: [abc] } } }', 'is a secret and must not stand in this file'],
    ['{ webhooks: { local: { secrets: [{ env: A }] } } }', 'server.webhooks.local: is not known'],
  ])('refuses %s', async (text, said) => {
    const { issues } = await parseConfig(server(text), { trusted: true });
    expect(issues.map(formatIssue)).toEqual([expect.stringContaining(said)]);
  });

  it.each([
    ['{ publicUrl: https://a.org }', 'publicUrl'],
    ['{ tokensFile: ./tokens.json }', 'tokensFile'],
    ['{ cors: { origins: ["https://evil.example"] } }', 'cors'],
    ['{ trustProxy: ["192.0.2.1"] }', 'trustProxy'],
    ['{ webhooks: { github: { secrets: [{ env: USER }] } } }', 'webhooks.github.secrets[0].env'],
    [
      '{ webhooks: { gitlab: { secrets: [{ env: GITOPS_TRIGGERED_BY }] } } }',
      'webhooks.gitlab.secrets[0].env',
    ],
  ])('is not opened by a file that was found: %s', async (text, key) => {
    const { issues } = await parseConfig(server(text), { trusted: false });
    expect(issues.map((issue) => [issue.code, issue.key])).toEqual([
      ['CONFIG_SECRET_FORBIDDEN', `server.${key}`],
    ]);
    expect((await parseConfig(server(text), { trusted: true })).issues).toEqual([]);
  });

  it('takes the variable of its forge from a file that was found', async () => {
    const text = server(
      '{ webhooks: { bitbucket-datacenter: { secrets: [{ env: BITBUCKET_WEBHOOK_SECRET_2 }] } } }',
    );
    expect((await parseConfig(text)).issues).toEqual([]);
  });
});
