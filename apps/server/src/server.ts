import { randomUUID } from 'node:crypto';
import Fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { announcer } from './announce.ts';
import { jsonAnswer, sendAnswer } from './answer.ts';
import { answerJob } from './answer-job.ts';
import { anonymous } from './caller.ts';
import type { ServerDependencies } from './dependencies.ts';
import { serveDocumentation } from './documentation.ts';
import type { ServerState } from './endpoint.ts';
import { fromFastify } from './fastify-errors.ts';
import './fastify-types.ts';
import { configuredForges } from './forges.ts';
import { idempotentAnswers } from './idempotency.ts';
import { jobRunner } from './job-runner.ts';
import { knownPaths } from './known-paths.ts';
import { loggerOptions } from './log.ts';
import { serverMetrics } from './metrics.ts';
import { present } from './present.ts';
import { problemOf } from './problem.ts';
import { logRequest, logRequests } from './request-log.ts';
import { callerSignal } from './request-signal.ts';
import { endpoints } from './route-table.ts';
import { isLoopbackAddress } from './security/browser-requests.ts';
import { connectionLimits, MAX_CONNECTIONS } from './security/connection-limits.ts';
import { originForm } from './security/request-target.ts';
import { responseHeaders } from './security/response-headers.ts';
import { secure } from './security/secure.ts';
import { gracefulShutdown, type Shutdown } from './shutdown.ts';
import { unreadableRequests } from './unreadable-requests.ts';
import { createEventBus } from './webhooks/event-bus.ts';
import { OwnEvents } from './webhooks/own-events.ts';
import { tellOfWebhooks } from './webhooks/tell-of-webhooks.ts';
import { receiveWebhooks } from './webhooks/webhook-receiver.ts';

/** Makes the server, which listens to nothing yet: `listen()` it, or ask it with `inject()`. */
export function createServer(dependencies: ServerDependencies): FastifyInstance {
  const { clock = () => Date.now(), heartbeatMs, idempotency, tokens = [] } = dependencies;
  const settings = dependencies.config.server;
  const connections = { ...connectionLimits, ...dependencies.connections };
  const metrics = serverMetrics();
  const headers = responseHeaders(settings.publicUrl);
  const unreadable = unreadableRequests();
  const app = Fastify({
    // What no route or hook ever sees: a path that cannot be decoded, or a part of it that is too long.
    frameworkErrors: (error, request, reply) => {
      request.caller = anonymous;
      reply.headers({ ...headers, 'x-request-id': request.id });
      reply.raw.once('finish', () => logRequest(request, reply, metrics));
      fail(fromFastify(error), request, reply);
    },
    clientErrorHandler: (error, socket) =>
      unreadable.refuse(error, socket, { metrics, headers, log: app.log }),
    rewriteUrl: originForm,
    logger: loggerOptions(dependencies.log),
    // `logRequests` writes one line instead of two.
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    requestIdHeader: false,
    // `gracefulShutdown` answers with a problem document instead.
    return503OnClosing: false,
    bodyLimit: settings.maxBodyBytes,
    trustProxy: settings.trustProxy.length === 0 ? false : [...settings.trustProxy],
    requestTimeout: connections.requestTimeout,
    keepAliveTimeout: connections.keepAliveTimeout,
    // `secure` asks for the header, and answers with a problem document.
    http: { ...connections, requireHostHeader: false },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  unreadable.watch(app.server);
  // What a client expects of the server beyond an answer is its own affair (RFC 9110 §10.1.1).
  app.server.on('checkExpectation', (...exchange) => app.server.emit('request', ...exchange));
  app.removeContentTypeParser('text/plain');
  app.decorateRequest('caller');
  const refuse = knownPaths(app);
  const forges = configuredForges(dependencies, metrics);
  const told = new OwnEvents(clock);
  const announce = announcer(dependencies, metrics);
  const jobs = jobRunner(dependencies, {
    forges,
    metrics,
    announce:
      announce &&
      ((event, log) => {
        told.remember(event);
        return announce(event, log);
      }),
  });
  const answers = idempotentAnswers({ ...idempotency, clock });

  app.setErrorHandler((error, request, reply) => fail(fromFastify(error), request, reply));
  app.addHook('onRequest', async (request, reply) => {
    request.caller = anonymous;
    reply.header('x-request-id', request.id);
  });
  const shutdown = gracefulShutdown(app, { graceMs: dependencies.shutdownGraceMs });
  const server = serverState({ ...dependencies, clock }, shutdown);
  secure(app, {
    tokens,
    hosts: {
      loopback: isLoopbackAddress(settings.host),
      publicUrl: settings.publicUrl,
      origins: settings.cors.origins,
    },
    requestsPerMinute: settings.rateLimit.requestsPerMinute,
    clock,
  });
  logRequests(app, metrics);
  app.addHook('onRequest', async (request) => {
    // Here and not in a handler, so that no body is read for nothing.
    if (request.is404) throw refuse(request);
  });
  const bus =
    dependencies.bus ??
    createEventBus({ onError: (err) => app.log.error({ err }, 'a subscriber failed') });
  const webhooksTold =
    announce &&
    tellOfWebhooks(told, { bus, announce, log: app.log, jobsEnded: jobs.endedIn, clock });
  receiveWebhooks(app, {
    secrets: settings.webhooks,
    bus,
    clock,
    count: metrics.delivered,
    verify: async (kind, delivery, secret) => {
      const { verifyWebhook } = await import('@bowline/gitops-providers/webhooks');
      return verifyWebhook(delivery, secret, { kind });
    },
  });
  app.addHook('onClose', async () => {
    await jobs.settled();
    await webhooksTold?.();
  });

  app.get('/metrics', { config: { access: 'read' } }, async (_, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  serveDocumentation(app, dependencies);
  const answering = { jobs, answers, heartbeatMs, stop: shutdown.signal };
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      config: { access: endpoint.access },
      handler: async (request, reply) => {
        if (endpoint.kind === 'job') return answerJob(endpoint, { request, reply }, answering);
        const input = { ...(request.query as object), ...(request.params as object) };
        const call = { forges, server, signal: callerSignal(reply, shutdown.signal) };
        const result = await endpoint.read(input, call);
        return sendAnswer(reply, jsonAnswer(present(endpoint.result, result, endpoint.verbatim)));
      },
    });
  }
  return app;
}

function serverState(
  { clock, version, settings }: ServerDependencies & { readonly clock: () => number },
  { stopping }: Shutdown,
): ServerState {
  const started = clock();
  return {
    version,
    settings,
    uptime: () => Math.max(0, (clock() - started) / 1_000),
    stopping,
  };
}

function fail(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request.id);
  if (problem.unexpected) request.log.error({ err: error }, 'a request failed because of a bug');
  return sendAnswer(reply, problem);
}
