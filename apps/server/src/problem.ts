import { configErrorCodes } from '@bowline/gitops-config';
import {
  type ErrorCodeTable,
  InternalError,
  internalErrorCodes,
  isGitOpsError,
  serializeError,
} from '@bowline/gitops-errors';
import { gitErrorCodes } from '@bowline/gitops-git';
import { manifestErrorCodes } from '@bowline/gitops-manifests';
import { notifyErrorCodes } from '@bowline/gitops-notify';
import { operationErrorCodes } from '@bowline/gitops-operations';
import { providerErrorCodes } from '@bowline/gitops-providers';
import * as v from 'valibot';
import type { Answer } from './answer.ts';
import { serverErrorCodes } from './errors.ts';
import { present } from './present.ts';
import { statusOf } from './problem-status.ts';
import { issue, type Problem, problem as problemSchema } from './schemas/problem.ts';

/** A failure, ready to be sent. */
export interface ProblemAnswer extends Answer {
  readonly code: string;
  /** True when the same request may succeed later. */
  readonly retryable: boolean;
  /** True for a bug: the log needs all that is known of it. */
  readonly unexpected: boolean;
}

const codes: ErrorCodeTable = {
  ...internalErrorCodes,
  ...configErrorCodes,
  ...gitErrorCodes,
  ...manifestErrorCodes,
  ...notifyErrorCodes,
  ...operationErrorCodes,
  ...providerErrorCodes,
  ...serverErrorCodes,
};

const documentation = 'https://github.com/bowline-dev/bowline/blob/main/docs/errors.md';
const bug = new InternalError('The request failed because of a bug in the server.');
const RETRY_AFTER_SECONDS = 1;

/**
 * Turns what was thrown into a problem document (RFC 9457).
 *
 * What is no error of Bowline is a bug: it is answered without a word of what was thrown, and the log has the rest.
 */
export function problemOf(thrown: unknown, requestId: string): ProblemAnswer {
  const unexpected = !isGitOpsError(thrown) || thrown.code === bug.code;
  const error = serializeError(unexpected ? bug : thrown);
  const status = statusOf(error.code);
  const document: Problem = {
    type: `${documentation}#${error.code.toLowerCase()}`,
    title: titleOf(error.code),
    status,
    detail: error.message,
    instance: `urn:bowline:request:${requestId}`,
    code: error.code,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    retryable: error.retryable,
    request_id: requestId,
    ...issuesIn(error.details),
  };
  return {
    status,
    contentType: 'application/problem+json; charset=utf-8',
    headers: headersFor(error.details, status),
    body: present(problemSchema, document),
    code: error.code,
    retryable: error.retryable,
    unexpected,
  };
}

function issuesIn(details: Readonly<Record<string, unknown>> | undefined): Pick<Problem, 'issues'> {
  const issues = v.safeParse(v.array(issue), details?.['issues']);
  return issues.success ? { issues: issues.output } : {};
}

function headersFor(
  details: Readonly<Record<string, unknown>> | undefined,
  status: number,
): Readonly<Record<string, string>> {
  const allowed = details?.['allow'];
  if (status === 405 && typeof allowed === 'string') return { allow: allowed };
  if (status !== 429 && status !== 503) return {};
  // A forge says seconds or a date (RFC 9110 §10.2.3), and so may we.
  const asked = details?.['retryAfter'];
  const usable = typeof asked === 'string' && /^(?:\d{1,9}|[A-Za-z0-9 ,:]{1,40} GMT)$/.test(asked);
  return { 'retry-after': usable ? asked : `${RETRY_AFTER_SECONDS}` };
}

/** The summary of a code, which is the same for each problem of that type (RFC 9457 §3.1.3). */
function titleOf(code: string): string {
  return (codes[code]?.summary ?? code).replace(/\.$/, '');
}
