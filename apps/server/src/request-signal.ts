import type { FastifyReply } from 'fastify';
import { ServerError } from './errors.ts';

/** The signal that aborts when the caller closes the connection before it has its answer. */
export function callerSignal(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  const { raw } = reply;
  raw.once('close', () => {
    if (raw.writableFinished) return;
    controller.abort(
      new ServerError('SERVER_REQUEST_CANCELLED', 'The caller closed the connection.'),
    );
  });
  return controller.signal;
}
