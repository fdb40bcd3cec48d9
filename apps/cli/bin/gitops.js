#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const args = process.argv.slice(2);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`gitops needs Node.js 22.18 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else if (
  ['--version', '-v'].includes(args.find((arg) => arg !== '--json')) &&
  args.filter((arg) => arg !== '--json').length === 1
) {
  // Answered here, before anything is loaded.
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const platform = `${process.platform}-${process.arch}`;
  process.stdout.on('error', () => {
    process.exitCode = 1;
    process.stderr.write('Error: The result cannot be written to stdout.\n');
  });
  process.stdout.write(
    args.includes('--json')
      ? `${JSON.stringify({ success: true, version, platform, node: process.version }, undefined, 2)}\n`
      : `gitops/${version} ${platform} node-${process.version}\n`,
  );
} else {
  module.enableCompileCache?.();
  import('../dist/main.js').then(({ main }) => main(args));
}
