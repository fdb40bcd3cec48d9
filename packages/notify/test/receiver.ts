import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as the receiver saw it. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the receiver does with the n-th request, from 0. */
export type Behaviour = (response: ServerResponse, index: number) => void;

/** A real HTTP server on the loopback interface that behaves as it is told. */
export interface Receiver {
  readonly url: string;
  readonly port: number;
  readonly received: readonly Received[];
  /** Resolves when the n-th request (from 1) has come. */
  arrived(count: number): Promise<void>;
}

/** Starts a receiver that is closed when the running test ends. */
export async function startReceiver(behave: Behaviour): Promise<Receiver> {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      received.push({ path: request.url ?? '', headers: request.headers, body });
      for (const wake of waiting) wake();
      behave(response, received.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks/gitops`,
    port,
    received,
    arrived: (count) =>
      new Promise((resolve) => {
        const wake = () => {
          if (received.length < count) return;
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
        wake();
      }),
  };
}

/** Answers with these status codes, one after another; the last one stays. */
export function statuses(...codes: readonly number[]): Behaviour {
  return (response, index) => {
    response.statusCode = codes[Math.min(index, codes.length - 1)] ?? 500;
    response.end();
  };
}
