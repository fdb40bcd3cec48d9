import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** What goes wrong with a request. */
export type GitHttpFault =
  /** Answers with this status and body: 401, 403, 404, 500, 503, or an HTML page with 200. */
  | {
      readonly type: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Redirects; another server's `url()` as target records what comes there. `status` is 302 when left out. */
  | { readonly type: 'redirect'; readonly location: string; readonly status?: number }
  /** Takes the request and never answers. */
  | { readonly type: 'stall' }
  /** Sends the first bytes of the real answer, then one byte per second. */
  | { readonly type: 'trickle'; readonly afterBytes: number }
  /**
   * Sends a part of the real answer, then ends as if that were all (`clean`, a truncated pack) or breaks the connection.
   * `fraction` is of the whole answer.
   */
  | {
      readonly type: 'cut';
      readonly afterBytes?: number;
      readonly fraction?: number;
      readonly clean?: boolean;
    }
  /** Sends a valid ref advertisement (v0) of that many refs; `Infinity` never ends. */
  | { readonly type: 'huge-advertisement'; readonly refs: number }
  /** Sends random bytes after the real answer's first ones, for ever: a pack that never ends. */
  | { readonly type: 'endless'; readonly afterBytes: number }
  /** Runs something before the request is served as usual, such as a push that moves the branch. */
  | { readonly type: 'before'; readonly run: () => Promise<unknown> };

/** Answers in place of git; false when the fault needs git's answer. */
export function serveFault(fault: GitHttpFault, response: ServerResponse): boolean {
  switch (fault.type) {
    case 'status':
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers });
      response.end(fault.body ?? `<html><body>${fault.status}</body></html>\n`);
      return true;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.location });
      response.end();
      return true;
    case 'stall':
      return true;
    case 'huge-advertisement':
      sendAdvertisement(response, fault.refs);
      return true;
    default:
      return false;
  }
}

/** Sends git's answer on, with the fault that changes it. */
export function relayWithFault(
  source: Readable,
  response: ServerResponse,
  fault: GitHttpFault | undefined,
): void {
  if (fault?.type === 'cut') void cut(source, response, fault);
  else if (fault?.type === 'trickle') void trickle(source, response, fault.afterBytes);
  else if (fault?.type === 'endless') void endless(source, response, fault.afterBytes);
  else source.pipe(response);
}

async function readAll(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function cut(
  source: Readable,
  response: ServerResponse,
  fault: GitHttpFault & { readonly type: 'cut' },
): Promise<void> {
  const all = await readAll(source);
  const length = fault.afterBytes ?? Math.floor(all.length * (fault.fraction ?? 0.5));
  const sent = all.subarray(0, length);
  if (fault.clean === true) response.end(sent);
  else response.write(sent, () => response.destroy());
}

async function trickle(
  source: Readable,
  response: ServerResponse,
  afterBytes: number,
): Promise<void> {
  const all = await readAll(source);
  response.write(all.subarray(0, afterBytes));
  let position = afterBytes;
  const timer = setInterval(() => {
    if (position >= all.length) response.end();
    else response.write(all.subarray(position, position + 1));
    position += 1;
  }, 1000);
  response.once('close', () => clearInterval(timer));
}

async function endless(
  source: Readable,
  response: ServerResponse,
  afterBytes: number,
): Promise<void> {
  const all = await readAll(source);
  response.write(all.subarray(0, afterBytes));
  // Side-band data packets of the largest size, so that a client takes them for the pack going on.
  const packet = Buffer.concat([Buffer.from('fff0\x01'), Buffer.alloc(65_515, 0x2a)]);
  pump(response, () => packet);
}

function sendAdvertisement(response: ServerResponse, refs: number): void {
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
  const sha = '1'.repeat(40);
  response.write(`001e# service=git-upload-pack\n0000${line(`${sha} HEAD\0side-band-64k\n`)}`);
  let next = 0;
  pump(response, () => {
    let chunk = '';
    for (let count = 0; count < 1000 && next < refs; count += 1, next += 1)
      chunk += line(`${sha} refs/heads/branch-${next}\n`);
    if (chunk !== '') return Buffer.from(chunk);
    response.end('0000');
    return undefined;
  });
}

function line(text: string): string {
  return (text.length + 4).toString(16).padStart(4, '0') + text;
}

/** Writes as fast as the reader takes it. */
function pump(response: ServerResponse, next: () => Buffer | undefined): void {
  let closed = false;
  response.once('close', () => {
    closed = true;
  });
  const step = (): void => {
    while (!closed) {
      const chunk = next();
      if (chunk === undefined) return;
      if (!response.write(chunk)) {
        response.once('drain', step);
        return;
      }
    }
  };
  step();
}
