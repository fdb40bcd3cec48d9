import { damaged, tooLarge } from './git-object.ts';

/** Applies a delta of a pack to its base. Every copy is checked against the base. Source: gitformat-pack(5). */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  let at = 0;
  const byte = (): number => {
    const value = delta[at];
    if (value === undefined) throw damaged('a delta');
    at += 1;
    return value;
  };
  const size = (): number => {
    let value = 0;
    let factor = 1;
    for (;;) {
      const current = byte();
      value += (current & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) throw damaged('a delta');
      if (!(current & 0x80)) return value;
      factor *= 128;
    }
  };
  /** Reads the bytes of a number that the bits of `flags` say are there, lowest first. */
  const sparse = (flags: number, count: number): number => {
    let value = 0;
    for (let index = 0; index < count; index += 1) {
      if (flags & (1 << index)) value += byte() * 256 ** index;
    }
    return value;
  };
  if (size() !== base.length) throw damaged('a delta');
  const length = size();
  if (length > maxBytes) throw tooLarge(length, maxBytes);
  const result = Buffer.allocUnsafe(length);
  let filled = 0;
  while (at < delta.length) {
    const command = byte();
    if (command === 0) throw damaged('a delta');
    const copies = (command & 0x80) !== 0;
    const from = copies ? sparse(command & 0x0f, 4) : at;
    const count = copies ? sparse((command >> 4) & 7, 3) || 0x10000 : command;
    const source = copies ? base : delta;
    if (from + count > source.length || filled + count > length) throw damaged('a delta');
    source.copy(result, filled, from, from + count);
    filled += count;
    if (!copies) at += count;
  }
  if (filled !== length) throw damaged('a delta');
  return result;
}
