import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modeInArchive } from './file-mode.ts';

/** One entry of a tar archive as Git writes it. */
function entry(type: string, { mode = '0000644', size = 0 } = {}): Buffer {
  const blocks = Buffer.alloc(512 + Math.ceil(size / 512) * 512);
  blocks.write('run.sh', 0);
  blocks.write(`${mode}\0`, 100);
  blocks.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  blocks.write(type, 156);
  blocks.write('ustar\u000000', 257);
  return blocks;
}

const comment = entry('g', { mode: '0000666', size: 52 });
const folder = entry('5', { mode: '0000775' });
const end = Buffer.alloc(1024);
const archive = (...entries: readonly Buffer[]) => Buffer.concat([...entries, end]);

describe('modeInArchive', () => {
  it.each([
    ['a regular file', archive(comment, entry('0', { mode: '0000664', size: 3 })), '100644'],
    ['an executable one', archive(comment, folder, entry('0', { mode: '0000775' })), '100755'],
    ['a link', archive(comment, entry('2', { mode: '0000777' })), '120000'],
    ['a long path', archive(entry('x', { size: 200 }), entry('0', { mode: '0000755' })), '100755'],
    ['nothing', archive(comment), undefined],
    ['two files', archive(entry('0'), entry('0')), undefined],
    ['a submodule', archive(folder), undefined],
    ['nothing at all', Buffer.alloc(0), undefined],
    ['a page of HTML', Buffer.from('<!doctype html>'.padEnd(600)), undefined],
  ])('reads %s', (_, tar, mode) => {
    expect(modeInArchive(tar)).toBe(mode);
  });

  it('ends for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => {
        const tar = Buffer.concat([comment, Buffer.from(bytes)]);
        expect(['100644', '100755', '120000', undefined]).toContain(modeInArchive(tar));
      }),
    );
  });
});
