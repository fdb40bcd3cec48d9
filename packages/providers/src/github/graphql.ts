import * as v from 'valibot';
import { ProviderError, type ProviderErrorCode } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { uncertain } from '../http/transport-error.ts';
import { printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';

const problemSchema = v.looseObject({
  type: v.nullish(v.string()),
  message: v.string(),
  path: v.nullish(v.array(v.union([v.string(), v.number()]))),
});

/** One of the `errors` of an answer, which comes with HTTP 200 like any other. */
export type GraphqlProblem = v.InferOutput<typeof problemSchema>;

/** What GraphQL answered: the part that could be done, and what could not. */
export interface GraphqlAnswer<T> {
  readonly data: T | undefined;
  readonly problems: readonly GraphqlProblem[];
}

/** A query or mutation. */
export interface GraphqlRequest extends RequestOptions {
  readonly query: string;
  /** @default the one of all requests */
  readonly accept?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly doing: string;
}

/**
 * Sends a query or mutation. A query is repeated after trouble on the way, a mutation never.
 *
 * @throws ProviderError `PROVIDER_RATE_LIMITED`, and `PROVIDER_UNAVAILABLE` when GitHub gave up half-way; uncertain for a mutation.
 */
export async function sendGraphql<T extends v.GenericSchema>(
  api: RepositoryApi,
  schema: T,
  { query, variables, doing, accept, signal }: GraphqlRequest,
): Promise<GraphqlAnswer<v.InferOutput<T>>> {
  const mutation = query.trimStart().startsWith('mutation');
  const request = {
    method: 'POST' as const,
    path: api.graphqlUrl,
    json: { query, variables },
    expect: [200],
    doing,
    reads: !mutation,
    accept,
    signal,
  };
  const response = await send(api, request);
  const envelope = v.looseObject({
    data: v.nullish(schema),
    errors: v.optional(v.array(problemSchema), []),
  });
  const answered = { response, request: mutation ? request : { doing } };
  // The compiler cannot look into the schema of a generic answer; the shape is that of `envelope`.
  const { data, errors } = parseAnswer(api, envelope, answered) as {
    readonly data?: v.InferOutput<T> | null;
    readonly errors: readonly GraphqlProblem[];
  };
  const failure = errors.find(isBreakdown);
  if (failure !== undefined) {
    const error = graphqlError('PROVIDER_UNAVAILABLE', `GitHub did not ${doing}`, [failure]);
    throw mutation ? uncertain(error) : error;
  }
  return { data: data ?? undefined, problems: errors };
}

/** Makes the error of what could not be done, with the words of GitHub. */
export function graphqlError(
  code: ProviderErrorCode,
  what: string,
  problems: readonly GraphqlProblem[],
): ProviderError {
  const said = problems.map(({ message }) => printable(message).trim()).join(' ');
  return new ProviderError(code, said === '' ? `${what}.` : `${what}: ${said}`);
}

/** Makes the error of a query or mutation that failed for a reason that the caller has nothing to say about. */
export function graphqlRefused(doing: string, problems: readonly GraphqlProblem[]): ProviderError {
  const [first] = problems;
  const code = first === undefined ? 'PROVIDER_BAD_RESPONSE' : codeOf(first);
  return graphqlError(code, `GitHub did not ${doing}`, problems);
}

const codes: Readonly<Record<string, ProviderErrorCode>> = {
  NOT_FOUND: 'PROVIDER_NOT_FOUND',
  FORBIDDEN: 'PROVIDER_FORBIDDEN',
  INSUFFICIENT_SCOPES: 'PROVIDER_FORBIDDEN',
  SAML_SSO: 'PROVIDER_FORBIDDEN',
  STALE_DATA: 'PROVIDER_CONFLICT',
};

function codeOf(problem: GraphqlProblem): ProviderErrorCode {
  const type = problem.type ?? '';
  return (Object.hasOwn(codes, type) ? codes[type] : undefined) ?? 'PROVIDER_REJECTED';
}

/** GitHub's words for a deadline of its own, or a fault; the work may have been done. */
function isBreakdown({ message }: GraphqlProblem): boolean {
  return /^(?:something went wrong|we couldn't respond to your request in time)/i.test(message);
}
