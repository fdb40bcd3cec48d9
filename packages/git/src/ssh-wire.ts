/** Reads the data types of RFC 4251 §5 one after the other. */
export class SshReader {
  readonly #data: Buffer;
  #position = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  uint32(): number {
    const value = this.#data.readUInt32BE(this.#position);
    this.#position += 4;
    return value;
  }

  string(): Buffer {
    const length = this.uint32();
    const end = this.#position + length;
    if (end > this.#data.length) throw new RangeError('a length points behind the end');
    const value = this.#data.subarray(this.#position, end);
    this.#position = end;
    return value;
  }

  text(): string {
    return this.string().toString('latin1');
  }

  /** A positive `mpint` without leading zeros. */
  integer(): Buffer {
    const value = this.string();
    let start = 0;
    while (start < value.length - 1 && value[start] === 0) start += 1;
    return value.subarray(start);
  }
}

/** Writes a `string` of RFC 4251. */
export function sshString(value: Buffer | string): Buffer {
  const data = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, data]);
}

/** Writes a positive `mpint` of RFC 4251. */
export function sshInteger(value: Buffer): Buffer {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const digits = value.subarray(start);
  const first = digits[0] ?? 0;
  return sshString(first >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}
