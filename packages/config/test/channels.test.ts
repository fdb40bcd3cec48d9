import {
  type ConfigInput,
  describeConfig,
  formatIssue,
  loadConfig,
  parseConfig,
} from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

const SLACK = 'https://hooks.slack.example/services/T0/B0/x';

async function problems(text: string, trusted = true): Promise<readonly string[]> {
  const { issues } = await parseConfig(text, { trusted, path: 'g.yaml' });
  return issues.map(formatIssue);
}

const channels = (...entries: readonly string[]) =>
  `notifications:\n  channels:\n${entries.map((entry) => `    - ${entry}\n`).join('')}`;

describe('channels', () => {
  it('of variables have the name of their tool', async () => {
    await using place = await surroundings({ '~/.gitops/.env': 'CDEVENTS_SECRET=the-key\n' });
    const { config, sources } = await loadConfig(
      place.options({
        TEAMS_WEBHOOK: 'https://teams.example/x',
        SLACK_WEBHOOK: SLACK,
        DISCORD_WEBHOOK: 'https://discord.example/x',
        GOOGLE_CHAT_WEBHOOK: 'https://chat.example/x?key=1',
        GITOPS_WEBHOOK_URL: 'https://ci.example/x',
        CDEVENTS_URL: 'https://broker.example/',
        SMTP_URL: 'smtps://me:pw@smtp.example:465',
        GITOPS_MAIL_FROM: 'gitops@example.com',
        GITOPS_MAIL_TO: 'a@example.com, b@example.com',
      }),
    );
    const url = expect.any(Secret);
    expect(config.notifications.channels).toEqual([
      ...['teams', 'slack', 'discord', 'google-chat', 'webhook'].map((name) => ({
        name,
        type: name,
        url,
      })),
      { name: 'cdevents', type: 'cdevents', url, secret: expect.any(Secret) },
      {
        name: 'email',
        type: 'email',
        url,
        from: 'gitops@example.com',
        to: ['a@example.com', 'b@example.com'],
      },
    ]);
    expect(sources.get('notifications.channels.slack')).toBe('environment SLACK_WEBHOOK');
  });

  it('need the whole of a mail, and SMTP_URL alone is none', async () => {
    await using place = await surroundings();
    const SMTP_URL = 'smtp://localhost:25';
    const alone = await loadConfig(place.options({ SMTP_URL }));
    expect(alone.config.notifications.channels).toEqual([]);
    await expect(
      loadConfig(place.options({ SMTP_URL, GITOPS_MAIL_TO: 'a@example.com' })),
    ).rejects.toThrow('SMTP_URL: needs GITOPS_MAIL_FROM to send mail');
    const from = { SMTP_URL, GITOPS_MAIL_FROM: 'a@example.com' };
    for (const [more, said] of [
      [{ GITOPS_MAIL_TO: 'nobody' }, 'GITOPS_MAIL_TO: must be 1 to 50 e-mail addresses'],
      [{ GITOPS_MAIL_TO: ' , ' }, 'GITOPS_MAIL_TO: must be 1 to 50 e-mail addresses'],
      [
        { GITOPS_MAIL_TO: 'b@a.org', GITOPS_MAIL_FROM: 'me' },
        'GITOPS_MAIL_FROM: must be an e-mail',
      ],
      [
        { GITOPS_MAIL_TO: 'b@a.org', SMTP_URL: 'https://x' },
        'SMTP_URL: must be an address such as',
      ],
    ] as const)
      await expect(loadConfig(place.options({ ...from, ...more }))).rejects.toThrow(said);
  });

  it('of gitops.yaml have rules, and their variable makes no second channel', async () => {
    await using place = await surroundings({
      'gitops.yaml': channels(
        '{ name: ops, type: slack, url: { env: SLACK_WEBHOOK }, events: ["promotion.*"], severity: warning, repositories: ["acme/*"], repeat: 30m }',
        '{ name: broker, type: cdevents, url: https://broker.example/in, source: /gitops, mode: binary, secret: { env: GITOPS_KEY } }',
      ),
    });
    const loaded = await loadConfig(place.options({ SLACK_WEBHOOK: SLACK, GITOPS_KEY: 'the-key' }));
    expect(loaded.config.notifications.channels).toEqual([
      {
        name: 'ops',
        type: 'slack',
        url: expect.any(Secret),
        events: ['promotion.*'],
        severity: 'warning',
        repositories: ['acme/*'],
        repeatMs: 1_800_000,
      },
      {
        name: 'broker',
        type: 'cdevents',
        url: 'https://broker.example/in',
        secret: expect.any(Secret),
        source: '/gitops',
        mode: 'binary',
      },
    ]);
    const rows = new Map(describeConfig(loaded).map(({ key, value }) => [key, value]));
    expect(rows.get('notifications.channels.ops.url')).toBe('***');
    expect(rows.get('notifications.channels.ops.events')).toBe('promotion.*');
  });

  it('of one name are one: that of the stronger source', async () => {
    await using place = await surroundings({
      'gitops.yaml': `notifications:
  webhooks: [{ url: https://first.example/ }, { url: https://second.example/ }]
  channels: [{ name: slack, type: slack, url: { file: ~/.gitops/secrets/notifications/slack } }]
`,
      '~/.gitops/secrets/notifications/slack': SLACK,
    });
    const { config } = await loadConfig(
      place.options({
        SLACK_WEBHOOK: 'https://hooks.slack.example/other',
        GITOPS_WEBHOOK_URL: 'https://mine.example/',
      }),
    );
    const shown = config.notifications.channels.map(({ name, url }) => [
      name,
      typeof url === 'string' ? url : url.reveal(),
    ]);
    expect(shown).toEqual([
      ['slack', 'https://hooks.slack.example/other'],
      ['webhook', 'https://mine.example/'],
      ['webhook-2', 'https://second.example/'],
    ]);
  });

  it('that lack their secret on this machine are off, with a warning', async () => {
    await using place = await surroundings({
      'gitops.yaml': channels('{ name: ops, type: discord, url: { env: DISCORD_WEBHOOK } }'),
    });
    const { config, warnings } = await loadConfig(place.options());
    expect(config.notifications.channels).toEqual([]);
    expect(warnings).toMatchObject([
      { code: 'CONFIG_SECRET_MISSING', key: 'notifications.channels[0].url', line: 3 },
    ]);
  });

  it.each([
    ['{ name: A, type: slack, url: { env: X } }', 'channels[0].name: must be a name of lower-case'],
    ['{ name: a, type: irc, url: { env: X } }', 'channels[0].type: must be one of "teams"'],
    ['{ name: a, type: slack, url: https://x.org }', 'url: is a secret and must not stand in this'],
    ['{ name: a, type: slack, url: { env: X }, repeat: 5 minutes }', 'repeat: must be a time such'],
    ['{ name: a, type: slack, url: { env: X }, severity: bad }', 'severity: must be one of "info"'],
    ['{ name: a, type: slack, url: { env: X }, events: [] }', 'events: must have at least 1'],
    ['{ name: a, type: slack, url: { env: X }, evnts: [] }', 'evnts: is not known; did you mean'],
    ['{ name: a, type: slack, url: { env: X }, from: me@a.org }', 'from: is not known'],
    ['{ name: a, type: email, url: { env: X }, from: me@a.org }', 'channels[0].to: is required'],
    ['{ name: a, type: webhook, url: http://a.org/ }', 'url: must be an https address'],
    ['{ name: a, type: cdevents, url: https://a.org/, mode: text }', 'mode: must be one of'],
  ])('refuse %s', async (entry, said) => {
    const found = await problems(channels(entry));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(said);
  });

  it('have names of their own, also beside the short forms', async () => {
    const slack = '{ name: ops, type: slack, url: { env: X } }';
    expect(await problems(channels(slack, slack))).toEqual([
      'g.yaml:4:15: notifications.channels[1].name: is the name of "notifications.channels[0]" too; each channel has its own',
    ]);
    const teams = `${channels('{ name: teams, type: slack, url: { env: X } }')}  teams: { url: { env: Y } }\n`;
    expect(await problems(teams)).toEqual([
      expect.stringContaining('is the name of "notifications.teams" too'),
    ]);
  });
});

