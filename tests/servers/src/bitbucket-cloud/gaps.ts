import type { ContractGap } from '../forge/contract-gap.ts';

const R = '/repositories/{workspace}/{repo_slug}';
const schema = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const hookBody = {
  type: 'object',
  required: ['url', 'events', 'active', 'description'],
  properties: {
    url: { type: 'string', format: 'uri' },
    description: { type: 'string' },
    active: { type: 'boolean' },
    secret: { type: 'string', minLength: 1, maxLength: 128 },
    events: {
      $ref: '#/components/schemas/webhook_subscription/allOf/1/properties/events',
    },
  },
  additionalProperties: false,
};

/** Every known gap. What is not here is checked as the document says. */
export const contractGaps: readonly ContractGap[] = [
  {
    operation: '*',
    reason:
      'Pages, filters and partial answers are described once, in the introduction to the API.',
    query: ['page', 'pagelen', 'fields', 'q', 'sort'],
  },
  {
    operation: '*',
    reason:
      'Missing or wrong credential, missing scope, unknown repository or commit, rate limit, trouble of the gateway: on every call.',
    statuses: [401, 403, 404, 429, 500, 502, 503, 504, 555],
  },
  {
    operation: `POST ${R}/refs/branches`,
    reason:
      'The body is described in words; 400 answers an existing name and an unknown or ambiguous commit.',
    requestBody: {
      type: 'object',
      required: ['name', 'target'],
      properties: {
        name: { type: 'string', minLength: 1 },
        target: {
          type: 'object',
          required: ['hash'],
          properties: { hash: { type: 'string', pattern: '^[0-9a-f]{40}$' } },
        },
      },
      additionalProperties: false,
    },
    statuses: [400],
  },
  {
    operation: `DELETE ${R}/refs/branches/{name}`,
    reason: 'The main branch cannot be deleted: 400.',
    statuses: [400],
  },
  {
    operation: `POST ${R}/src`,
    reason:
      'The fields of the form are listed as query parameters; 409 for a moved branch stands in the text of "branch"; 400 for a form that cannot be used.',
    form: true,
    statuses: [400, 409],
  },
  {
    operation: `GET ${R}/src/{commit}/{path}`,
    reason:
      'The document has the list of a folder only; a file answers with its bytes or, with format=meta, with an object whose attributes are a list (its own example). 301 is for Git LFS.',
    responseBody: {
      anyOf: [
        schema('paginated_treeentries'),
        {
          type: 'object',
          required: ['type', 'path', 'commit'],
          properties: {
            type: { enum: ['commit_file', 'commit_directory'] },
            path: { type: 'string' },
            size: { type: 'integer' },
            commit: schema('commit'),
            attributes: {
              type: 'array',
              items: { enum: ['link', 'executable', 'subrepository', 'binary', 'lfs'] },
            },
          },
        },
        schema('error'),
      ],
    },
    statuses: [301],
  },
  {
    operation: `GET ${R}/pullrequests/{pull_request_id}`,
    reason: 'merge_commit is null until there is one.',
    nullable: ['merge_commit'],
  },
  {
    operation: `GET ${R}/pullrequests`,
    reason: 'merge_commit is null until there is one.',
    nullable: ['merge_commit'],
  },
  {
    operation: `POST ${R}/pullrequests`,
    reason: 'merge_commit is null until there is one.',
    nullable: ['merge_commit'],
  },
  {
    operation: `PUT ${R}/pullrequests/{pull_request_id}`,
    reason: 'merge_commit is null until there is one.',
    nullable: ['merge_commit'],
  },
  {
    operation: `POST ${R}/pullrequests/{pull_request_id}/decline`,
    reason: 'merge_commit is null; 400 answers a pull request that is not open.',
    nullable: ['merge_commit'],
    statuses: [400],
  },
  {
    operation: `POST ${R}/pullrequests/{pull_request_id}/merge`,
    reason: 'Conflicts, missing approvals and checks answer 400 with an error.',
    statuses: [400],
  },
  {
    operation: `POST ${R}/pullrequests/{pull_request_id}/approve`,
    reason: 'A pull request that is not open answers 400.',
    statuses: [400],
  },
  {
    operation: `GET ${R}/pullrequests/{pull_request_id}/merge/task-status/{task_id}`,
    reason: 'The body is described in words.',
    responseBody: {
      anyOf: [
        {
          type: 'object',
          required: ['task_status', 'links'],
          properties: {
            task_status: { enum: ['PENDING', 'SUCCESS'] },
            merge_result: schema('pullrequest'),
          },
        },
        schema('error'),
      ],
    },
  },
  {
    operation: `POST ${R}/hooks`,
    reason:
      'The document has no body; the API takes a webhook_subscription (its text), without "type".',
    requestBody: hookBody,
    statuses: [400],
  },
  {
    operation: `PUT ${R}/hooks/{uid}`,
    reason:
      'The document has no body; the API takes a webhook_subscription (its text), without "type".',
    requestBody: hookBody,
    statuses: [400],
  },
  {
    operation: `GET ${R}/pipelines`,
    reason:
      'A minus before the name of a sorting attribute is described in the introduction to the API.',
    query: ['sort'],
  },
  {
    operation: `GET ${R}/pipelines/{pipeline_uuid}/steps/{step_uuid}/log`,
    reason:
      'The text of the operation speaks of ranges (416 is listed); 206 is how HTTP answers one (RFC 9110, section 15.3.7).',
    statuses: [206],
  },
];
