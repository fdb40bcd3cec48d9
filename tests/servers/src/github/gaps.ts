import type { ContractGap } from '../forge/contract-gap.ts';

const R = '/repos/{owner}/{repo}';

/** Every known gap of GitHub's REST description. What is not here is checked as the document says. */
export const contractGaps: readonly ContractGap[] = [
  {
    operation: '*',
    reason:
      'Missing or wrong credential, missing permission, unknown or hidden repository, rate limit, trouble on the way: on every call ("Troubleshooting the REST API").',
    statuses: [401, 403, 404, 429, 500, 502, 503, 504],
  },
  {
    operation: '*',
    reason:
      'An answer that has not changed since its ETag ("Use conditional requests if appropriate").',
    statuses: [304],
  },
  {
    operation: 'POST /graphql',
    reason:
      'GraphQL is no part of the document. It is checked by its own schema, which Octokit publishes.',
    undocumented: true,
  },
  {
    operation: 'POST /api/graphql',
    reason: 'The same on an Enterprise Server, beside `/api/v3`.',
    undocumented: true,
  },
  {
    operation: `PATCH ${R}/hooks/{hook_id}/config`,
    reason:
      'The extract lacks "Update a webhook configuration for a repository", the only call that keeps a secret which it is not told.',
    undocumented: true,
    requestBody: {
      type: 'object',
      properties: {
        url: { type: 'string', format: 'uri' },
        content_type: { type: 'string' },
        insecure_ssl: { type: 'string' },
        secret: { type: 'string' },
      },
      additionalProperties: false,
    },
    responseBody: { type: 'object', properties: { url: { type: 'string' } } },
    statuses: [200],
  },
  {
    operation: `POST ${R}/actions/workflows/{workflow_id}/dispatches`,
    reason:
      'A branch that is not there, a workflow that nobody may start and an unknown member answer 422.',
    statuses: [422],
  },
  {
    operation: `POST ${R}/actions/runs/{run_id}/rerun`,
    reason: 'A run that is under way answers 403, "This workflow is already running".',
    statuses: [403],
  },
  {
    operation: `POST ${R}/actions/variables`,
    reason: 'A name that is taken answers 409.',
    statuses: [409],
  },
  {
    operation: `POST ${R}/environments/{environment_name}/variables`,
    reason: 'A name that is taken answers 409.',
    statuses: [409],
  },
  {
    operation: `POST ${R}/statuses/{sha}`,
    reason: 'An unknown commit answers 422, "No commit found for SHA".',
    statuses: [422],
  },
  {
    operation: `GET ${R}/commits/{ref}/check-runs`,
    reason: 'An unknown commit answers 422, "No commit found for SHA".',
    statuses: [422],
  },
];
