import { describe, expect, it } from 'vitest';
import { painter } from '../terminal.ts';
import { diffText } from './diff.ts';

const diff = '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\u001b[2J\r\n+b\r\n';

describe('diffText', () => {
  it('is the patch itself in a pipe', () => {
    expect(diffText(diff, painter(false, { terminal: false }))).toBe(diff);
  });

  it('is harmless on a terminal, with and without colours', () => {
    const plain = diffText(diff, painter(false, { terminal: true }));
    expect(plain).toBe('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\ufffd[2J^M\n+b^M\n');
    const colored = diffText(diff, painter(true));
    expect(colored).toContain('\u001b[32m+b^M\u001b[39m');
    expect(colored).not.toContain('\u001b[2J');
  });
});
