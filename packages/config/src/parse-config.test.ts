import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from '../test/forget-secrets.ts';
import { formatIssue } from './issue.ts';
import { parseConfig } from './parse-config.ts';

forgetSecretsAfterwards();

async function problems(text: string, trusted = false): Promise<readonly string[]> {
  const { config, issues } = await parseConfig(text, { trusted });
  expect(config === undefined).toBe(issues.length > 0);
  return issues.map((issue) => `${issue.code} ${formatIssue(issue)}`);
}

describe('parseConfig', () => {
  it('takes an empty file', async () => {
    expect(await parseConfig('# nothing yet\n')).toMatchObject({ config: {}, issues: [] });
  });

  it('takes everything that there is', async () => {
    const text = `
defaults: { remote: git.example.com:8443, organization: acme/platform, imageRegistry: "registry.example.com:5000/acme" }
kubernetesPullRequest: { repository: acme/gitops, branchTemplate: "{cluster}/{deploy}", yamlTemplate: "apps/{namespace}/{deploy}.yaml" }
server: { host: "::1", port: 0 }
author: { name: Åsa Öberg, email: asa@example.com }
notifications:
  teams: { url: { env: TEAMS_WEBHOOK } }
  webhooks:
    - url: https://ci.example.com/hook
      secret: { env: GITOPS_HOOK_KEY }
    - url: { file: ~/.gitops/hook }
    - url: http://127.0.0.1:9000/
hosts:
  bitbucket.org: { organization: acme, credential: { kind: api-token, email: me@example.com, token: { env: BITBUCKET_API_TOKEN } } }
  git.example.com:8443:
    kind: gitlab
    apiUrl: https://git.example.com:9443/gitlab/api/v4
    credential: { kind: token, token: { file: token.txt } }
  127.0.0.5:3000: { kind: gitea, insecureHttp: true, apiUrl: "http://127.0.0.5:3000/api/v1" }
  code.example.com:
    kind: bitbucket-datacenter
    apiUrl: https://api.code.example.com/rest
    credential: { kind: password, username: me, password: { env: GITOPS_TOKEN_CODE_EXAMPLE_COM } }
`;
    expect(await problems(text)).toEqual([]);
  });

  it('takes the example of the README', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```yaml\n(.*?)```/s.exec(readme)?.[1];
    expect(example).toContain('hosts:');
    expect(await problems(example ?? '')).toEqual([]);
  });

  it('lists every issue at once, in the order of the file', async () => {
    const text = `server:
  prot: 80
  port: "8080"
defaults:
  remote: GitHub.com
  orgnization: acme
author:
hosts:
  git.example.com:
    kind: gitbucket
`;
    expect(await problems(text)).toEqual([
      'CONFIG_UNKNOWN_KEY gitops.yaml:2:3: server.prot: is not known; did you mean "port"?',
      'CONFIG_INVALID gitops.yaml:3:9: server.port: must be a number',
      'CONFIG_INVALID gitops.yaml:5:11: defaults.remote: must be a host name in lower case such as "git.example.com" or "git.example.com:8443"',
      'CONFIG_UNKNOWN_KEY gitops.yaml:6:3: defaults.orgnization: is not known; did you mean "organization"?',
      'CONFIG_INVALID gitops.yaml:7:8: author: must be a mapping, and is empty: give it a value or remove the key',
      'CONFIG_INVALID gitops.yaml:10:11: hosts.git.example.com.kind: must be one of "bitbucket-cloud", "bitbucket-datacenter", "github", "gitlab", "gitea", "git"',
    ]);
  });

  it('names the keys that there are when none is near', async () => {
    const { issues } = await parseConfig('colour: blue\n');
    expect(issues[0]?.hint).toBe(
      'The keys here are defaults, kubernetesPullRequest, server, author, notifications, hosts.',
    );
  });

  it('refuses a secret in the file and does not quote it', async () => {
    const text = `hosts:
  github.com:
    credential:
      kind: token
      token: canary-literal-secret
notifications:
  teams:
    url: https://prod.example.com/canary-workflow?sig=1
  webhooks:
    - url: https://ci.example.com/hook?token=canary-query
`;
    const found = await problems(text);
    expect(found).toEqual([
      'CONFIG_SECRET_LITERAL gitops.yaml:5:14: hosts.github.com.credential.token: is a secret and must not stand in this file; write { env: NAME } or { file: PATH }',
      'CONFIG_SECRET_LITERAL gitops.yaml:8:10: notifications.teams.url: is a secret and must not stand in this file; write { env: NAME } or { file: PATH }',
      'CONFIG_INVALID gitops.yaml:10:12: notifications.webhooks[0].url: must be an https address without user, query and fragment; one that holds a secret is { env: NAME } or { file: PATH }',
    ]);
    expect(found.join()).not.toContain('canary');
  });

  it.each([
    ['a: 1\na: 2\n', /:2:1: is not valid YAML: Map keys must be unique$/],
    ['a: [1\n', /:2:1: is not valid YAML/],
    ['a: 1\n---\nb: 2\n', /is not valid YAML: Source contains multiple documents/],
    ['a: &x 1\nb: *y\n', /has too many aliases, or a wrong one|Unresolved alias/],
    ['- 1\n', /^CONFIG_INVALID gitops.yaml:1:1: must be a mapping$/],
    ['text\n', /^CONFIG_INVALID gitops.yaml:1:1: must be a mapping$/],
    [`a: ${'['.repeat(60_000)}`, /is nested too deeply|is not valid YAML/],
    [
      `${['a: &a [x,x,x,x,x,x,x,x,x,x]', ...'bcdefgh'.split('').map((name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join()}]`)].join('\n')}\n`,
      /has too many aliases/,
    ],
  ])('refuses %.40j as a whole', async (text, expected) => {
    const [first] = await problems(text);
    expect(first).toMatch(expected);
  });

  it.each([
    ['__proto__: { polluted: true }\n'],
    ['constructor: { prototype: { polluted: true } }\n'],
    ['hosts:\n  __proto__: { kind: gitlab }\n'],
    ['server: { <<: { port: 1 } }\n'],
  ])('has no back door in %j', async (text) => {
    expect(await problems(text)).not.toEqual([]);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('looks inside each kind of credential', async () => {
    const text = `hosts:
  github.com:
    credential: { kind: token, tokn: { env: GITHUB_TOKEN } }
  gitlab.com:
    credential: { kind: tokens, token: { env: GITLAB_TOKEN } }
  gitea.com:
    credential: { kind: token, token: { evn: GITEA_TOKEN } }
`;
    expect(await problems(text)).toEqual([
      'CONFIG_INVALID gitops.yaml:3:17: hosts.github.com.credential.token: is required',
      'CONFIG_UNKNOWN_KEY gitops.yaml:3:32: hosts.github.com.credential.tokn: is not known; did you mean "token"?',
      'CONFIG_INVALID gitops.yaml:5:25: hosts.gitlab.com.credential.kind: must be one of "api-token", "access-token", "token", "password", "github-app", "job-token"',
      'CONFIG_INVALID gitops.yaml:7:39: hosts.gitea.com.credential.token: must be { env: NAME } or { file: PATH }',
      'CONFIG_UNKNOWN_KEY gitops.yaml:7:41: hosts.gitea.com.credential.token.evn: is not known; did you mean "env"?',
    ]);
  });
});
