import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { anonymous } from './caller.ts';
import { invalidMember, ServerError } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { problemOf } from './problem.ts';

/** What the answer to something unreadable needs. */
export interface UnreadableOptions {
  readonly metrics: Pick<Metrics, 'requested'>;
  readonly log: FastifyBaseLogger;
  /** Headers of every answer. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers what Node.js cannot read as a request, and ends its connection. */
export type RefuseUnreadable = (
  error: Error & { readonly code?: string },
  socket: Socket,
  options: UnreadableOptions,
) => void;

/** The guard of connections on which comes what is no request. */
export interface UnreadableRequests {
  /** Remembers which connections have an answer under way: nothing may be written into the middle of one. */
  readonly watch: (server: Server) => void;
  readonly refuse: RefuseUnreadable;
}

/** Makes what answers requests that no route or hook ever sees: headers that are none, are too large or do not come. */
export function unreadableRequests(): UnreadableRequests {
  const answers = new WeakMap<Socket, ServerResponse>();
  return {
    watch: (server) => {
      server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
        answers.set(socket, response);
      });
    },
    refuse: (error, socket, { metrics, log, headers }) => {
      const answer = answers.get(socket);
      const ended = answer?.writableFinished === true && answer.req.complete;
      const midway = answer?.headersSent === true && !ended;
      if (error.code === 'ECONNRESET' || !socket.writable || midway) {
        socket.destroy();
        return;
      }
      const id = randomUUID();
      const problem = problemOf(reasonOf(error.code), id);
      const { status, body } = problem;
      const lines = Object.entries({
        ...headers,
        ...problem.headers,
        'x-request-id': id,
        'content-type': problem.contentType,
        'content-length': `${Buffer.byteLength(body)}`,
        connection: 'close',
      }).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`;
      const { remoteAddress: ip } = socket;
      socket.end(`${head}${body}`, () => socket.destroy());
      metrics.requested({ method: 'none', route: 'unknown', status, seconds: 0 });
      log.info({ reqId: id, status, ip, caller: anonymous.name, reason: error.code }, 'request');
    },
  };
}

function reasonOf(code: string | undefined): ServerError {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ServerError('SERVER_REQUEST_TIMEOUT', 'The request did not come in time.');
    case 'HPE_HEADER_OVERFLOW':
      return new ServerError('SERVER_HEADERS_TOO_LARGE', 'The request has too long headers.');
    default:
      return invalidMember('request', 'is not HTTP/1.1 as RFC 9112 describes it');
  }
}
