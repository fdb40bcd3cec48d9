// What the document has in another shape than the API, written after the examples in GitLab's REST documentation.

const text = { type: 'string' };
const number = { type: 'integer' };
const flag = { type: 'boolean' };
const sha = { type: 'string', pattern: '^[0-9a-f]{40}$' };
const user = {
  type: 'object',
  required: ['id', 'username', 'name'],
  properties: { id: number, username: text, name: text },
};

/** A merge request, of a list and alone. Null is excused everywhere. */
export const mergeRequest = {
  type: 'object',
  required: [
    'id',
    'iid',
    'project_id',
    'title',
    'state',
    'created_at',
    'updated_at',
    'source_branch',
    'target_branch',
    'author',
    'draft',
    'detailed_merge_status',
    'web_url',
  ],
  properties: {
    id: number,
    iid: number,
    project_id: number,
    title: text,
    description: text,
    state: { enum: ['opened', 'closed', 'locked', 'merged'] },
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' },
    merged_at: { type: 'string', format: 'date-time' },
    closed_at: { type: 'string', format: 'date-time' },
    source_branch: text,
    target_branch: text,
    source_project_id: number,
    target_project_id: number,
    author: user,
    assignees: { type: 'array', items: user },
    reviewers: { type: 'array', items: user },
    labels: { type: 'array', items: text },
    draft: flag,
    work_in_progress: flag,
    merge_when_pipeline_succeeds: flag,
    merge_status: {
      enum: [
        'unchecked',
        'checking',
        'can_be_merged',
        'cannot_be_merged',
        'cannot_be_merged_recheck',
      ],
    },
    detailed_merge_status: text,
    sha,
    merge_commit_sha: sha,
    squash_commit_sha: sha,
    should_remove_source_branch: flag,
    force_remove_source_branch: flag,
    squash: flag,
    has_conflicts: flag,
    merge_error: text,
    rebase_in_progress: flag,
    web_url: { type: 'string', format: 'uri' },
  },
};

/** The commit that a commit of many files answers with. */
export const createdCommit = {
  type: 'object',
  required: ['id', 'short_id', 'parent_ids', 'message', 'web_url'],
  properties: {
    id: sha,
    short_id: text,
    parent_ids: { type: 'array', items: sha },
    message: text,
    author_name: text,
    author_email: text,
    web_url: { type: 'string', format: 'uri' },
  },
};

/** A file with its content. */
export const fileAnswer = {
  type: 'object',
  required: [
    'file_name',
    'file_path',
    'size',
    'encoding',
    'content',
    'ref',
    'blob_id',
    'commit_id',
    'last_commit_id',
    'execute_filemode',
  ],
  properties: {
    file_name: text,
    file_path: text,
    size: number,
    encoding: { const: 'base64' },
    content: text,
    content_sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
    ref: text,
    blob_id: sha,
    commit_id: sha,
    last_commit_id: sha,
    execute_filemode: flag,
  },
};

/** The files of a diff. */
export const diffList = {
  type: 'array',
  items: {
    type: 'object',
    required: [
      'old_path',
      'new_path',
      'a_mode',
      'b_mode',
      'diff',
      'new_file',
      'renamed_file',
      'deleted_file',
    ],
    properties: {
      old_path: text,
      new_path: text,
      a_mode: text,
      b_mode: text,
      diff: text,
      collapsed: flag,
      too_large: flag,
      new_file: flag,
      renamed_file: flag,
      deleted_file: flag,
    },
  },
};

/** A comment, or a remark of GitLab itself. */
export const note = {
  type: 'object',
  required: ['id', 'body', 'system', 'created_at', 'updated_at', 'author', 'noteable_type'],
  properties: {
    id: number,
    body: text,
    system: flag,
    created_at: { type: 'string', format: 'date-time' },
    updated_at: { type: 'string', format: 'date-time' },
    author: user,
    noteable_type: { enum: ['MergeRequest'] },
    noteable_iid: number,
  },
};

/** A webhook of a project; its token is never shown. */
export const hook = {
  type: 'object',
  required: ['id', 'url', 'push_events', 'merge_requests_events', 'pipeline_events'],
  properties: {
    id: number,
    url: { type: 'string', format: 'uri' },
    name: text,
    project_id: number,
    created_at: { type: 'string', format: 'date-time' },
    push_events: flag,
    tag_push_events: flag,
    merge_requests_events: flag,
    note_events: flag,
    pipeline_events: flag,
    enable_ssl_verification: flag,
    alert_status: { enum: ['executable', 'disabled', 'temporarily_disabled'] },
    disabled_until: text,
  },
  additionalProperties: false,
};
