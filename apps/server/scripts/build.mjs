// Builds `dist`: the library, its types, the program `gitops-server` in one file, and the files of the documentation pages.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { resolve } = createRequire(import.meta.url);
// pnpm has put the programs on the PATH of this script.
const run = (program, ...args) =>
  execFileSync(program, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
run('tsup', '--silent');
run('tsc', '-p', 'tsconfig.build.json');

const documentation = new URL('../dist/documentation/', import.meta.url);
mkdirSync(documentation, { recursive: true });
for (const file of [
  '../openapi.json',
  'swagger-ui-dist/swagger-ui.css',
  'swagger-ui-dist/swagger-ui-bundle.js',
  'redoc/bundles/redoc.standalone.js',
])
  copyFileSync(resolve(file), new URL(file.slice(file.lastIndexOf('/') + 1), documentation));

const pages = ['swagger-ui-dist/package.json', 'redoc/package.json'].map((file) =>
  dirname(resolve(file)),
);
execFileSync(
  process.execPath,
  [
    '../../tests/architecture/third-party-notices.mjs',
    'gitops-server',
    'dist/metafile-esm.json',
    ...pages,
  ],
  { cwd: root, stdio: 'inherit' },
);
