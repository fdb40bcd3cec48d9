// Packs the package in the current folder as it would be published, and checks the tarball: `check:package` of each package.
import { execFile } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const bin = (name) => resolve(import.meta.dirname, '../../node_modules/.bin', name);
const shell = process.platform === 'win32';
const problems = [];

const temporary = await mkdtemp(join(tmpdir(), 'bowline-check-'));
try {
  const { stdout } = await run('pnpm', ['pack', '--json', '--pack-destination', temporary], {
    shell,
  });
  const packed = JSON.parse(stdout);
  const tarball = resolve(temporary, (Array.isArray(packed) ? packed[0] : packed).filename);
  await run('tar', ['-xzf', tarball, '-C', temporary]);
  const root = join(temporary, 'package');
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(root.length + 1)
        .replaceAll('\\', '/'),
    );

  const library = manifest.exports?.['.'] !== undefined;
  await Promise.all([
    checkFiles(root, files, manifest),
    checkTargets(root, manifest),
    checkManifest(manifest, root),
    tool('publint', ['run', tarball, '--strict']),
    library
      ? tool('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'])
      : undefined,
  ]);
  if (problems.length > 0) {
    process.stderr.write(`${manifest.name}: the packed tarball is not fit to publish\n`);
    for (const problem of problems) process.stderr.write(`- ${problem}\n`);
    process.exitCode = 1;
  }
} finally {
  await rm(temporary, { recursive: true, force: true });
}

async function tool(name, args) {
  await run(bin(name), args, { shell }).catch((error) => {
    problems.push(
      `${name}: ${`${error.stdout ?? ''}${error.stderr ?? ''}`.trim() || error.message}`,
    );
  });
}

async function checkFiles(root, files, { version }) {
  // `changeset version` writes the first CHANGELOG together with the first version.
  const changelog = version === '0.0.0' ? [] : ['CHANGELOG.md'];
  for (const needed of ['README.md', 'LICENSE', ...changelog])
    if (!files.includes(needed)) problems.push(`${needed} is missing`);
  for (const file of files) {
    if (
      /(\.test\.|\.test-d\.|(^|\/)(test|tests|fixtures)\/|\.tsbuildinfo$|(^|\/)metafile-|(^|\/)\.env)/.test(
        file,
      )
    )
      problems.push(`"${file}" does not belong into a package`);
    if (/\.(?:c|m)?tsx?$/.test(file) && !file.endsWith('.d.ts'))
      problems.push(`"${file}" is source`);
    if (!file.endsWith('.map')) continue;
    const map = JSON.parse(await readFile(join(root, file), 'utf8'));
    const lost = (map.sources ?? []).filter((_, i) => typeof map.sourcesContent?.[i] !== 'string');
    if (lost.length > 0)
      problems.push(`"${file}" points at "${lost[0]}", which is not in the package`);
  }
}

async function checkTargets(root, manifest) {
  const targets = [];
  collect(manifest.exports);
  collect(manifest.bin);
  for (const key of ['main', 'module', 'types']) if (manifest[key]) targets.push(manifest[key]);
  for (const target of targets) {
    if (!(await exists(join(root, target))))
      problems.push(`"${target}" is named and not in the package`);
  }
  function collect(value) {
    if (typeof value === 'string') targets.push(value);
    else if (value !== null && typeof value === 'object')
      for (const [key, inner] of Object.entries(value)) {
        if (key.includes('/source')) problems.push(`the condition "${key}" is still there`);
        collect(inner);
      }
  }
}

async function checkManifest(manifest, root) {
  for (const group of ['dependencies', 'peerDependencies', 'optionalDependencies'])
    for (const [name, range] of Object.entries(manifest[group] ?? {}))
      if (/^(workspace|link|file|catalog):/.test(range))
        problems.push(`"${name}" is still "${range}"`);
  for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
    if (manifest.scripts?.[hook]) problems.push(`the script "${hook}" would run at the user's`);
  if (manifest.private) problems.push('the package is private');
  for (const path of Object.values(manifest.bin ?? {})) {
    const text = (await exists(join(root, path))) ? await readFile(join(root, path), 'utf8') : '';
    if (!text.startsWith('#!/usr/bin/env node\n'))
      problems.push(`"${path}" has no "#!/usr/bin/env node" line`);
  }
}

async function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}
