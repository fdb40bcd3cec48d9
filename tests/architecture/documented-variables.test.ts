import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeConfig, envFileTemplate, loadConfig } from '@bowline/gitops-config';
import { describe, expect, it } from 'vitest';
import { filesBelow, isTest, readIfThere, withoutComments } from './workspace.ts';

interface Row {
  readonly names: readonly string[];
  readonly fallback: string;
}

const page = readIfThere('docs/configuration.md') ?? '';
const [stored = [], environmentAlone = []] = page
  .split('\n## ')
  .find((part) => part.startsWith('Variables\n'))
  ?.split('\nIn the environment alone:')
  .map(rowsOf) ?? [[], []];

function rowsOf(text: string): Row[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const cells = line.split('|').map((cell) => cell.trim());
      return {
        names: [...(cells[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
        fallback: /^`(.*)`$/.exec(cells[3] ?? '')?.[1] ?? '',
      };
    });
}

const namesOf = (rows: readonly Row[]) => rows.flatMap(({ names }) => names);
const known = [...envFileTemplate().matchAll(/^#([A-Z0-9_]+)=/gm)].map((match) => match[1] ?? '');

describe('docs/configuration.md', () => {
  it('lists each variable of ~/.gitops/.env, and no other', () => {
    expect(known.length).toBeGreaterThan(20);
    expect(
      namesOf(stored)
        .filter((name) => name !== 'GITOPS_TOKEN_<HOST>')
        .sort(),
    ).toEqual([...known].sort());
  });

  it('lists what the program itself reads, and no other', () => {
    const program = filesBelow('apps/cli/src', '.ts').filter(({ path }) => !isTest(path));
    const read = new Set(
      program.flatMap(
        ({ text }) =>
          withoutComments(text).match(/\b(?:GITOPS_(?!TOKEN_)[A-Z_]+|NO_COLOR|FORCE_COLOR)\b/g) ??
          [],
      ),
    );
    expect(namesOf(environmentAlone).sort()).toEqual(
      [...read].filter((name) => !known.includes(name)).sort(),
    );
  });

  it('gives the defaults that the settings have', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'bowline-defaults-'));
    try {
      const loaded = await loadConfig({
        environment: {},
        homeDirectory: empty,
        workingDirectory: empty,
      });
      const values = new Map(describeConfig(loaded).map(({ key, value }) => [key, value]));
      const settings: Readonly<Record<string, string>> = {
        GIT_DEFAULT_REMOTE: 'defaults.remote',
        K8S_PR_REPO: 'kubernetesPullRequest.repository',
        K8S_PR_BRANCH_TEMPLATE: 'kubernetesPullRequest.branchTemplate',
        K8S_PR_YAML_TEMPLATE: 'kubernetesPullRequest.yamlTemplate',
        SERVER_HOST: 'server.host',
        SERVER_PORT: 'server.port',
      };
      for (const [name, key] of Object.entries(settings))
        expect(stored.find(({ names }) => names.includes(name))?.fallback, name).toBe(
          values.get(key),
        );
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
  });
});
