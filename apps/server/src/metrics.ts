import type { EventJob } from '@bowline/gitops-notify';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { WebhookOutcome } from './webhooks/webhook-receiver.ts';

/** How a job ended: `stopped` by its caller, its deadline or a shutdown. */
export type JobEnd = 'done' | 'failed' | 'stopped';

/** What is counted. Labels have few values, all of them ours: nothing that a caller writes becomes one. */
export interface Metrics {
  readonly registry: Registry;
  /** @param route Pattern of the route; `unknown` for what is none. */
  requested(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** @returns What to call when the job ends. */
  jobStarted(job: EventJob): (end: JobEnd) => void;
  notified(outcome: string): void;
  /** @param provider Kind of a forge that has a secret, so that there are few. */
  delivered(provider: string, outcome: WebhookOutcome): void;
  /** Sends as the global `fetch` does, and counts. */
  readonly fetch: typeof fetch;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Makes the metrics of one server, in a registry of their own. */
export function serverMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'gitops_http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  const jobs = new Counter({
    name: 'gitops_jobs_total',
    help: 'Jobs that ended.',
    labelNames: ['job', 'outcome'],
    registers,
  });
  const inFlight = new Gauge({
    name: 'gitops_jobs_in_flight',
    help: 'Jobs that run.',
    labelNames: ['job'],
    registers,
  });
  const notifications = new Counter({
    name: 'gitops_notifications_total',
    help: 'Deliveries of messages to people.',
    labelNames: ['outcome'],
    registers,
  });
  const webhooks = new Counter({
    name: 'gitops_webhook_deliveries_total',
    help: 'Deliveries of webhooks from forges.',
    labelNames: ['provider', 'outcome'],
    registers,
  });
  const forgeRequests = new Counter({
    name: 'gitops_forge_requests_total',
    help: 'Requests to the APIs of forges, retries included; status 0 for one without an answer.',
    labelNames: ['method', 'status'],
    registers,
  });
  const countedFetch: typeof fetch = async (input, init) => {
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    try {
      const response = await fetch(input, init);
      forgeRequests.inc({ method: known(method), status: `${response.status}` });
      return response;
    } catch (error) {
      forgeRequests.inc({ method: known(method), status: '0' });
      throw error;
    }
  };
  return {
    registry,
    fetch: countedFetch,
    requested: ({ method, route, status, seconds }) => {
      requests.observe({ method: known(method), route, status: `${status}` }, seconds);
    },
    jobStarted: (job) => {
      inFlight.inc({ job });
      return (outcome) => {
        inFlight.dec({ job });
        jobs.inc({ job, outcome });
      };
    },
    notified: (outcome) => notifications.inc({ outcome }),
    delivered: (provider, outcome) => webhooks.inc({ provider, outcome }),
  };
}

function known(method: string): string {
  return methods.has(method) ? method : 'OTHER';
}
