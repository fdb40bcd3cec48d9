import { PassThrough } from 'node:stream';
import type { StepProgress } from '@bowline/gitops-operations';
import type { FastifyReply } from 'fastify';
import * as v from 'valibot';
import type { Answer } from './answer.ts';
import { present } from './present.ts';

/** How often a comment shows that the connection is alive. Proxies commonly close one that is silent for a minute. */
const HEARTBEAT_MS = 15_000;

const step = v.object({
  name: v.string(),
  status: v.picklist(['started', 'done']),
  detail: v.string(),
});

/** Tells whether a caller wants the steps of a job as they happen. */
export function wantsEvents(accept: string | undefined): boolean {
  return /(?:^|,)\s*text\/event-stream\s*(?:;|,|$)/i.test(accept ?? '');
}

/**
 * Answers with server-sent events: `step` for each sign of progress, then one `result`, or one `error` with a problem document.
 *
 * The status is 200 whatever comes of the job, since it is sent before that is known.
 */
export function streamEvents(
  reply: FastifyReply,
  work: (onProgress: (progress: StepProgress) => void) => Promise<Answer>,
  { heartbeatMs = HEARTBEAT_MS }: { readonly heartbeatMs?: number | undefined } = {},
): FastifyReply {
  const stream = new PassThrough();
  // Sends the head of the answer now, and not with the first step.
  stream.write(': started\n\n');
  const onProgress = ({ step: name, state: status, message: detail }: StepProgress) => {
    if (stream.writable) stream.write(eventText('step', present(step, { name, status, detail })));
  };
  // What throws here is answered as a problem: nothing has begun that would have to end.
  const working = work(onProgress);
  const heartbeat = setInterval(() => stream.write(': still running\n\n'), heartbeatMs);
  stream.once('close', () => clearInterval(heartbeat));
  const end = (answer: Answer) => {
    clearInterval(heartbeat);
    const event = answer.status < 400 ? 'result' : 'error';
    if (stream.writable) stream.end(eventText(event, answer.body));
  };
  working.then(end, (error: unknown) => stream.destroy(error as Error));
  return reply
    .code(200)
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .type('text/event-stream; charset=utf-8')
    .send(stream);
}

/** JSON has no line break outside of its strings' escapes, so one `data` line holds it. */
function eventText(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
