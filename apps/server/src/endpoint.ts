import type { DescribedSetting } from '@bowline/gitops-config';
import type { EventJob, EventRepository } from '@bowline/gitops-notify';
import type { JobOptions, JobOutcome } from '@bowline/gitops-operations';
import type * as v from 'valibot';
import type { Forges } from './forges.ts';
import { parseInput } from './parse-input.ts';

/** What a caller must be allowed. `public` needs no token. */
export type Access = 'public' | 'read' | 'write' | 'admin';

/** What the documentation says of an endpoint, and what it takes and answers. */
export interface EndpointDescription {
  readonly method: 'GET' | 'POST';
  /** With parameters in braces, such as `/v1/gitops/pull-requests/{id}/diff`. */
  readonly path: `/${string}`;
  /** Name of the function in a generated client. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string | undefined;
  readonly access: Access;
  /** Members of the path and the query, or of the body. */
  readonly input: v.GenericSchema;
  /** An input as the documentation shows one. */
  readonly example: unknown;
  readonly result: v.GenericSchema;
}

/** What the server says of itself. */
export interface ServerState {
  readonly version: string;
  readonly settings: readonly DescribedSetting[];
  /** Seconds since the server was made. */
  uptime(): number;
  /** True when it takes no new work. */
  stopping(): boolean;
}

/** What the handler of a read works with. */
export interface ReadCall {
  readonly forges: Forges;
  readonly server: ServerState;
  readonly signal: AbortSignal;
}

/** What the handler of a job works with. */
export interface JobCall {
  readonly forges: Forges;
  readonly options: JobOptions;
  /** Names the repository for the notification. */
  setRepository(repository: EventRepository): void;
}

/** An endpoint that reads. */
export interface ReadEndpoint extends EndpointDescription {
  readonly kind: 'read';
  /** Members whose text is the user's own bytes, and is not redacted. */
  readonly verbatim?: readonly string[] | undefined;
  readonly read: (input: unknown, call: ReadCall) => Promise<unknown>;
}

/** A result of a job. */
export type JobResult = Extract<JobOutcome, { readonly result: unknown }>['result'];

/** An endpoint that runs a job. */
export interface JobEndpoint extends EndpointDescription {
  readonly kind: 'job';
  readonly job: EventJob;
  /** Checks a body. @returns What runs the job, and what it is about. */
  readonly prepare: (body: unknown) => PreparedJob;
}

/** A job whose request is understood, and that has not begun. */
export interface PreparedJob {
  /** What the job is about, for the notification of a failure. */
  readonly subject: string;
  readonly run: (call: JobCall) => Promise<JobResult>;
}

/** Any endpoint of the API. */
export type Endpoint = ReadEndpoint | JobEndpoint;

type Described<I extends v.GenericSchema, R extends v.GenericSchema> = Omit<
  EndpointDescription,
  'input' | 'example' | 'result' | 'method'
> & { readonly input: I; readonly example: v.InferInput<I>; readonly result: R };

/** Defines an endpoint that reads. */
export function readEndpoint<I extends v.GenericSchema, R extends v.GenericSchema>(
  definition: Described<I, R> & {
    readonly verbatim?: readonly string[];
    readonly read: (input: v.InferOutput<I>, call: ReadCall) => Promise<v.InferOutput<R>>;
  },
): ReadEndpoint {
  return {
    ...definition,
    kind: 'read',
    method: 'GET',
    read: async (input, call) =>
      definition.read(parseInput(definition.input, input, 'query'), call),
  };
}

/** Defines an endpoint that runs a job. */
export function jobEndpoint<
  I extends v.GenericSchema<unknown, { readonly dry_run: boolean }>,
  R extends v.GenericSchema<unknown, JobResult>,
>(
  definition: Described<I, R> & {
    readonly job: EventJob;
    readonly subject: (body: v.InferOutput<I>) => string;
    readonly run: (body: v.InferOutput<I>, call: JobCall) => Promise<v.InferOutput<R>>;
  },
): JobEndpoint {
  return {
    ...definition,
    kind: 'job',
    method: 'POST',
    prepare: (body) => {
      const input = parseInput(definition.input, body, 'body');
      return {
        subject: definition.subject(input),
        run: ({ options, ...call }) =>
          definition.run(input, { ...call, options: { ...options, dryRun: input.dry_run } }),
      };
    },
  };
}
