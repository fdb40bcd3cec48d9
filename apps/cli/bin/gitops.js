#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import module from 'node:module';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const args = process.argv.slice(2);

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`gitops needs Node.js 22.18 or newer; this is ${process.version}.\n`);
  process.exitCode = 1;
} else if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
  // Answered here, before anything is loaded.
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  process.stdout.write(
    `gitops/${version} ${process.platform}-${process.arch} node-${process.version}\n`,
  );
} else {
  module.enableCompileCache?.();
  import('../dist/main.js').then(({ main }) => main(args));
}
