import type { ContractGap } from '../forge/contract-gap.ts';
import { createdCommit, diffList, fileAnswer, hook, mergeRequest, note } from './gap-schemas.ts';

const P = '/projects/{id}';
const MR = `${P}/merge_requests/{merge_request_iid}`;
const definition = (name: string) => ({ $ref: `#/definitions/API_Entities_${name}` });
const listOf = (items: object) => ({ type: 'array', items });

const wrongTypes =
  'The generator writes most members as text and lists as one object: the examples of "Merge requests API" show what they are.';
const noSchema = 'The document has no schema of the answer; "Repository files API" has.';

/** Every known gap. What is not here is checked as the document says. */
export const contractGaps: readonly ContractGap[] = [
  {
    operation: '*',
    reason:
      'Missing or wrong credential, missing scope, unknown or moved project, rate limit, trouble of the gateway: on every call. The document never speaks of null.',
    statuses: [301, 401, 403, 404, 405, 429, 500, 502, 503, 504],
    nullable: true,
  },
  {
    operation: `GET ${P}/repository/branches`,
    reason: 'Keyset pagination is described in "Pagination" of the REST API.',
    query: ['pagination'],
  },
  {
    operation: `DELETE ${P}/repository/branches/{branch}`,
    reason: 'The default branch cannot be deleted: 400 ("Branches API").',
    statuses: [400],
  },
  {
    operation: `GET ${P}/repository/tags`,
    reason: 'Keyset pagination is described in "Pagination" of the REST API.',
    query: ['pagination'],
  },
  {
    operation: `POST ${P}/repository/commits`,
    reason:
      'The API answers 201. The generator makes all members of an action required, also those that only some actions have ("Commits API").',
    responses: { 201: createdCommit },
    optional: ['previous_path', 'content', 'execute_filemode'],
  },
  {
    operation: `GET ${P}/repository/commits`,
    reason: 'The list is described as one commit.',
    responses: { 200: listOf(definition('Commit')) },
  },
  {
    operation: `GET ${P}/repository/files/{file_path}`,
    reason: noSchema,
    responses: { 200: fileAnswer },
  },
  {
    operation: `GET ${P}/repository/tree`,
    reason: 'The list is described as one entry.',
    responses: { 200: listOf(definition('TreeObject')) },
  },
  {
    operation: `GET ${P}/repository/merge_base`,
    reason: 'Refs that are not there answer 400.',
    statuses: [400],
  },
  {
    operation: `POST ${P}/statuses/{sha}`,
    reason: 'The API answers 201 ("Set commit pipeline status").',
    responses: { 201: definition('CommitStatus') },
  },
  {
    operation: `GET ${P}/merge_requests`,
    reason: wrongTypes,
    responses: { 200: listOf(mergeRequest) },
  },
  {
    operation: `POST ${P}/merge_requests`,
    reason: wrongTypes,
    responses: { 201: mergeRequest },
  },
  {
    operation: `GET ${MR}`,
    reason: wrongTypes,
    responses: { 200: mergeRequest },
  },
  {
    operation: `PUT ${MR}`,
    reason: wrongTypes,
    responses: { 200: mergeRequest },
  },
  {
    operation: `PUT ${MR}/merge`,
    reason: `${wrongTypes} Before 15.0 a merge that failed answered 406.`,
    responses: { 200: mergeRequest },
    statuses: [406],
  },
  {
    operation: `POST ${MR}/cancel_merge_when_pipeline_succeeds`,
    reason: wrongTypes,
    responses: { 201: mergeRequest },
  },
  {
    operation: `PUT ${MR}/rebase`,
    reason:
      'The API answers 202 with the progress, and its body may be left out ("Rebase a merge request").',
    requestBody: true,
    responses: {
      202: {
        type: 'object',
        required: ['rebase_in_progress'],
        properties: { rebase_in_progress: { type: 'boolean' } },
      },
    },
  },
  {
    operation: `GET ${MR}/diffs`,
    reason: 'The list is described as one file.',
    responses: { 200: diffList },
  },
  {
    operation: `GET ${MR}/commits`,
    reason: 'The list is described as one commit.',
    responses: { 200: listOf(definition('Commit')) },
  },
  {
    operation: `POST ${MR}/approve`,
    reason: 'The body may be left out.',
    requestBody: true,
    responses: { 201: { type: 'object' } },
  },
  {
    operation: `POST ${MR}/unapprove`,
    reason:
      'The generator writes the list of approvers as one object ("Merge request approvals API").',
    responses: { 201: { type: 'object' } },
  },
  {
    operation: `GET ${MR}/approvals`,
    reason:
      'The generator writes the list of approvers as one object ("Merge request approvals API").',
    responses: {
      200: {
        type: 'object',
        required: ['user_has_approved'],
        properties: { user_has_approved: { type: 'boolean' } },
      },
    },
  },
  {
    operation: `GET ${MR}/notes`,
    undocumented: true,
    reason: 'Notes are not in the document at all; this is "Notes API".',
    query: ['sort', 'order_by', 'page', 'per_page'],
    responses: { 200: listOf(note) },
  },
  {
    operation: `POST ${MR}/notes`,
    undocumented: true,
    reason: 'Notes are not in the document at all; this is "Notes API".',
    requestBody: {
      type: 'object',
      required: ['body'],
      properties: { body: { type: 'string', minLength: 1 } },
      additionalProperties: false,
    },
    responses: { 201: note },
    statuses: [400],
  },
  {
    operation: `PUT ${MR}/notes/{note_id}`,
    undocumented: true,
    reason: 'Notes are not in the document at all; this is "Notes API".',
    requestBody: {
      type: 'object',
      required: ['body'],
      properties: { body: { type: 'string', minLength: 1 } },
      additionalProperties: false,
    },
    responses: { 200: note },
  },
  {
    operation: `GET ${P}/hooks`,
    reason: 'The number of a hook is described as text ("Project webhooks API").',
    responses: { 200: listOf(hook) },
  },
  {
    operation: `POST ${P}/hooks`,
    reason: 'The number of a hook is described as text ("Project webhooks API").',
    responses: { 201: hook },
  },
  {
    operation: `GET ${P}/hooks/{hook_id}`,
    reason: 'The number of a hook is described as text ("Project webhooks API").',
    responses: { 200: hook },
  },
  {
    operation: `PUT ${P}/hooks/{hook_id}`,
    reason: 'The number of a hook is described as text ("Project webhooks API").',
    responses: { 200: hook },
  },
  {
    operation: `POST ${P}/pipelines/{pipeline_id}/cancel`,
    reason: 'The API answers 200 ("Cancel all jobs for a pipeline").',
    responses: { 200: definition('Ci_Pipeline') },
  },
  {
    operation: `GET ${P}/jobs/{job_id}/trace`,
    reason: 'The log is text and described as a job. Object stores before it answer ranges.',
    statuses: [206, 416],
  },
  {
    operation: `GET ${P}/variables`,
    reason: 'The list is described as one variable.',
    responses: { 200: listOf(definition('Ci_Variable')) },
  },
  {
    operation: `PUT ${P}/variables/{key}`,
    reason: 'A value that does not fit answers 400 ("Project-level CI/CD variables API").',
    statuses: [400],
  },
];
