import type { FastifyInstance } from 'fastify';
import { jsonAnswer, sendAnswer } from './answer.ts';
import type { ServerDependencies } from './dependencies.ts';
import type { Metrics } from './metrics.ts';
import { present } from './present.ts';
import { health, settings } from './schemas/system.ts';

/** Serves what operators ask: `/health`, `/config`, `/metrics`. */
export function serveSystem(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  metrics: Metrics,
): void {
  const { clock = () => Date.now(), version } = dependencies;
  const started = clock();
  app.get('/health', { config: { access: 'public' } }, async (_, reply) => {
    const uptime = Math.max(0, (clock() - started) / 1_000);
    return sendAnswer(reply, jsonAnswer(present(health, { status: 'ok', version, uptime })));
  });
  app.get('/config', { config: { access: 'admin' } }, async (_, reply) => {
    const shown = dependencies.settings.map(({ key, value, source }) => ({
      key,
      value: value ?? null,
      source: source ?? null,
    }));
    return sendAnswer(reply, jsonAnswer(present(settings, { success: true, settings: shown })));
  });
  app.get('/metrics', { config: { access: 'read' } }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
}
