import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findExamples } from './documented-examples.ts';
import { packagesIn, repositoryRoot } from './workspace.ts';

const examples = findExamples();
const folder = join(import.meta.dirname, '.generated');

it('each package shows an example in its README and in a docstring', () => {
  const without = packagesIn('packages').flatMap(({ folder: path }) => [
    ...(examples.some(({ place }) => place.startsWith(`${path}/README.md`))
      ? []
      : [`${path}/README.md`]),
    ...(examples.some(({ place }) => place.startsWith(`${path}/src/`)) ? [] : [`${path}/src`]),
  ]);
  expect(without).toEqual([]);
});

it('examples import packages by name, as a reader must', () => {
  const relative = examples.filter(({ code }) => /from ['"]\.{1,2}\//.test(code));
  expect(relative.map(({ place }) => place)).toEqual([]);
});

it('every example compiles with the strict configuration', async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'examples'), { recursive: true });
  const places = new Map<string, string>();
  for (const [index, { place, code }] of examples.entries()) {
    const name = `example-${index}.ts`;
    places.set(name, place);
    // `export {}` makes a module of an example without an import, so that the names of two do not meet.
    await writeFile(join(folder, 'examples', name), `${code}\nexport {};\n`);
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.base.json',
      compilerOptions: { declaration: false },
      include: ['examples'],
    }),
  );
  // Through the resolver and not node_modules/.bin, whose files differ between platforms.
  const compiler = join(
    dirname(createRequire(join(repositoryRoot, 'package.json')).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const problems = await promisify(execFile)(process.execPath, [
    compiler,
    '-p',
    folder,
    '--pretty',
    'false',
  ]).then(
    () => [],
    (error: { stdout?: string; message: string }) =>
      (error.stdout || error.message).trim().split('\n'),
  );
  expect(
    problems.map((line) =>
      line.replace(/^.*?(example-\d+\.ts)/, (_, name: string) => `${places.get(name)} (${name})`),
    ),
  ).toEqual([]);
});
