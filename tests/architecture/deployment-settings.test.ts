import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedConfig, loadConfig } from '@bowline/gitops-config';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { filesBelow, readIfThere } from './workspace.ts';

const example = readIfThere('deploy/gitops.example.yaml') ?? '';
const pages = filesBelow('docs/deployment', '.md');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-deployment-'));
  await writeFile(join(folder, 'forge-token'), 'forge-canary\n');
  await writeFile(join(folder, 'webhook-secret'), 'webhook-canary\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Reads a configuration as the container does: named on purpose, with the secrets beside it. */
async function load(text: string): Promise<LoadedConfig> {
  const configFile = join(folder, 'gitops.yaml');
  await writeFile(configFile, text);
  return loadConfig({
    environment: {},
    homeDirectory: join(folder, 'nobody'),
    workingDirectory: folder,
    configFile,
  });
}

describe('deploy/gitops.example.yaml', () => {
  it('is valid as it is, and finds its files beside it', async () => {
    const { config, warnings } = await load(example);
    expect(warnings).toEqual([]);
    expect(config.server.tokensFile).toBe(join(folder, 'server-tokens.json'));
    expect(config.hosts.find(({ host }) => host === 'github.com')?.credential).toMatchObject({
      kind: 'token',
    });
  });

  it('is valid with everything that it shows in comments', async () => {
    const { config, warnings } = await load(example.replace(/^ {2}# (?=\S+:| {2})/gm, '  '));
    expect(warnings).toEqual([]);
    expect(config.server.publicUrl).toBe('https://gitops.example.com');
    expect(config.server.trustProxy).toEqual(['127.0.0.1/32']);
    expect(config.server.webhooks.github?.map((secret) => secret.reveal())).toEqual([
      'webhook-canary',
    ]);
  });
});

describe('docs/deployment', () => {
  it('shows settings that are valid', async () => {
    const parts = pages.flatMap(({ text }) =>
      [...text.matchAll(/^```yaml\n# part: server\n([\s\S]*?)^```$/gm)].map((match) => match[1]),
    );
    expect(parts).toHaveLength(1);
    for (const part of parts) expect((await load(part ?? '')).warnings).toEqual([]);
  });

  it('names the image of the Dockerfile, and variables and flags that exist', () => {
    const text = pages.map((page) => page.text).join('\n');
    const image = /^ARG NODE_IMAGE=(\S+)$/m.exec(readIfThere('deploy/Dockerfile') ?? '')?.[1];
    const named = [...text.matchAll(/\bnode:[\d.]+[\w.-]*/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(0);
    expect(new Set(named)).toEqual(new Set([image]));
    const files = ['docker-compose.yml', 'Dockerfile'].map((name) => readIfThere(`deploy/${name}`));
    const known = `${readIfThere('docs/configuration.md')}${files.join('')}`;
    for (const [name] of text.matchAll(/\b(?:SERVER|GITOPS|BOWLINE|GIT_DEFAULT)_[A-Z_]+\b/g))
      if (!codes.has(name)) expect(known, name).toContain(name);
    const commands = readIfThere('docs/commands.md') ?? '';
    for (const [, name = ''] of text.matchAll(/server token (create|list|revoke)/g))
      expect(commands).toContain(`## gitops server token ${name}\n`);
  });

  it('names the codes and metrics of the server', () => {
    const errors = readIfThere('docs/errors.md') ?? '';
    const server = readIfThere('docs/server.md') ?? '';
    const text = pages.map((page) => page.text).join('\n');
    for (const code of codes) expect(errors).toContain(code);
    for (const [metric] of text.matchAll(/\bgitops_[a-z_]+_total\b/g))
      expect(server).toContain(metric);
  });
});

/** The error codes that the pages speak of. */
const codes = new Set(
  pages.flatMap(({ text }) => text.match(/\b(?:SERVER_[A-Z]+|CONFIG_SECRET)_[A-Z]+\b/g) ?? []),
);
