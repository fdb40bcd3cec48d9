import { GitError } from '../errors.ts';

/** One packet of the Git protocol (gitprotocol-common, "pkt-line Format"). `end` is the end of the answer. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'response-end' | 'end';

const SPECIAL: Readonly<Record<string, Packet>> = {
  '0000': 'flush',
  '0001': 'delimiter',
  '0002': 'response-end',
};

export const FLUSH = Buffer.from('0000');
export const DELIMITER = Buffer.from('0001');

/** Writes a text packet. */
export function packet(text: string): Buffer {
  const body = Buffer.from(text, 'utf8');
  const length = (body.length + 4).toString(16).padStart(4, '0');
  return Buffer.concat([Buffer.from(length), body]);
}

/** Reads packets from a stream of bytes, at most so many bytes of them. */
export class PacketReader {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #limit: { readonly bytes: number; readonly what: string };
  #buffer: Buffer = Buffer.alloc(0);
  #received = 0;

  constructor(
    source: AsyncIterable<Uint8Array>,
    limit: { readonly bytes: number; readonly what: string },
  ) {
    this.#source = source[Symbol.asyncIterator]();
    this.#limit = limit;
  }

  /** @throws {@link GitError} `GIT_REMOTE_INVALID_ANSWER` for what is no packet, `GIT_LIMIT_EXCEEDED` beyond the limit. */
  async read(): Promise<Packet> {
    if (!(await this.#fill(4))) {
      if (this.#buffer.length === 0) return 'end';
      throw damaged('it ends in the middle of a packet');
    }
    const head = this.#buffer.toString('latin1', 0, 4);
    if (!/^[0-9a-f]{4}$/i.test(head)) throw damaged('a packet has no length');
    const special = SPECIAL[head];
    if (special !== undefined) {
      this.#buffer = this.#buffer.subarray(4);
      return special;
    }
    const length = Number.parseInt(head, 16);
    if (length < 4) throw damaged('a packet has a wrong length');
    if (!(await this.#fill(length))) throw damaged('it ends in the middle of a packet');
    const body = this.#buffer.subarray(4, length);
    this.#buffer = this.#buffer.subarray(length);
    return body;
  }

  /** Stops reading: the connection is given back or broken off. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(length: number): Promise<boolean> {
    if (this.#buffer.length >= length) return true;
    const parts: Uint8Array[] = [this.#buffer];
    let size = this.#buffer.length;
    while (size < length) {
      const next = await this.#source.next();
      if (next.done === true) break;
      parts.push(next.value);
      size += next.value.byteLength;
      this.#received += next.value.byteLength;
      if (this.#received > this.#limit.bytes) {
        await this.close();
        throw new GitError(
          'GIT_LIMIT_EXCEEDED',
          `The server sent more than ${this.#limit.bytes} bytes of ${this.#limit.what}.`,
        );
      }
    }
    this.#buffer = Buffer.concat(parts);
    return size >= length;
  }
}

/** An answer that breaks the Git protocol. */
export function damaged(reason: string): GitError {
  return new GitError(
    'GIT_REMOTE_INVALID_ANSWER',
    `The server's answer is not valid Git data: ${reason}.`,
  );
}

/** The text of a packet without its final line end. */
export function lineOf(body: Buffer): string {
  return body.toString('utf8').replace(/\n$/, '');
}
