import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import {
  describeConfig,
  gitCredential,
  loadConfig,
  parseConfig,
  restAuth,
} from '@bowline/gitops-config';
import { serializeError } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

/** Every form in which a program could show a value by mistake. */
function shownForms(value: unknown): string {
  return [
    JSON.stringify(value),
    inspect(value, { depth: 20, showHidden: true }),
    String(value),
    value instanceof Error
      ? `${value.message} ${value.stack} ${JSON.stringify(serializeError(value))} ${JSON.stringify(value, Object.getOwnPropertyNames(value))}`
      : '',
  ].join('\n');
}

const environment = {
  BITBUCKET_EMAIL: 'me@example.com',
  BITBUCKET_API_TOKEN: 'CANARY-bitbucket-api',
  BITBUCKET_ACCESS_TOKEN: 'CANARY-bitbucket-access',
  BITBUCKET_APP_PASSWORD: 'CANARY-app-password',
  GITHUB_TOKEN: 'CANARY-github',
  GITLAB_TOKEN: 'CANARY-gitlab',
  GITEA_TOKEN: 'CANARY-gitea',
  GITOPS_TOKEN_CODEBERG_ORG: 'CANARY-codeberg',
  TEAMS_WEBHOOK: 'https://prod.example.com/CANARY-teams?sig=CANARY-sig',
  GITOPS_WEBHOOK_URL: 'https://hooks.example.com/CANARY-url',
  GITOPS_WEBHOOK_SECRET: 'CANARY-hmac',
  GITOPS_TOKEN_GIT_EXAMPLE_COM: 'CANARY-self',
  BITBUCKET_DC_TOKEN: 'CANARY-data-center',
  BITBUCKET_DC_HOST: 'bb.example.com',
  BITBUCKET_DC_USER: 'me',
  CI_JOB_TOKEN: 'CANARY-job',
  CI_SERVER_HOST: 'ci.example.com',
  SLACK_WEBHOOK: 'https://hooks.slack.example/services/T0/B0/CANARY-slack',
  DISCORD_WEBHOOK: 'https://discord.example/api/webhooks/1/CANARY-discord',
  GOOGLE_CHAT_WEBHOOK: 'https://chat.example/v1/spaces/a/messages?token=CANARY-chat',
  CDEVENTS_URL: 'https://broker.example.com/CANARY-cdevents',
  CDEVENTS_SECRET: 'CANARY-cdevents-key',
  SMTP_URL: 'smtps://me:CANARY-smtp@smtp.example.com',
  GITOPS_MAIL_FROM: 'gitops@example.com',
  GITOPS_MAIL_TO: 'ops@example.com',
  GITOPS_SERVER_TOKENS: '[{"name":"CANARY-tokens"}]',
  GITHUB_WEBHOOK_SECRET: 'CANARY-github-hook',
  GITLAB_WEBHOOK_SECRET: 'CANARY-gitlab-hook',
  GITEA_WEBHOOK_SECRET: 'CANARY-gitea-hook',
  BITBUCKET_WEBHOOK_SECRET: 'CANARY-bitbucket-hook',
};

/** A key that signs nothing; its text alone matters here. */
const PEM = `-----BEGIN PRIVATE KEY-----\n${'CANARYkey'.repeat(20)}\n-----END PRIVATE KEY-----`;

const files = {
  'gitops.yaml': `hosts:
  git.example.com: { kind: gitlab, credential: { kind: token, token: { env: GITOPS_TOKEN_GIT_EXAMPLE_COM } } }
  dc.example.com:
    kind: bitbucket-datacenter
    credential: { kind: password, username: me, password: { file: ~/.gitops/secrets/dc.example.com/password } }
  gh.example.com:
    kind: github
    credential: { kind: github-app, appId: 12, privateKey: { file: ~/.gitops/secrets/gh.example.com/key } }
`,
  '~/.gitops/secrets/dc.example.com/password': 'CANARY-password\n',
  '~/.gitops/secrets/gh.example.com/key': PEM,
  '~/.netrc': 'machine acme.ghe.com login me password CANARY-netrc\n',
};

