import { GitError } from '../errors.ts';
import type { GitProgress } from '../types.ts';
import { serverText } from './http-failure.ts';
import { damaged, type Packet, type PacketReader } from './pkt-line.ts';

const MAX_MESSAGES = 16 * 1024;

/** Takes the three channels of a server's answer apart (gitprotocol-pack, "side-band-64k"). */
export class SideBand {
  /** What the server has said to the user so far, bounded. */
  messages = '';
  readonly #onProgress: ((progress: GitProgress) => void) | undefined;
  #line = '';

  constructor(onProgress: ((progress: GitProgress) => void) | undefined) {
    this.#onProgress = onProgress;
  }

  /** Returns the data of a packet; `undefined` when it carries none. */
  take(packet: Buffer): Buffer | undefined {
    const channel = packet[0];
    const body = packet.subarray(1);
    if (channel === 1) return body;
    if (channel === 2) {
      this.#hear(body.toString('utf8'));
      return undefined;
    }
    if (channel === 3)
      throw new GitError(
        'GIT_REMOTE_INVALID_ANSWER',
        `The Git server stopped with an error: "${serverText(body.toString('utf8'))}".`,
      );
    throw damaged('a packet has an unknown channel');
  }

  /** Collects the data up to the flush packet; the first packet may have been read already. */
  async collect(reader: PacketReader, first?: Packet): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let next = first ?? (await reader.read()); next !== 'flush'; next = await reader.read()) {
      if (next === 'response-end') break;
      if (!Buffer.isBuffer(next)) throw damaged('it ends too early');
      const data = this.take(next);
      if (data !== undefined) parts.push(data);
    }
    return Buffer.concat(parts);
  }

  #hear(text: string): void {
    if (this.messages.length < MAX_MESSAGES) this.messages += text;
    if (this.#onProgress === undefined) return;
    const lines = (this.#line + text).split(/[\r\n]/);
    this.#line = (lines.pop() ?? '').slice(-1000);
    for (const line of lines) {
      // "Counting objects:  42% (42/100)" and "Enumerating objects: 7, done."
      const match = /^([A-Z][A-Za-z ]{0,60}):\s+(?:\d+% \((\d+)\/(\d+)\)|(\d+))/.exec(line);
      if (match?.[1] === undefined) continue;
      this.#onProgress({
        phase: match[1],
        loaded: Number(match[2] ?? match[4]),
        total: match[3] === undefined ? undefined : Number(match[3]),
      });
    }
  }
}
