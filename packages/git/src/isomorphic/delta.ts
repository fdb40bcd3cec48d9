import { GitError } from '../errors.ts';
import { damaged } from './pkt-line.ts';

/** Rebuilds an object from its base and a delta (gitformat-pack, "Deltified representation"). */
export function applyDelta(base: Buffer, delta: Buffer, maxBytes: number): Buffer {
  let position = 0;
  const byte = (): number => {
    const value = delta[position];
    if (value === undefined) throw damaged('a delta is cut off');
    position += 1;
    return value;
  };
  const size = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const next = byte();
      value += (next & 127) * scale;
      if (value > Number.MAX_SAFE_INTEGER / 256) throw damaged('a delta has a wrong length');
      if (next < 128) return value;
    }
  };
  if (size() !== base.length) throw damaged('a delta does not fit its base');
  const length = size();
  if (length > maxBytes)
    throw new GitError('GIT_LIMIT_EXCEEDED', `An object is larger than ${maxBytes} bytes.`);
  const result = Buffer.allocUnsafe(length);
  let written = 0;
  while (position < delta.length) {
    const instruction = byte();
    if (instruction === 0) throw damaged('a delta has an unknown instruction');
    let from = delta;
    let start = position;
    let count = instruction;
    if (instruction >= 128) {
      from = base;
      start = 0;
      count = 0;
      for (let bit = 0; bit < 4; bit += 1)
        if ((instruction & (1 << bit)) !== 0) start += byte() * 2 ** (8 * bit);
      for (let bit = 0; bit < 3; bit += 1)
        if ((instruction & (16 << bit)) !== 0) count += byte() * 2 ** (8 * bit);
      if (count === 0) count = 0x10000;
    } else position += count;
    if (start + count > from.length || written + count > length)
      throw damaged('a delta reaches beyond an end');
    from.copy(result, written, start, start + count);
    written += count;
  }
  if (written !== length) throw damaged('a delta makes an object of another length');
  return result;
}
