import { connect, type Socket } from 'node:net';
import type { HostLookup } from '../http/address-guard.ts';
import { guardedLookup } from '../http/address-guard.ts';
import { asNodeLookup } from '../http/transport.ts';
import type { SmtpServer } from './smtp-server.ts';

/** How a connection is made. */
export interface SmtpSocketOptions {
  readonly signal: AbortSignal;
  /** @default the resolver of the system */
  readonly lookup?: HostLookup | undefined;
}

/**
 * Connects to a mail server, to a checked address. Mail servers may be inside of private networks, but never at link-local and metadata addresses; a server that is
 * named as this machine must be on it, since it may be spoken to without encryption.
 *
 * @throws NotifyError `NOTIFY_ADDRESS_REFUSED`. Rejects with `signal.reason` when the signal aborts.
 */
export async function smtpSocket(server: SmtpServer, options: SmtpSocketOptions): Promise<Socket> {
  const { signal } = options;
  const policy = { allowPrivate: true, onlyLoopback: server.loopback };
  const lookup = guardedLookup(policy, options.lookup);
  // Looked up before, so that an IP address is checked too and a refusal is told as such.
  const addresses = await lookup(server.host);
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: server.host,
      port: server.port,
      lookup: asNodeLookup(async () => addresses),
    });
    const stop = () => {
      socket.destroy();
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
    const done = () => signal.removeEventListener('abort', stop);
    socket.once('connect', () => {
      done();
      socket.off('error', failed);
      resolve(socket);
    });
    const failed = (error: Error) => {
      done();
      reject(error);
    };
    socket.once('error', failed);
  });
}
