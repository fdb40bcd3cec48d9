import type { CommitState, CommitStatus, CommitStatuses } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import { checkSha, checkWebAddress, isWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { commitIsMissing, noCommit } from './branches.ts';
import { refused } from './errors.ts';
import { statusSchema } from './schemas.ts';

// "skipped" is new in Gitea; every version takes "success" for a check that has nothing to say against the commit.
const states: Readonly<Record<CommitState, 'pending' | 'success' | 'error' | 'failure'>> = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failed: 'failure',
  error: 'error',
  cancelled: 'error',
  skipped: 'success',
};

const readStates: Readonly<Record<string, CommitState>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'error',
  warning: 'success',
  skipped: 'skipped',
};

/** Statuses of commits. */
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
  const { context, state, description, url } = status;
  if (url !== undefined) checkWebAddress(url, 'address of a status');
  const response = await send(api, {
    method: 'POST',
    path: `/statuses/${sha}`,
    json: {
      context,
      state: states[state],
      ...(description === undefined ? {} : { description }),
      ...(url === undefined ? {} : { target_url: url }),
    },
    expect: [201, 400, 404, 500],
    doing: `set status "${context}" of commit "${sha}" in "${api.fullName}"`,
    // The last one of a context counts, so a second time changes nothing.
    idempotent: true,
    signal,
  });
  if (response.status === 201) return;
  // The answer to a commit that is not there differs from version to version.
  if (await commitIsMissing(api, sha, signal)) throw noCommit(api, sha);
  throw refused(
    response.status === 500 ? 'PROVIDER_UNAVAILABLE' : 'PROVIDER_REJECTED',
    `Status "${context}" of commit "${sha}" in "${api.fullName}" was not set`,
    response,
  );
}

async function* listStatuses(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CommitStatus, void, undefined> {
  checkSha(sha);
  const pages = sendForList(api, statusSchema, {
    path: `/commits/${sha}/statuses`,
    query: [['sort', 'highestindex']],
    expect: [200],
    doing: `list the statuses of commit "${sha}" in "${api.fullName}"`,
    signal,
  });
  // The server keeps every status that was ever set; the newest of a context comes first and is the one that counts.
  const seen = new Set<string>();
  for await (const { context, status, description, target_url: url } of pages) {
    if (seen.has(context)) continue;
    seen.add(context);
    yield {
      context,
      // A state that is new to us is no success.
      state: Object.hasOwn(readStates, status) ? (readStates[status] ?? 'error') : 'error',
      ...(description ? { description } : {}),
      ...(url && isWebAddress(url) ? { url } : {}),
    };
  }
}
