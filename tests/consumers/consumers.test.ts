import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  built,
  type ConsumerProject,
  createConsumerProject,
  published,
} from './consumer-project.ts';

const libraries = published.filter(({ subpaths }) => subpaths.includes('.'));
const entries = libraries.flatMap(({ name, subpaths }) =>
  subpaths.map((subpath) => `${name}${subpath.slice(1)}`),
);
const modules = entries.filter((entry) => !entry.endsWith('.json'));

describe.skipIf(!built)(
  'the packed packages in a project of their own (skipped before a build)',
  () => {
    let project: ConsumerProject;
    let offline = false;
    beforeAll(async () => {
      const created = await createConsumerProject();
      offline = created === undefined;
      if (created !== undefined) project = created;
    }, 180_000);
    beforeEach(({ skip }) => {
      skip(offline, 'no registry can be reached for the foreign dependencies');
    });
    afterAll(async () => {
      await project?.remove();
    });

    it('are all there', () => {
      expect(libraries.length).toBeGreaterThanOrEqual(7);
      expect(modules.length).toBeGreaterThan(libraries.length);
    });

    it('each root does its work', async () => {
      const result: unknown = JSON.parse(await project.run(process.execPath, ['use-roots.mjs']));
      expect(result).toEqual({
        config: 'string',
        errors: 'https://***@host/a.git',
        masked: false,
        git: 'bitbucket.org',
        openGit: 'function',
        manifests: true,
        notify: ['delivered', 'branch.created'],
        operations: 'an error of ours',
        providers: 'local',
      });
    });

    it('each subpath can be imported', async () => {
      const script = `const all = {};
      for (const name of ${JSON.stringify(modules)}) all[name] = Object.keys(await import(name)).length;
      for (const name of ${JSON.stringify(entries.filter((entry) => entry.endsWith('.json')))})
        all[name] = Object.keys((await import(name, { with: { type: 'json' } })).default).length;
      console.log(JSON.stringify(all));`;
      const counts = JSON.parse(
        await project.run(process.execPath, ['--input-type=module', '-e', script]),
      ) as Record<string, number>;
      expect(Object.keys(counts).sort()).toEqual([...entries].sort());
      expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    });

    it('each subpath can be required', async () => {
      const script = `const all = {};
      for (const name of ${JSON.stringify(entries)}) all[name] = Object.keys(require(name)).length;
      console.log(JSON.stringify(all));`;
      const counts = JSON.parse(
        await project.run(process.execPath, [
          '--no-warnings',
          '--input-type=commonjs',
          '-e',
          script,
        ]),
      ) as Record<string, number>;
      expect(Object.entries(counts).filter(([, count]) => count === 0)).toEqual([]);
    });

    it('the types hold in a strict nodenext project, with all libraries checked', async () => {
      await writeFile(
        join(project.folder, 'use-subpaths.ts'),
        modules
          .map((name, index) => `export type Module${index} = typeof import('${name}');\n`)
          .join(''),
      );
      await writeFile(
        join(project.folder, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            target: 'ES2023',
            lib: ['ES2024'],
            module: 'NodeNext',
            types: ['node'],
            strict: true,
            exactOptionalPropertyTypes: true,
            noUncheckedIndexedAccess: true,
            verbatimModuleSyntax: true,
            skipLibCheck: false,
            noEmit: true,
          },
          include: ['*.ts'],
        }),
      );
      const compiler = join(
        dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
        'bin/tsc',
      );
      expect(await project.run(process.execPath, [compiler, '-p', '.', '--pretty', 'false'])).toBe(
        '',
      );
    });
  },
);
