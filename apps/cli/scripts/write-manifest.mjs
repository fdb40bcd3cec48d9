// Writes oclif.manifest.json, so that `gitops` loads one command file and not all, and the notices of what is bundled.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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

const metafile = join(root, 'dist', 'metafile-esm.json');
const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'));
// Names every source file of this machine's build; nobody else needs it.
rmSync(metafile);
writeFileSync(join(root, 'dist', 'THIRD-PARTY-NOTICES.txt'), notices(Object.keys(inputs)));

/** The licence texts of all bundled packages that are not ours. */
function notices(files) {
  const folders = new Set(
    files
      .filter((file) => file.includes('node_modules/'))
      .map((file) => packageFolder(dirname(resolve(root, file)))),
  );
  const texts = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    const text =
      file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
    texts.set(`${name} ${version}`, text);
  }
  const sorted = [...texts].sort(([a], [b]) => a.localeCompare(b));
  return `gitops contains the following software.\n\n${sorted.map(([name, text]) => `## ${name}\n\n${text}\n`).join('\n')}`;
}

/** The folder whose package.json names the package, not one that only sets the module type. */
function packageFolder(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file) && 'version' in JSON.parse(readFileSync(file, 'utf8'))) return at;
    if (at === dirname(at)) throw new Error(`No package.json above ${folder}`);
  }
}
