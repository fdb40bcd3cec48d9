import { describe, expect, it } from 'vitest';
import { openTerminal, painter, printable } from './terminal.ts';

describe('printable', () => {
  it('makes escape sequences, carriage returns and bidirectional overrides harmless', () => {
    const hostile = 'a\u001b[2Jb\rc\u0007d\u202ee\u009bf';
    expect(printable(hostile)).toBe('a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf');
  });

  it('keeps newlines, tabs and other writing', () => {
    expect(printable('ä\tb\n日本')).toBe('ä\tb\n日本');
  });
});

describe('painter', () => {
  it('paints when it may and leaves text alone when not', () => {
    expect(painter(true)('red', 'x')).toBe('\u001b[31mx\u001b[39m');
    expect(painter(false)('red', 'x')).toBe('x');
  });
});

describe('openTerminal', () => {
  it.each([
    [{ noColor: true, environment: { FORCE_COLOR: '1' } }, false],
    [{ noColor: false, environment: { FORCE_COLOR: '1' } }, true],
    [{ noColor: false, environment: { FORCE_COLOR: '1', NO_COLOR: '1' } }, false],
    [{ noColor: false, environment: { FORCE_COLOR: '0', TERM: 'dumb' } }, false],
  ])('decides on colours by flag and environment: %o', (options, expected) => {
    expect(openTerminal(options).color.stdout).toBe(expected);
  });
});
