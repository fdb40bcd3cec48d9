// Writes `.generated/gitops`: the program with all its commands in one file, for the image of deploy/Dockerfile. Run: `pnpm --filter
// @bowline/gitops-cli bundle`, after the build.
// npm gets `dist`, where a command loads only what it uses and starts in two thirds of the time.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { build } from 'tsup';
import config from '../tsup.config.ts';

const target = '.generated/gitops';
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const { commands } = JSON.parse(readFileSync('oclif.manifest.json', 'utf8'));
const ids = Object.keys(commands);
const entry = '.generated/main.ts';
writeFileSync(
  entry,
  [
    "export { main } from '../src/main.ts';",
    "export { default as commandNotFound } from '../src/hooks/command-not-found.ts';",
    ...ids.map((id, at) => `import command${at} from '../src/commands/${fileOf(id)}.ts';`),
    `export const commands = { ${ids.map((id, at) => `'${id}': command${at}`).join(', ')} };`,
    '',
  ].join('\n'),
);
await build({
  ...config,
  config: false,
  silent: true,
  entry: { main: entry },
  outDir: `${target}/dist`,
  splitting: false,
  metafile: false,
});

const { oclif, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'));
const main = './dist/main.js';
const found = {
  ...oclif,
  commands: { strategy: 'explicit', target: main, identifier: 'commands' },
  hooks: { command_not_found: { target: main, identifier: 'commandNotFound' } },
};
writeFileSync(`${target}/package.json`, `${JSON.stringify({ ...manifest, oclif: found })}\n`);
for (const part of [
  'bin',
  'oclif.manifest.json',
  'dist/documentation',
  'dist/THIRD-PARTY-NOTICES.txt',
])
  cpSync(part, `${target}/${part}`, { recursive: true });

// Both must be the same program: one of these commands is found and loaded, the other is what happens where none is.
for (const args of [['completion', 'bash'], ['clonee']]) {
  const [one, many] = [target, '.'].map((folder) => outcome(folder, args));
  if (one !== many) throw new Error(`"gitops ${args.join(' ')}" differs in one file: ${one}`);
}

function fileOf(id) {
  return id.replaceAll(':', '/');
}

function outcome(folder, args) {
  try {
    return execFileSync(process.execPath, [`${folder}/bin/gitops.js`, ...args, '--json'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    return error.stdout;
  }
}
