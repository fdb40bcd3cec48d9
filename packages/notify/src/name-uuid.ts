import { createHash } from 'node:crypto';

/**
 * Makes a UUID of names: the same names always give the same one, on every machine.
 *
 * Version 8 with the first 16 bytes of a SHA-256, as RFC 9562 shows in its appendix B.2. What is hashed is `bowline` and the names as a JSON array, so
 * that no two lists of names run into one another.
 */
export function nameUuid(names: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(['bowline', ...names]));
  const bytes = hash.digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
