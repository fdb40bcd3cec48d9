import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { completionScript } from './completion-script.ts';

const commands = [
  {
    words: ['merge'],
    summary: "Merge it's",
    flags: [{ name: 'strategy', summary: 'How: to merge' }],
  },
  { words: ['config'], summary: 'Show', flags: [{ name: 'json', summary: '' }] },
  { words: ['config', 'init'], summary: 'Write', flags: [] },
  { words: ['image', 'set'], summary: 'Set', flags: [{ name: 'container', summary: '' }] },
];

const has = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0;

function completeInBash(line: string): string[] {
  const words = line.split(' ');
  const script = `${completionScript('bash', commands)}
compopt() { :; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
COMP_CWORD=${words.length - 1}
_gitops
printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).trim().split('\n');
}

describe.skipIf(!has('bash'))('the bash script (skipped where there is no bash)', () => {
  it.each([
    ['gitops m', ['merge']],
    ['gitops ', ['config', 'image', 'merge']],
    ['gitops config ', ['init']],
    ['gitops image ', ['set']],
    ['gitops merge --st', ['--strategy']],
    ['gitops image set --c', ['--container']],
    ['gitops config init --h', ['--help']],
  ])('completes "%s"', (line, expected) => {
    expect(completeInBash(line)).toEqual(expected);
  });
});

describe.each(['zsh', 'fish'] as const)('the %s script', (shell) => {
  it('holds every command and flag, with quotes that close', () => {
    const script = completionScript(shell, commands);
    for (const word of ['merge', 'config', 'init', 'image', 'set', 'strategy', 'container']) {
      expect(script).toContain(word);
    }
    expect(script).toContain("it'\\''s");
  });

  it.skipIf(!has(shell))(`is valid for the shell (skipped where there is no ${shell})`, () => {
    // From a file: fish takes no socket for its input, which is what Node.js would give it.
    const folder = mkdtempSync(join(tmpdir(), 'gitops-completion-'));
    try {
      const file = join(folder, 'script');
      writeFileSync(file, completionScript(shell, commands));
      const checked = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
      expect(checked.stderr).toBe('');
      expect(checked.status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
