import type { FastifyReply } from 'fastify';

/** What is sent back: a status, and a body that has passed `present`. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Makes the answer of a request that was served. */
export function jsonAnswer(body: string): Answer {
  return { status: 200, contentType: 'application/json; charset=utf-8', headers: {}, body };
}

/** Sends an answer. */
export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(answer.headers)
    .type(answer.contentType)
    .send(answer.body);
}
