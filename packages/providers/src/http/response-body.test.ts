import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { readBeginning, readBody } from './response-body.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Answers every connection with these bytes and closes it: what they claim of themselves is not checked by anybody. */
async function answering(...parts: readonly (string | Uint8Array)[]): Promise<Response> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // The client may hang up in the middle.
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.end(Buffer.concat(parts.map((part) => Buffer.from(part)))));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const tooLarge = expect.objectContaining({ code: 'PROVIDER_LIMIT_EXCEEDED' });
const text = (body: Uint8Array) => Buffer.from(body).toString('utf8');
const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe('readBody', () => {
  it('reads a body of an announced, an unknown and no length', async () => {
    const announced = await answering('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345');
    expect(text(await readBody(announced, 5, 'read'))).toBe('12345');
    const unknown = await answering('HTTP/1.1 200 OK\r\n\r\n12345');
    expect(text(await readBody(unknown, 5, 'read'))).toBe('12345');
    const empty = await answering('HTTP/1.1 204 No Content\r\n\r\n');
    expect((await readBody(empty, 5, 'read')).byteLength).toBe(0);
  });

  it('stops at the limit when no length, or too long a one, is announced', async () => {
    const unknown = await answering('HTTP/1.1 200 OK\r\n\r\n', 'x'.repeat(200_000));
    await expect(readBody(unknown, 1000, 'read')).rejects.toEqual(tooLarge);
    const long = await answering('HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n');
    await expect(readBody(long, 1000, 'read')).rejects.toEqual(tooLarge);
    const streamed = await answering(
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n',
      chunked('x'.repeat(200_000)),
    );
    await expect(readBody(streamed, 1000, 'read')).rejects.toEqual(tooLarge);
  });

  it('takes no more than was announced, and not less either', async () => {
    const more = await answering('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n1234567890');
    expect(text(await readBody(more, 5, 'read'))).toBe('12345');
    const less = await answering('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n12345');
    await expect(readBody(less, 100, 'read')).rejects.toThrow();
  });

  it('is not deceived by two lengths that contradict each other', async () => {
    const both = answering(
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n',
      chunked('x'.repeat(200_000)),
    ).then((response) => readBody(response, 1000, 'read'));
    await expect(both).rejects.toThrow();
    const two = answering(
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 200000\r\n\r\n',
      'x'.repeat(200_000),
    ).then((response) => readBody(response, 1000, 'read'));
    await expect(two).rejects.toThrow();
  });

  it('counts what was packed after it is unpacked', async () => {
    const packed = gzipSync(Buffer.alloc(50_000_000));
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.byteLength}\r\n\r\n`;
    await expect(readBody(await answering(head, packed), 100_000, 'read')).rejects.toEqual(
      tooLarge,
    );
    const small = gzipSync('12345');
    const fits = await answering(
      `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${small.byteLength}\r\n\r\n`,
      small,
    );
    expect(text(await readBody(fits, 100, 'read'))).toBe('12345');
  });
});

describe('readBeginning', () => {
  it('reads up to a size and leaves the rest', async () => {
    const long = await answering('HTTP/1.1 500 Oops\r\n\r\n', 'x'.repeat(200_000));
    expect((await readBeginning(long, 1000)).byteLength).toBe(1000);
    const bomb = await answering(
      'HTTP/1.1 500 Oops\r\ncontent-encoding: gzip\r\n\r\n',
      gzipSync(Buffer.alloc(50_000_000)),
    );
    expect((await readBeginning(bomb, 1000)).byteLength).toBe(1000);
  });
});
