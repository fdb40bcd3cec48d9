// Writes oclif.manifest.json, so that `gitops` loads one command file and not all; the files of the server's pages; and the notices of
// what is bundled.
import { execFileSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core/config';

const root = fileURLToPath(new URL('..', import.meta.url));

const plugin = new Plugin({
  root,
  type: 'core',
  ignoreManifest: true,
  errorOnManifestCreate: true,
  respectNoCacheDefault: true,
});
await plugin.load();
writeFileSync(join(root, 'oclif.manifest.json'), `${JSON.stringify(plugin.manifest)}\n`);

// The pages of `gitops server` are files, which lie beside the built program.
const server = createRequire(import.meta.url).resolve('@bowline/gitops-server/package.json');
cpSync(join(dirname(server), 'dist', 'documentation'), join(root, 'dist', 'documentation'), {
  recursive: true,
});
const { resolve } = createRequire(server);
const pages = ['swagger-ui-dist/package.json', 'redoc/package.json'].map((file) =>
  dirname(resolve(file)),
);

const notices = '../../tests/architecture/third-party-notices.mjs';
execFileSync(process.execPath, [notices, 'gitops', 'dist/metafile-esm.json', ...pages], {
  cwd: root,
  stdio: 'inherit',
});
