import type { AddressInfo } from 'node:net';
import { checkListenAddress } from './security/listen.ts';
import { createServer } from './server.ts';
import { dependenciesFrom, type ServerSurroundings } from './surroundings.ts';

export type { ServerSurroundings } from './surroundings.ts';

/** A server that listens. */
export interface RunningServer {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new requests, and ends when those that run are done. */
  close(): Promise<void>;
}

/**
 * Starts the server with the configuration that a process has loaded.
 *
 * @throws ServerError `SERVER_TOKENS_MISSING`, `SERVER_TOKENS_INVALID`
 * @throws Error of the system when the address is in use or cannot be listened on.
 *
 * @example
 * ```ts
 * import { homedir } from 'node:os';
 * import process from 'node:process';
 * import { loadConfig } from '@bowline/gitops-config';
 * import { startServer } from '@bowline/gitops-server';
 *
 * const environment = process.env;
 * const workingDirectory = process.cwd();
 * const server = await startServer({
 *   version: '1.0.0',
 *   loaded: await loadConfig({ environment, homeDirectory: homedir(), workingDirectory }),
 *   environment,
 *   workingDirectory,
 *   log: { write: (line) => process.stderr.write(line) },
 * });
 * console.log(server.url);
 * await server.close();
 * ```
 */
export async function startServer(surroundings: ServerSurroundings): Promise<RunningServer> {
  const dependencies = await dependenciesFrom(surroundings);
  const { host, port } = dependencies.config.server;
  checkListenAddress({ host }, dependencies.tokens ?? []);
  const app = createServer(dependencies);
  // For `localhost` Fastify would open another server on `::1`, without the bounds and the end of this one.
  await app.listen({ host: host === 'localhost' ? '127.0.0.1' : host, port });
  const bound = app.server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return { url: `http://${name}:${bound.port}`, close: () => app.close() };
}