describe('no secret is shown', () => {
  it('by a configuration, its sources and warnings, its description, and what is sent', async () => {
    await using place = await surroundings(files);
    const loaded = await loadConfig(place.options(environment));
    expect(loaded.config.hosts.filter(({ credential }) => credential !== undefined)).toHaveLength(
      11,
    );
    const rows = describeConfig(loaded);
    const sent = loaded.config.hosts.map((host) => [
      restAuth(host),
      host.credential?.kind === 'github-app' ? undefined : gitCredential(host),
    ]);
    for (const value of [loaded, [...loaded.sources], rows, sent])
      expect(shownForms(value)).not.toContain('CANARY');
    expect(rows.filter(({ value }) => value === '***').map(({ key }) => key)).toEqual([
      'server.tokens',
      'server.webhooks.github',
      'server.webhooks.gitlab',
      'server.webhooks.gitea',
      'server.webhooks.bitbucket-cloud',
      'server.webhooks.bitbucket-datacenter',
      'notifications.channels.teams.url',
      'notifications.channels.slack.url',
      'notifications.channels.discord.url',
      'notifications.channels.google-chat.url',
      'notifications.channels.webhook.url',
      'notifications.channels.webhook.secret',
      'notifications.channels.cdevents.url',
      'notifications.channels.cdevents.secret',
      'notifications.channels.email.url',
      'hosts.bitbucket.org.credential.token',
      'hosts.github.com.credential.token',
      'hosts.gitlab.com.credential.token',
      'hosts.gitea.com.credential.token',
      'hosts.codeberg.org.credential.token',
      'hosts.bb.example.com.credential.token',
      'hosts.git.example.com.credential.token',
      'hosts.dc.example.com.credential.password',
      'hosts.gh.example.com.credential.privateKey',
      'hosts.acme.ghe.com.credential.token',
      'hosts.ci.example.com.credential.token',
    ]);
  });

  it.each(Object.keys(environment))('by the error about a broken %s', async (name) => {
    await using place = await surroundings();
    const broken = {
      BITBUCKET_EMAIL: 'me@example.com',
      [name]: 'CANARY broken\nvalue',
      SERVER_PORT: 'x',
    };
    const error = await loadConfig(place.options(broken)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'ConfigError' });
    if (name !== 'BITBUCKET_EMAIL') expect(shownForms(error)).not.toContain('CANARY');
    const { SERVER_PORT: _port, ...rest } = broken;
    const loaded = await loadConfig(place.options(rest)).catch((thrown: unknown) => thrown);
    expect(shownForms(loaded)).not.toContain('CANARY');
  });

  it('by the issues of files that are broken around a secret', async () => {
    await using place = await surroundings({
      '~/.gitops/.env': 'GITHUB_TOKEN="CANARY-open\n',
      '~/.netrc': 'machine github.com login me passwort CANARY-word password "CANARY-open',
    });
    const error = await loadConfig(place.options({ SERVER_PORT: 'x' })).catch(
      (thrown: unknown) => thrown,
    );
    expect(shownForms(error)).not.toContain('CANARY');
    await writeFile(join(place.home, '.gitops/.env'), '');
    const { warnings } = await loadConfig(place.options());
    expect(warnings).toHaveLength(4);
    expect(shownForms(warnings)).not.toContain('CANARY');
  });

  it.each([
    'hosts: { github.com: { credential: { kind: token, token: CANARY-literal } } }',
    'hosts: { github.com: { credential: { kind: CANARY-kind, token: CANARY-literal } } }',
    'hosts: { github.com: { credential: CANARY-literal } }',
    'hosts: { github.com: CANARY-literal }',
    'hosts: { github.com: { credential: { kind: token, token: { env: "CANARY literal" } } } }',
    'notifications: { teams: { url: "https://x.example/CANARY" } }',
    'notifications: { teams: "https://x.example/CANARY" }',
    'notifications: { webhooks: [{ url: "https://x.example/?token=CANARY" }] }',
    'notifications: { webhooks: [{ url: "https://me:CANARY@x.example/" }] }',
    'notifications: { webhooks: ["https://x.example/CANARY"] }',
    'server: { port: CANARY-port }',
    'hosts:\n  github.com:\n    credential: CANARY-a: CANARY-b\n',
    'hosts:\n  github.com: "CANARY-open\n',
    'token: !!CANARY-tag CANARY-value\n',
    'token: "\\CANARY"\n',
    'token: CANARY\n token: CANARY\n',
  ])('by the issues of %j', async (text) => {
    const { issues, warnings } = await parseConfig(text);
    expect(issues.length).toBeGreaterThan(0);
    expect(shownForms([issues, warnings])).not.toContain('CANARY');
  });
});
