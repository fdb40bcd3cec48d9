import { createHash } from 'node:crypto';
import type { Pack } from './pack.ts';

/** Writes the index file of a pack, version 2 (gitformat-pack, "Version 2 pack-*.idx files"). Packs are below 2 GiB here. */
export function packIndex(pack: Pack): Buffer {
  const entries = [...pack.entries].sort((a, b) => (a.id < b.id ? -1 : 1));
  const count = entries.length;
  const bytes = Buffer.alloc(8 + 1024 + count * 28 + 40);
  bytes.writeUInt32BE(0xff744f63, 0);
  bytes.writeUInt32BE(2, 4);
  const names = 8 + 1024;
  const sums = names + count * 20;
  const offsets = sums + count * 4;
  const perByte = new Array<number>(256).fill(0);
  for (const [index, entry] of entries.entries()) {
    const first = Number.parseInt(entry.id.slice(0, 2), 16);
    perByte[first] = (perByte[first] ?? 0) + 1;
    bytes.write(entry.id, names + index * 20, 'hex');
    bytes.writeUInt32BE(entry.crc, sums + index * 4);
    bytes.writeUInt32BE(entry.offset, offsets + index * 4);
  }
  let total = 0;
  for (const [first, here] of perByte.entries()) {
    total += here;
    bytes.writeUInt32BE(total, 8 + first * 4);
  }
  const trailer = offsets + count * 4;
  pack.bytes.copy(bytes, trailer, pack.bytes.length - 20);
  createHash('sha1')
    .update(bytes.subarray(0, trailer + 20))
    .digest()
    .copy(bytes, trailer + 20);
  return bytes;
}
