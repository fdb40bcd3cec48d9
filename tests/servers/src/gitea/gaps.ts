import type { ContractGap } from '../forge/contract-gap.ts';

const R = '/repos/{owner}/{repo}';

/** Every known gap of the document of Gitea 1.26.3. What is not here is checked as the document says. */
export const contractGaps: readonly ContractGap[] = [
  {
    operation: '*',
    reason:
      'Go writes null for what a pointer does not point at; the document never speaks of null.',
    nullable: true,
  },
  {
    operation: '*',
    reason:
      'Missing or wrong credential, missing scope, unknown repository, archived repository, trouble of the server: on every call.',
    statuses: [401, 403, 404, 423, 429, 500, 502, 503, 504],
  },
  {
    operation: `POST ${R}/pulls/{index}/merge`,
    reason:
      'Versions before 1.26 name three members in upper case, and 1.26 takes both (its UnmarshalJSON). 201 says that the merge is scheduled; 405 comes with a message; 409 is a message, or the error of a conflict as Go writes it.',
    requestBody: {
      type: 'object',
      required: ['Do'],
      properties: {
        Do: { enum: ['merge', 'rebase', 'rebase-merge', 'squash', 'fast-forward-only'] },
        MergeTitleField: { type: 'string' },
        MergeMessageField: { type: 'string' },
        head_commit_id: { type: 'string', pattern: '^[0-9a-f]{40}$' },
        delete_branch_after_merge: { type: 'boolean' },
        merge_when_checks_succeed: { type: 'boolean' },
      },
      additionalProperties: false,
    },
    statuses: [201],
    responses: { 405: true, 409: true },
  },
  {
    operation: `POST ${R}/tags`,
    reason: 'The document says 200; the handler answers 201 (its test suite too).',
    responses: { 201: { $ref: '#/definitions/Tag' } },
  },
  {
    operation: `GET ${R}/contents/{filepath}`,
    reason:
      'A folder is answered with the list of what is in it (the description of the operation).',
    responses: {
      200: {
        anyOf: [
          { $ref: '#/definitions/ContentsResponse' },
          { type: 'array', items: { $ref: '#/definitions/ContentsResponse' } },
        ],
      },
    },
  },
  {
    operation: `POST ${R}/contents`,
    reason: 'The list of files has null for each that was deleted (GetFilesResponseFromCommit).',
    responses: {
      201: {
        type: 'object',
        required: ['commit', 'files'],
        properties: {
          commit: { $ref: '#/definitions/FileCommitResponse' },
          files: {
            type: 'array',
            items: { anyOf: [{ type: 'null' }, { $ref: '#/definitions/ContentsResponse' }] },
          },
        },
      },
    },
  },
  {
    operation: `POST ${R}/actions/workflows/{workflow_id}/dispatches`,
    reason:
      'Forgejo is asked by a member of the body for what Gitea is asked by the query (DispatchWorkflowOption of Forgejo 11), and answers 201.',
    members: ['return_run_info'],
    responses: {
      201: {
        type: 'object',
        required: ['id', 'run_number', 'jobs'],
        properties: {
          id: { type: 'integer' },
          run_number: { type: 'integer' },
          jobs: { type: 'array', items: { type: 'string' } },
        },
      },
    },
  },
];
