import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { surroundings } from './surroundings.ts';

const run = promisify(execFile);

/** Loads the configuration in a program of its own and lists the packages that this loads. */
async function loadedPackages(options: object): Promise<readonly string[]> {
  const program = `
    import { registerHooks } from 'node:module';
    const found = new Set();
    registerHooks({ load(url, context, next) {
      const name = /node_modules\\/(?!\\.pnpm)((?:@[^/]+\\/)?[^/]+)(?!.*node_modules)/.exec(url)?.[1];
      if (name !== undefined) found.add(name);
      return next(url, context);
    } });
    const { loadConfig } = await import('@bowline/gitops-config');
    await loadConfig(JSON.parse(process.argv[1]));
    console.log(JSON.stringify([...found].sort()));
  `;
  const { stdout } = await run(
    process.execPath,
    [
      '--conditions=@bowline/source',
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '--eval',
      program,
      JSON.stringify(options),
    ],
    { cwd: new URL('.', import.meta.url) },
  );
  return JSON.parse(stdout);
}

describe('loadConfig', () => {
  it('loads no library without a gitops.yaml, and both with one', async () => {
    await using without = await surroundings({ '~/.gitops/.env': 'GITHUB_TOKEN=tok-en\n' });
    await using project = await surroundings({
      'gitops.yaml': 'defaults: { organization: acme }\n',
    });
    expect(await loadedPackages(without.options())).toEqual([]);
    expect(await loadedPackages(project.options())).toEqual(['valibot', 'yaml']);
  });
});
