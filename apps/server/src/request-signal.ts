import type { FastifyReply } from 'fastify';
import { ServerError } from './errors.ts';
import { linkSignals } from './linked-signal.ts';

/** The signal that aborts when the caller closes the connection before it has its answer, or with the other one. */
export function callerSignal(reply: FastifyReply, other: AbortSignal): AbortSignal {
  const linked = linkSignals(other);
  const { raw } = reply;
  raw.once('close', () => {
    linked.release();
    if (raw.writableFinished) return;
    linked.abort(new ServerError('SERVER_REQUEST_CANCELLED', 'The caller closed the connection.'));
  });
  return linked.signal;
}
