import * as v from 'valibot';

/** One thing that is wrong with a request. */
export const issue = v.object({
  path: v.pipe(v.string(), v.description('Such as `body.image` or `query.limit`.')),
  message: v.string(),
});

/** A problem document, RFC 9457 §3, with members of our own. */
export const problem = v.object({
  type: v.pipe(v.string(), v.description('Address of the documentation of `code`.')),
  title: v.pipe(
    v.string(),
    v.description('What happened, the same for each problem of this type.'),
  ),
  status: v.number(),
  detail: v.pipe(v.string(), v.description('What happened this time.')),
  instance: v.pipe(v.string(), v.description('Names this one occurrence, for a report.')),
  code: v.pipe(v.string(), v.description('Stable name of the failure.')),
  hint: v.exactOptional(v.pipe(v.string(), v.description('What to do next.'))),
  retryable: v.pipe(
    v.boolean(),
    v.description('True when the same request may succeed later without a change.'),
  ),
  request_id: v.string(),
  issues: v.exactOptional(v.array(issue)),
});

/** A failure as it leaves the server. */
export type Problem = v.InferOutput<typeof problem>;

/** One thing that is wrong with a request. */
export type RequestIssue = v.InferOutput<typeof issue>;
