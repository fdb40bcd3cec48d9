import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Answer, jsonAnswer, sendAnswer } from './answer.ts';
import type { JobEndpoint } from './endpoint.ts';
import { streamEvents, wantsEvents } from './event-stream.ts';
import {
  fingerprintOf,
  type IdempotentAnswers,
  idempotencyKeyOf,
  type KeepableAnswer,
} from './idempotency.ts';
import type { JobRequest, JobRunner } from './job-runner.ts';
import { present } from './present.ts';
import { problemOf } from './problem.ts';
import { callerSignal } from './request-signal.ts';

/** What jobs are answered with. */
export interface JobAnswering {
  readonly jobs: JobRunner;
  readonly answers: IdempotentAnswers;
  readonly heartbeatMs: number | undefined;
  /** Stops all jobs, at the end of the server. */
  readonly stop: AbortSignal;
}

/**
 * Runs the job of a request, as one answer or as a stream of events.
 *
 * A caller that closes the connection stops its job, unless the request has an `Idempotency-Key`: then the job goes on, so that the
 * request can come again for its answer.
 */
export async function answerJob(
  endpoint: JobEndpoint,
  exchange: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { jobs, answers, heartbeatMs, stop }: JobAnswering,
): Promise<FastifyReply> {
  const { request, reply } = exchange;
  const { caller } = request;
  const job = endpoint.prepare(request.body);
  const key = idempotencyKeyOf(request.headers['idempotency-key']);
  const signal = key === undefined ? callerSignal(reply, stop) : stop;

  const run = async (onProgress: JobRequest['onProgress']): Promise<KeepableAnswer> => {
    try {
      const context = { caller: caller.name, log: request.log, signal, onProgress };
      const result = await jobs.run(endpoint, job, context);
      return { answer: jsonAnswer(present(endpoint.result, result)), keep: true };
    } catch (error) {
      const problem = problemOf(error, request.id);
      if (problem.unexpected) request.log.error({ err: error }, 'a job failed because of a bug');
      return { answer: problem, keep: !problem.retryable && !problem.unexpected };
    }
  };
  const answer = (onProgress: JobRequest['onProgress']): Promise<Answer> => {
    if (key === undefined) return run(onProgress).then((made) => made.answer);
    const fingerprint = fingerprintOf(endpoint.path, request.body);
    return answers.answer({ caller: caller.id, key, fingerprint }, () => run(onProgress));
  };

  if (wantsEvents(request.headers.accept)) return streamEvents(reply, answer, { heartbeatMs });
  return sendAnswer(reply, await answer(() => undefined));
}
