import { describe, expect, it } from 'vitest';
import { areInPlace } from './changes-in-place.ts';
import type { FileChange, Files } from './commit-types.ts';

const files: Files = {
  read: async (path, ref) =>
    ref === 'tip' && path === 'a'
      ? { path, content: Buffer.from('1'), mode: undefined }
      : undefined,
};
const write = (path: string, content: string): FileChange => ({
  type: 'write',
  path,
  content: Buffer.from(content),
});
const remove = (path: string): FileChange => ({ type: 'delete', path });

describe('areInPlace', () => {
  it.each<[boolean, string, readonly FileChange[]]>([
    [true, 'tip', [write('a', '1'), remove('b')]],
    [false, 'tip', [write('a', '2')]],
    [false, 'tip', [write('a', '')]],
    [false, 'tip', [remove('b'), remove('a')]],
    [false, 'tip', [write('b', '1')]],
    [false, 'other', [write('a', '1')]],
  ])('is %s at %s of %j', async (expected, at, changes) => {
    expect(await areInPlace(files, { changes, at }, {})).toBe(expected);
  });

  it('hands on the signal', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    const strict: Files = {
      read: async (_path, _ref, options) => {
        options?.signal?.throwIfAborted();
        return undefined;
      },
    };
    const asked = areInPlace(strict, { changes: [remove('a')], at: 'tip' }, { signal });
    await expect(asked).rejects.toBe(reason);
  });
});
