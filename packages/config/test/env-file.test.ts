import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEnvFile, envFileTemplate, loadConfig } from '@bowline/gitops-config';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from '../src/env-file.ts';
import { forgetSecretsAfterwards } from './forget-secrets.ts';
import { surroundings } from './surroundings.ts';

forgetSecretsAfterwards();

const linux = process.platform === 'linux';

describe('~/.gitops/.env', () => {
  it('is created when asked for, complete and to oneself, and sets nothing', async () => {
    await using place = await surroundings();
    await loadConfig(place.options());
    expect(await readdir(place.home)).toEqual([]);
    await loadConfig({ ...place.options(), createEnvFile: true });
    const path = join(place.home, '.gitops/.env');
    expect(await readFile(path, 'utf8')).toBe(envFileTemplate());
    expect(parseEnvFile(envFileTemplate(), path)).toMatchObject({ issues: [] });
    expect(parseEnvFile(envFileTemplate(), path).variables.size).toBe(0);
    if (process.platform !== 'win32') {
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await stat(join(place.home, '.gitops'))).mode & 0o777).toBe(0o700);
    }
    expect(await readdir(join(place.home, '.gitops'))).toEqual(['.env']);
    expect((await loadConfig(place.options())).warnings).toEqual([]);
  });

  it('works with every line uncommented', () => {
    const text = envFileTemplate().replace(/^#(?=[A-Z0-9_]+=)/gm, '');
    const { issues, variables } = parseEnvFile(text, '.env');
    expect(issues).toEqual([]);
    expect([...variables.keys()]).toContain('BITBUCKET_API_TOKEN');
    expect(variables.size).toBeGreaterThan(20);
  });

  it('is never written over, also by several programs at once', async () => {
    await using place = await surroundings({ '~/.gitops/.env': 'K8S_PR_REPO=mine\n' });
    const path = join(place.home, '.gitops/.env');
    expect(await createEnvFile(path)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('K8S_PR_REPO=mine\n');
    const fresh = join(place.home, 'other/.env');
    const results = await Promise.all(Array.from({ length: 8 }, () => createEnvFile(fresh)));
    expect(results.filter((created) => created)).toHaveLength(1);
    expect(await readdir(join(place.home, 'other'))).toEqual(['.env']);
  });

  it('is not created beside the one of the former tool', async () => {
    await using place = await surroundings({ '~/.ngen-gitops/.env': 'K8S_PR_REPO=former\n' });
    const { config } = await loadConfig({ ...place.options(), createEnvFile: true });
    expect(config.kubernetesPullRequest.repository).toBe('former');
    expect(await readdir(place.home)).toEqual(['.ngen-gitops']);
  });

  it('that cannot be created is an error that says so, and a warning when everything is loaded', async () => {
    await using place = await surroundings();
    await writeFile(join(place.home, '.gitops'), 'a file where the folder should be');
    await expect(createEnvFile(join(place.home, '.gitops/.env'))).rejects.toMatchObject({
      code: 'CONFIG_FILE_UNSAFE',
    });
    const { warnings } = await loadConfig({ ...place.options(), createEnvFile: true });
    expect(warnings.map(({ code }) => code)).toEqual(['CONFIG_FILE_UNSAFE']);
  });

  it('makes no home folder, and comes back where nothing can be made', async () => {
    await using place = await surroundings();
    for (const homeDirectory of [join(place.home, 'none'), ...(linux ? ['/proc'] : [])]) {
      const { warnings } = await loadConfig({
        ...place.options(),
        homeDirectory,
        createEnvFile: true,
      });
      expect(warnings.map(({ code }) => code)).toEqual(['CONFIG_FILE_UNSAFE']);
    }
    expect(await readdir(place.home)).toEqual([]);
  });

  it('warns of names that are nearly right, and of no others', async () => {
    await using place = await surroundings({
      '~/.gitops/.env':
        'BITBUCKET_APITOKN=x\nGITHUB_TOKN=x\nGITOPS_MINE=x\nHTTP_PROXY=x\nGITOPS_MAIL_FORM=x\n',
    });
    const { warnings } = await loadConfig(place.options());
    expect(warnings.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '1: is not known; did you mean "BITBUCKET_API_TOKEN"?',
      '2: is not known; did you mean "GITHUB_TOKEN"?',
      '5: is not known; did you mean "GITOPS_MAIL_FROM"?',
    ]);
  });
});

describe('files that cannot be used', () => {
  it.each(['.gitops/.env', 'gitops.yaml'])('%s: a folder, too large, not UTF-8', async (name) => {
    for (const content of ['folder', 'large', 'latin1']) {
      await using place = await surroundings();
      const path = join(name === 'gitops.yaml' ? place.project : place.home, name);
      await mkdir(join(path, '..'), { recursive: true });
      if (content === 'folder') await mkdir(path);
      if (content === 'large') await writeFile(path, '#'.repeat(1_048_577));
      if (content === 'latin1') await writeFile(path, Buffer.from([0x23, 0xe4, 0x0a]));
      await expect(loadConfig(place.options())).rejects.toMatchObject({
        code: content === 'latin1' ? 'CONFIG_SYNTAX' : 'CONFIG_FILE_UNSAFE',
        message: expect.stringContaining(path),
      });
    }
  });
});
