import * as v from 'valibot';
import { ServerError } from './errors.ts';
import type { RequestIssue } from './schemas/problem.ts';

const MAX_ISSUES = 50;
const MAX_SHOWN = 60;

/**
 * Checks a part of a request.
 *
 * @throws ServerError `SERVER_REQUEST_INVALID` with everything that is wrong in `details.issues`.
 */
export function parseInput<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
  part: 'body' | 'query',
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.slice(0, MAX_ISSUES).map((issue) => asIssue(issue, part));
  const count = parsed.issues.length;
  throw new ServerError(
    'SERVER_REQUEST_INVALID',
    `The ${part} of the request has ${count} ${count === 1 ? 'issue' : 'issues'}: ${issues[0]?.path} ${issues[0]?.message}${count === 1 ? '' : ', and more'}.`,
    { details: { issues } },
  );
}

function asIssue(issue: v.BaseIssue<unknown>, part: string): RequestIssue {
  const path = [part, ...(issue.path ?? []).map(({ key }) => shown(String(key)))].join('.');
  return { path, message: messageOf(issue) };
}

function messageOf(issue: v.BaseIssue<unknown>): string {
  if (issue.expected === 'never') return 'is not known here';
  if (issue.received === 'undefined') return 'is missing';
  if (issue.type === 'strict_object') return 'must be an object';
  return issue.message;
}

/** Shortens a name that the caller made up. */
function shown(key: string): string {
  return key
    .slice(0, MAX_SHOWN)
    .replace(/\p{Cc}/gu, '\uFFFD')
    .toWellFormed();
}
