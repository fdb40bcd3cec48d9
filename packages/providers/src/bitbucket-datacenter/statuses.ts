import { createHash } from 'node:crypto';
import type { CommitState, CommitStatus, CommitStatuses } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import { checkSha, checkWebAddress, invalid, isWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { commitIsMissing } from './branches.ts';
import { refused } from './errors.ts';
import { statusSchema } from './schemas.ts';

type BuildState = 'SUCCESSFUL' | 'FAILED' | 'INPROGRESS' | 'CANCELLED' | 'UNKNOWN';

const states: Readonly<Record<CommitState, BuildState>> = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failed: 'FAILED',
  error: 'FAILED',
  cancelled: 'CANCELLED',
  skipped: 'UNKNOWN',
};

const readStates: Readonly<Record<BuildState, CommitState>> = {
  INPROGRESS: 'running',
  SUCCESSFUL: 'success',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  UNKNOWN: 'skipped',
};

const MAX_KEY = 255;
const MAX_URL = 450;

/** Build statuses of commits. */
export function statuses(api: RepositoryApi): CommitStatuses {
  return {
    set: (sha, status, options) => setStatus(api, { sha, status }, options),
    list: (sha, options) => listStatuses(api, sha, options),
  };
}

async function setStatus(
  api: RepositoryApi,
  { sha, status }: { readonly sha: string; readonly status: CommitStatus },
  { signal }: RequestOptions = {},
): Promise<void> {
  checkSha(sha);
  // A build cannot be without an address.
  const { context, state, description, url = `${api.webUrl}/commits/${sha}` } = status;
  checkWebAddress(url, 'address of a status');
  if (context.trim() === '') throw invalid('A status has no context.');
  if (url.length > MAX_URL) {
    throw invalid(`The address of a status is longer than ${MAX_URL} characters.`);
  }
  const response = await send(api, {
    method: 'POST',
    path: `/commits/${sha}/builds`,
    json: {
      key: statusKey(context),
      name: statusKey(context),
      state: states[state],
      url,
      ...(description === undefined ? {} : { description }),
    },
    expect: [200, 201, 204, 400],
    doing: `set status "${context}" of commit "${sha}" in "${api.fullName}"`,
    // The same key overwrites, so a second time changes nothing.
    idempotent: true,
    signal,
  });
  if (response.status !== 400) return;
  const missing = await commitIsMissing(api, sha, signal);
  throw refused(
    missing ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
    `Status "${context}" of commit "${sha}" in "${api.fullName}" cannot be set`,
    response,
  );
}

/** The key of a context, which is also its name: itself up to 255 characters, else its beginning and a hash of the whole. */
function statusKey(context: string): string {
  if (context.length <= MAX_KEY) return context;
  const hash = createHash('sha256').update(context).digest('hex').slice(0, 12);
  return `${context.slice(0, MAX_KEY - 13)}-${hash}`.toWellFormed();
}

/** Lists builds by commit: the API of the repository has a call for a build by its key only. */
async function* listStatuses(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CommitStatus, void, undefined> {
  checkSha(sha);
  const pages = sendForPages(api, statusSchema, {
    path: `${api.restUrl}/build-status/latest/commits/${sha}`,
    query: [['limit', '100']],
    expect: [200],
    doing: `list the statuses of commit "${sha}" in "${api.fullName}"`,
    signal,
  });
  for await (const status of pages) {
    const { key, description, url, projectKey, repositorySlug } = status;
    // A fork has the same commit, with builds of its own.
    if (projectKey && repositorySlug && !isThis(api, { projectKey, repositorySlug })) continue;
    yield {
      context: key,
      state: readStates[status.state],
      ...(description ? { description } : {}),
      ...(url && isWebAddress(url) ? { url } : {}),
    };
  }
}

function isThis(
  { key, slug }: RepositoryApi,
  { projectKey, repositorySlug }: { readonly projectKey: string; readonly repositorySlug: string },
): boolean {
  return `${projectKey}/${repositorySlug}`.toLowerCase() === `${key}/${slug}`.toLowerCase();
}
