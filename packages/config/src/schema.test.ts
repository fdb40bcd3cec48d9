import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { schemaText } from '../scripts/schema-text.ts';
import { configSchema } from './schema.ts';

describe('schema.json', () => {
  it('is current (else run: pnpm --filter @bowline/gitops-config generate:schema)', async () => {
    const text = await readFile(new URL('../schema.json', import.meta.url), 'utf8');
    const published: unknown = JSON.parse(text);
    // Data is compared, not bytes: the formatter lays out the committed file.
    expect(published).toEqual(JSON.parse(schemaText()));
    expect(published).toMatchObject({
      $id: 'https://bowline.dev/schemas/gitops.yaml.json',
    });
  });

  const accepted: readonly unknown[] = [
    {},
    { defaults: { remote: 'local' } },
    {
      defaults: {
        remote: 'git.example.com:8443',
        organization: 'acme/sub-group',
      },
    },
    { defaults: { imageRegistry: 'registry.example.com:5000/a/b' } },
    { kubernetesPullRequest: { branchTemplate: '{cluster}/{namespace}-{deploy}' } },
    { server: { host: '::', port: 65_535 } },
    { author: { name: '𠮷田 Å', email: 'a@b.c' } },
    { notifications: { teams: { url: { env: 'TEAMS_WEBHOOK' } }, webhooks: [] } },
    { notifications: { webhooks: [{ url: 'https://a.org/x', secret: { file: '~/k' } }] } },
    { notifications: { webhooks: [{ url: { env: 'A' } }] } },
    { hosts: { 'a.org': { kind: 'gitea', apiUrl: 'http://a.org', insecureHttp: true } } },
    { hosts: { 'a.org': { credential: { kind: 'access-token', token: { env: 'A' } } } } },
    { hosts: { '[::1]:3000': { kind: 'gitlab' } } },
    ...[12, 'Iv1.abc'].map((appId) => ({
      hosts: {
        'a.org': { credential: { kind: 'github-app', appId, privateKey: { env: 'A' } } },
      },
    })),
    { notifications: { channels: [{ name: 'a-1', type: 'slack', url: { env: 'A' } }] } },
    {
      notifications: {
        channels: [
          { name: 'a', type: 'webhook', url: 'http://[::1]:1/x', allowPrivateAddresses: true },
        ],
      },
    },
    { server: { cors: { origins: ['https://a.org:8443'] }, trustProxy: ['::1', '10.0.0.0/8'] } },
    { server: { webhooks: { gitea: { secrets: [{ env: 'A' }, { file: 'b' }] } } } },
  ];
  const refused: readonly unknown[] = [
    null,
    'text',
    { unknown: 1 },
    { defaults: null },
    { defaults: { remote: 'https://github.com' } },
    { defaults: { remote: 'GitHub.com' } },
    { defaults: { organization: 'two words' } },
    { defaults: { imageRegistry: 'https://registry.example.com' } },
    { kubernetesPullRequest: { yamlTemplate: '{name}' } },
    { kubernetesPullRequest: { repository: 'a b' } },
    { server: { port: '8080' } },
    { server: { port: 65_536 } },
    { server: { port: 1.5 } },
    { author: { name: 'a <b>' } },
    { author: { email: 'nobody' } },
    { notifications: { teams: { url: 'https://a.org' } } },
    { notifications: { teams: {} } },
    { notifications: { webhooks: [{ url: 'https://a.org/x?token=1' }] } },
    { notifications: { webhooks: [{ url: 'https://me@a.org/x' }] } },
    { notifications: { webhooks: [{ url: 'http://a.org/x' }] } },
    { notifications: { webhooks: Array(21).fill({ url: 'https://a.org' }) } },
    { hosts: { 'a b': {} } },
    { hosts: { 'a.org': { kind: 'gitbucket' } } },
    { hosts: { 'a.org': { apiUrl: 'ftp://a.org' } } },
    { hosts: { 'a.org': { credential: { kind: 'token', token: 'literal' } } } },
    { hosts: { 'a.org': { credential: { kind: 'token', token: { env: 'A', file: 'b' } } } } },
    { hosts: { 'a.org': { credential: { kind: 'api-token', token: { env: 'A' } } } } },
    { hosts: { 'a.org': { credential: { token: { env: 'A' } } } } },
    {
      hosts: {
        'a.org': { credential: { kind: 'github-app', appId: 0, privateKey: { env: 'A' } } },
      },
    },
    { notifications: { channels: [{ name: 'A', type: 'slack', url: { env: 'A' } }] } },
    { notifications: { channels: [{ name: 'a', type: 'slack', url: 'https://a.org' }] } },
    { notifications: { channels: [{ name: 'a', type: 'email', url: { env: 'A' } }] } },
    { notifications: { channels: [{ name: 'a', type: 'irc', url: { env: 'A' } }] } },
    { server: { cors: { origins: ['*'] } } },
    { server: { maxBodyBytes: 1 } },
    { server: { webhooks: { local: { secrets: [{ env: 'A' }] } } } },
    { server: { webhooks: { gitea: { secrets: Array(4).fill({ env: 'A' }) } } } },
  ];

  it('accepts and refuses what parseConfig does', () => {
    const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
      JSON.parse(schemaText()),
    );
    for (const example of [...accepted, ...refused])
      expect([validate(example), v.is(configSchema, example)], JSON.stringify(example)).toEqual(
        accepted.includes(example) ? [true, true] : [false, false],
      );
  });
});
