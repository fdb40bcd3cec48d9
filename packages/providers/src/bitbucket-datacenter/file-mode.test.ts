import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modeInArchive } from './file-mode.ts';

/** One entry of a tar archive as Git writes it. */
function entry(
  type: string,
  { mode = '0000644', size = 0, name = 'run.sh', folder = '' } = {},
): Buffer {
  const blocks = Buffer.alloc(512 + Math.ceil(size / 512) * 512);
  blocks.write(name, 0);
  blocks.write(folder, 345);
  blocks.write(`${mode}\0`, 100);
  blocks.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  blocks.write(type, 156);
  blocks.write('ustar\u000000', 257);
  return blocks;
}

const comment = entry('g', { mode: '0000666', size: 52 });
const folder = entry('5', { mode: '0000775', name: 'dir/' });
const end = Buffer.alloc(1024);
const archive = (...entries: readonly Buffer[]) => Buffer.concat([...entries, end]);
const file = (name: string) => entry('0', { mode: '0000775', name });

/** The header that holds a path which is too long for its field. */
function longPath(path: string): Buffer {
  const record = ` path=${path}\n`;
  const length = Buffer.byteLength(record);
  const text = `${length + String(length + 3).length}${record}`;
  const header = entry('x', { size: Buffer.byteLength(text), name: 'pax_header' });
  header.write(text, 512);
  return header;
}
const long = `dir/${'größe-'.repeat(30)}run.sh`;

describe('modeInArchive', () => {
  it.each([
    ['a regular file', archive(comment, entry('0', { mode: '0000664', size: 3 })), '100644'],
    ['an executable one', archive(comment, folder, entry('0', { mode: '0000775' })), '100755'],
    ['a link', archive(comment, entry('2', { mode: '0000777' })), '120000'],
    ['nothing', archive(comment), undefined],
    ['two files', archive(entry('0'), entry('0')), undefined],
    ['a submodule', archive(folder), undefined],
    ['a folder with one file in it', archive(file('run.sh/run.sh')), undefined],
    ['a file in a folder of the same name', archive(file('a/run.sh')), undefined],
    ['nothing at all', Buffer.alloc(0), undefined],
    ['a page of HTML', Buffer.from('<!doctype html>'.padEnd(600)), undefined],
  ])('reads %s', (_, tar, mode) => {
    expect(modeInArchive(tar, 'run.sh')).toBe(mode);
  });

  it('reads a name in two fields, and one that is too long for these', () => {
    const split = entry('0', { name: 'run.sh', folder: 'deep/dir' });
    expect(modeInArchive(archive(split), 'deep/dir/run.sh')).toBe('100644');
    expect(modeInArchive(archive(split), 'run.sh')).toBeUndefined();
    const tar = archive(comment, longPath(long), file('shortened'));
    expect(modeInArchive(tar, long)).toBe('100755');
    expect(modeInArchive(archive(longPath(long), folder, file('run.sh')), 'run.sh')).toBe('100755');
  });

  it('ends for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2048 }), (bytes) => {
        const tar = Buffer.concat([comment, Buffer.from(bytes)]);
        expect(['100644', '100755', '120000', undefined]).toContain(modeInArchive(tar, 'run.sh'));
      }),
    );
  });
});