describe('channels of a gitops.yaml that was found in a project', () => {
  it.each([
    ['{ name: a, type: slack, url: { env: AWS_SECRET_ACCESS_KEY } }', 'url.env'],
    ['{ name: a, type: slack, url: { env: TEAMS_WEBHOOK } }', 'url.env'],
    ['{ name: a, type: discord, url: { env: GITOPS_TOKEN_A_ORG } }', 'url.env'],
    [
      '{ name: a, type: webhook, url: https://a.org, secret: { env: GITOPS_SERVER_TOKENS } }',
      'secret.env',
    ],
    [
      '{ name: a, type: cdevents, url: https://a.org, secret: { env: GITHUB_WEBHOOK_SECRET } }',
      'secret.env',
    ],
    // What they sign at an address of the project would be good at their own.
    [
      '{ name: a, type: webhook, url: https://a.org, secret: { env: GITOPS_WEBHOOK_SECRET } }',
      'secret.env',
    ],
    [
      '{ name: a, type: cdevents, url: https://a.org, secret: { env: CDEVENTS_SECRET } }',
      'secret.env',
    ],
    [
      '{ name: a, type: cdevents, url: https://a.org, allowPrivateAddresses: true }',
      'allowPrivateAddresses',
    ],
    ['{ name: a, type: email, url: { env: SMTP_URL }, from: me@a.org, to: [you@a.org] }', 'type'],
  ])('cannot be %s', async (entry, key) => {
    const { issues } = await parseConfig(channels(entry), { trusted: false });
    expect(issues.map(({ code, key: at }) => [code, at])).toEqual([
      ['CONFIG_SECRET_FORBIDDEN', `notifications.channels[0].${key}`],
    ]);
    expect(await problems(channels(entry))).toEqual([]);
  });

  it.each([
    ['{ name: a, type: slack, url: { env: SLACK_WEBHOOK } }'],
    ['{ name: a, type: google-chat, url: { env: GITOPS_CHAT } }'],
    ['{ name: a, type: cdevents, url: { env: CDEVENTS_URL }, secret: { env: CDEVENTS_SECRET } }'],
    [
      '{ name: a, type: webhook, url: { env: GITOPS_WEBHOOK_URL }, secret: { env: GITOPS_WEBHOOK_SECRET } }',
    ],
    ['{ name: a, type: webhook, url: https://a.org, secret: { env: GITOPS_HOOK_KEY } }'],
  ])('can be %s', async (entry) => {
    expect(await problems(channels(entry), false)).toEqual([]);
  });

  it('have the shape that programs give as options too', async () => {
    await using place = await surroundings();
    const explicit: ConfigInput = {
      notifications: { channels: [{ name: 'a', type: 'webhook', url: 'https://a.org/x' }] },
    };
    const { config } = await loadConfig({ ...place.options(), explicit });
    expect(config.notifications.channels).toHaveLength(1);
  });
});
