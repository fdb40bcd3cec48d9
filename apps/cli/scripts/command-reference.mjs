// Writes docs/commands.md from oclif.manifest.json. With --check, says whether the file is current instead.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const manifest = JSON.parse(
  readFileSync(new URL('../oclif.manifest.json', import.meta.url), 'utf8'),
);
const target = fileURLToPath(new URL('../../../docs/commands.md', import.meta.url));

const text = `# Commands

Made from the commands themselves by \`pnpm docs:commands\`. What holds for all of them: [cli.md](cli.md).

${Object.values(manifest.commands)
  .sort((a, b) => (a.id < b.id ? -1 : 1))
  .map(section)
  .join('\n')}`;

if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write('docs/commands.md is not current: run `pnpm docs:commands`.\n');
    process.exitCode = 1;
  }
} else {
  writeFileSync(target, text);
}

function section(command) {
  const name = command.id.replaceAll(':', ' ');
  const args = Object.values(command.args);
  const flags = Object.values(command.flags).filter((flag) => !flag.hidden);
  const usage =
    command.usage ??
    [name, ...args.map((arg) => (arg.required ? arg.name : `[${arg.name}]`)), '[FLAGS]'].join(' ');
  return [
    `## gitops ${name}`,
    '',
    command.summary,
    ...(command.description ? ['', command.description] : []),
    '',
    '```text',
    `gitops ${usage}`,
    '```',
    '',
    ...(args.length === 0
      ? []
      : [
          table(
            ['Argument', ''],
            args.map((arg) => [`\`${arg.name}\``, arg.description ?? '']),
          ),
        ]),
    table(['Flag', ''], flags.map(flagRow)),
    '```sh',
    ...(command.examples ?? []).map((example) => example.replaceAll('<%= config.bin %>', 'gitops')),
    '```',
    '',
  ].join('\n');
}

function flagRow(flag) {
  const value =
    flag.type === 'option' ? ` ${flag.helpValue ?? (flag.options?.join('\\|') || 'VALUE')}` : '';
  const short = flag.char ? `\`-${flag.char}\`, ` : '';
  const fallback =
    flag.default === undefined || flag.default === false ? '' : ` Default: \`${flag.default}\`.`;
  const env = flag.env ? ` Environment: \`${flag.env}\`.` : '';
  return [`${short}\`--${flag.name}${value}\``, `${flag.description ?? ''}${fallback}${env}`];
}

function table(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line), ''].join('\n');
}
