import * as v from 'valibot';
import { readEndpoint } from '../endpoint.ts';
import { ServerError } from '../errors.ts';
import * as result from '../schemas/system.ts';

const nothing = v.object({});

const health = readEndpoint({
  path: '/health',
  operationId: 'health',
  summary: 'Tell that the server is alive.',
  access: 'public',
  input: nothing,
  example: {},
  result: result.health,
  read: async (_, { server }) => ({
    status: 'ok' as const,
    version: server.version,
    uptime: server.uptime(),
  }),
});

const ready = readEndpoint({
  path: '/ready',
  operationId: 'ready',
  summary: 'Tell whether the server takes work; 503 while it shuts down.',
  access: 'public',
  input: nothing,
  example: {},
  result: result.readiness,
  read: async (_, { server }) => {
    if (server.stopping()) throw new ServerError('SERVER_STOPPING', 'The server is shutting down.');
    return { status: 'ready' as const };
  },
});

const config = readEndpoint({
  path: '/config',
  operationId: 'config',
  summary: 'Show every setting of the server with its value and where it comes from.',
  description: 'Secrets are `***`.',
  access: 'admin',
  input: nothing,
  example: {},
  result: result.settings,
  read: async (_, { server }) => ({
    success: true as const,
    settings: server.settings.map(({ key, value, source }) => ({
      key,
      value: value ?? null,
      source: source ?? null,
    })),
  }),
});

/** The endpoints that say something of the server itself. */
export const systemEndpoints = [health, ready, config];
