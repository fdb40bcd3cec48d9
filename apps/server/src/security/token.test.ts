import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allows,
  createToken,
  formatTokenFile,
  parseTokenFile,
  parseTokenList,
  type TokenRecord,
  tokenReader,
} from './token.ts';

const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('tokens', () => {
  it('are random, recognised by their hash, and not in their record', () => {
    const first = createToken({ name: 'ci', scope: 'write' });
    const second = createToken({ name: 'ci', scope: 'write' });
    const text = first.token.reveal();
    expect(text).toMatch(/^bowline_[A-Za-z0-9_-]{43}$/);
    expect(text).not.toBe(second.token.reveal());
    expect(JSON.stringify(first.record)).not.toContain(text);
    const identify = tokenReader([second.record, first.record]);
    expect(identify(text, 0)).toEqual({ name: 'ci', scope: 'write' });
    for (const wrong of [
      text.slice(0, -1),
      `${text}x`,
      text.toLowerCase(),
      '',
      first.record.sha256,
    ]) {
      expect(identify(wrong, 0)).toBeUndefined();
    }
  });

  it('end when they expire', () => {
    const { token, record } = createToken({
      name: 'ci',
      scope: 'read',
      expires: '2026-12-01T00:00:00Z',
    });
    const identify = tokenReader([record]);
    expect(identify(token.reveal(), Date.parse('2026-11-30T23:59:59Z'))).toBeDefined();
    expect(identify(token.reveal(), Date.parse('2026-12-01T00:00:00Z'))).toBeUndefined();
  });

  it('of a wider scope may do what a narrower one may', () => {
    expect(allows('admin', 'write')).toBe(true);
    expect(allows('write', 'write')).toBe(true);
    expect(allows('read', 'write')).toBe(false);
    expect(allows('write', 'admin')).toBe(false);
  });
});

describe('the file of tokens', () => {
  const records = [
    createToken({ name: 'ci', scope: 'write' }).record,
    createToken({ name: 'ada@example.com', scope: 'admin', expires: '2027-01-01T00:00:00Z' })
      .record,
  ];

  it('is read as it is written', () => {
    expect(parseTokenFile(formatTokenFile(records), 'f')).toEqual(records);
    const [{ name, scope, sha256 } = records[0] as TokenRecord] = records;
    expect(parseTokenList(`${name}:${scope}:${sha256},`, 'v')).toEqual([records[0]]);
    expect(parseTokenList('', 'v')).toEqual([]);
  });

  it.each([
    'x',
    '[]',
    '{}',
    '{"tokens":{}}',
    '{"tokens":[{}]}',
    '{"tokens":[],"more":1}',
    '{"tokens":[{"name":"a b","scope":"read","sha256":"x"}]}',
    `{"tokens":[{"name":"a","scope":"root","sha256":"${'0'.repeat(64)}"}]}`,
    `{"tokens":[{"name":"a","scope":"read","sha256":"${'0'.repeat(64)}","expires":"soon"}]}`,
  ])('%s is refused', (text) => {
    expect(codeOf(() => parseTokenFile(text, 'f'))).toBe('SERVER_TOKENS_INVALID');
  });

  it('refuses two of one name', () => {
    const text = formatTokenFile([...records, ...records]);
    expect(() => parseTokenFile(text, 'f')).toThrow(/two tokens named "ci"/);
  });

  it('never quotes what stands in it: it may be a token in the wrong place', () => {
    const canary = 'bowline_canary7d3f';
    for (const text of [
      canary,
      JSON.stringify({ tokens: [{ name: 'ci', scope: canary, sha256: canary }] }),
      JSON.stringify({ tokens: [{ [canary]: 1 }] }),
    ]) {
      try {
        parseTokenFile(text, 'the file');
        expect.unreachable();
      } catch (error) {
        expect(JSON.stringify(error)).not.toContain('canary7d3f');
        expect(String(error)).not.toContain('canary7d3f');
      }
    }
    expect(codeOf(() => parseTokenList(`ci:${canary}`, 'v'))).toBe('SERVER_TOKENS_INVALID');
  });

  it('any text is read or refused with the one code', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const outcome = codeOf(() => parseTokenFile(text, 'f'));
        expect(Array.isArray(outcome) || outcome === 'SERVER_TOKENS_INVALID').toBe(true);
      }),
    );
  });
});
