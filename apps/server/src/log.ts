import { redact, serializeError } from '@bowline/gitops-errors';
import type { FastifyLoggerOptions } from 'fastify';
import type { LogOptions } from './dependencies.ts';

/** Makes the options of the logger: one JSON line per entry, each of which passes `redact` as a whole. */
export function loggerOptions(log: LogOptions | undefined): FastifyLoggerOptions | false {
  if (log === undefined) return false;
  const options = {
    level: log.level ?? 'info',
    stream: { write: log.write },
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
    hooks: { streamWrite: redact },
    serializers: {
      err: errorFields,
    },
  };
  return options;
}

/** What a log says of an error. The stack is for us alone: it never leaves in an answer. */
function errorFields(error: unknown) {
  const { name: type, ...data } = serializeError(error);
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return { ...data, type, stack };
}
