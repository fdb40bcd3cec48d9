import { type ConversionConfig, toJsonSchema, toJsonSchemaDefs } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import type { Endpoint } from '../src/endpoint.ts';
import { endpoints } from '../src/route-table.ts';
import { problem } from '../src/schemas/problem.ts';
import * as requests from '../src/schemas/requests.ts';
import * as results from '../src/schemas/results.ts';
import * as system from '../src/schemas/system.ts';

type Json = Readonly<Record<string, unknown>>;

const bodies = Object.fromEntries(
  Object.entries(requests).filter(([name]) => name.endsWith('Body')),
);
const answers = { ...results, ...system, problem };

/** Makes the text of `openapi.json`. The same endpoints give the same bytes. */
export function openapiText(): string {
  return `${JSON.stringify(openapiDocument(), undefined, 2)}\n`;
}

function openapiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const method = endpoint.method.toLowerCase();
    paths[endpoint.path] = { ...paths[endpoint.path], [method]: operationOf(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Bowline',
      version: '1',
      description:
        'Moves images into environments through pull requests, on any Git forge. Each job is safe to send again: it finds what an earlier run made.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      { name: 'Jobs', description: 'Write, and can be asked for progress.' },
      { name: 'Reads', description: 'Change nothing.' },
      { name: 'Server', description: 'For its operators.' },
    ],
    paths: { ...paths, '/metrics': { get: metrics }, '/v1/webhooks/{provider}': { post: webhook } },
    components: {
      schemas: {
        ...definitions(bodies, 'input'),
        ...definitions(answers, 'output'),
      },
      responses: {
        Problem: {
          description: 'What went wrong, as RFC 9457 writes it.',
          content: { 'application/problem+json': { schema: reference('Problem') } },
        },
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A token of the server. A server without tokens listens on loopback alone.',
        },
      },
    },
  };
}

const problemResponse = { $ref: '#/components/responses/Problem' };

const metrics: Json = {
  operationId: 'metrics',
  tags: ['Server'],
  summary: 'Show the metrics of the server in the text format of Prometheus.',
  security: [{ bearer: [] }],
  responses: {
    200: { description: 'The metrics.', content: { 'text/plain': { schema: { type: 'string' } } } },
    default: problemResponse,
  },
};

const webhook: Json = {
  operationId: 'receiveWebhook',
  tags: ['Server'],
  summary: 'Take the delivery of a webhook of a forge.',
  description:
    'For forges: verified over its raw bytes by the secret that is configured for this kind of forge, remembered by its id, queued, answered, and handled then. A kind without a secret is not there.',
  security: [],
  parameters: [
    {
      name: 'provider',
      in: 'path',
      required: true,
      schema: {
        type: 'string',
        enum: ['bitbucket-cloud', 'bitbucket-datacenter', 'github', 'gitlab', 'gitea'],
      },
    },
  ],
  requestBody: {
    required: true,
    content: { 'application/json': { schema: { type: 'object' } } },
  },
  responses: {
    202: {
      description: 'Taken; handled later.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: { status: { type: 'string', enum: ['accepted', 'ignored', 'duplicate'] } },
            required: ['status'],
          },
        },
      },
    },
    default: problemResponse,
  },
};

function operationOf(endpoint: Endpoint): Json {
  const { operationId, summary, description, access } = endpoint;
  const needs = access === 'public' ? undefined : `Needs a token with the scope \`${access}\`.`;
  const text = [description, needs].filter((part) => part !== undefined).join('\n\n');
  const job = endpoint.kind === 'job';
  return {
    operationId,
    tags: [job ? 'Jobs' : endpoint.path.startsWith('/v1/') ? 'Reads' : 'Server'],
    summary,
    ...(text === '' ? {} : { description: text }),
    security: access === 'public' ? [] : [{ bearer: [] }],
    ...(job
      ? { parameters: [idempotencyKey], requestBody: bodyOf(endpoint) }
      : parametersOf(endpoint)),
    responses: {
      200: {
        description: 'Done, or already so.',
        content: {
          'application/json': { schema: referenceTo(endpoint.result) },
          ...(job ? { 'text/event-stream': { schema: { type: 'string' } } } : {}),
        },
      },
      default: problemResponse,
    },
  };
}

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any text that is new for each new request. Sending a request again with its key gives the first answer, and runs nothing twice.',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[!-~]*$' },
};

function bodyOf({ input, example }: Endpoint): Json {
  return {
    required: true,
    content: { 'application/json': { schema: referenceTo(input), example } },
  };
}

function parametersOf({ path, input, example }: Endpoint): Json {
  const { properties = {}, required = [] } = toJsonSchema(input, conversion('input'));
  const parameters = Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as Json;
    const shown = (example as Json)[name];
    return {
      name,
      in: path.includes(`{${name}}`) ? 'path' : 'query',
      ...(description === undefined ? {} : { description }),
      required: required.includes(name),
      schema: valueSchema(schema),
      ...(shown === undefined ? {} : { example: 'query' in schema ? Number(shown) : shown }),
    };
  });
  return parameters.length === 0 ? {} : { parameters };
}

/** All values of a query are text; the documentation shows a number as one. */
function valueSchema({ query, ...schema }: Json): Json {
  if (query === undefined) return schema;
  const { default: standard } = schema;
  return {
    ...(query as Json),
    ...(standard === undefined ? {} : { default: Number(standard) }),
  };
}

function conversion(typeMode: 'input' | 'output'): ConversionConfig {
  return {
    errorMode: 'throw',
    typeMode,
    target: 'draft-2020-12',
    ignoreActions: ['readonly'],
    overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
  };
}

function definitions(schemas: Readonly<Record<string, v.GenericSchema>>, mode: 'input' | 'output') {
  return toJsonSchemaDefs(titled(schemas), conversion(mode));
}

function titled(schemas: Readonly<Record<string, v.GenericSchema>>) {
  return Object.fromEntries(
    Object.entries(schemas)
      .map(([name, schema]) => [titleOf(name), schema] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function titleOf(name: string): string {
  return `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

function referenceTo(schema: v.GenericSchema): Json {
  const found = Object.entries({ ...bodies, ...answers }).find(([, known]) => known === schema);
  if (found === undefined) throw new Error('An endpoint has a schema without a name.');
  return reference(titleOf(found[0]));
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}
