// Writes THIRD-PARTY-NOTICES.txt of a bundle, beside its metafile, and takes the metafile away: it names every source file of this
// machine's build, and nobody else needs it. Further folders of packages whose files lie beside the bundle may follow.
//
// Run: node third-party-notices.mjs NAME METAFILE [FOLDER...]
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const [name, metafile, ...others] = process.argv.slice(2);
const { inputs } = JSON.parse(readFileSync(metafile, 'utf8'));
rmSync(metafile);
const bundled = Object.keys(inputs)
  .filter((file) => file.includes('node_modules/'))
  .map((file) => packageFolder(dirname(resolve(file))));
writeFileSync(
  join(dirname(metafile), 'THIRD-PARTY-NOTICES.txt'),
  notices(new Set([...bundled, ...others])),
);

/** The licence texts of all packages that are not ours. */
function notices(folders) {
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
  return `${name} contains the following software.\n\n${sorted.map(([name, text]) => `## ${name}\n\n${text}\n`).join('\n')}`;
}

/** The folder whose package.json names the package, not one that only sets the module type. */
function packageFolder(folder) {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'package.json');
    if (existsSync(file) && 'version' in JSON.parse(readFileSync(file, 'utf8'))) return at;
    if (at === dirname(at)) throw new Error(`No package.json above ${folder}`);
  }
}
