import type { CommitState, CommitStatus, CommitStatuses } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import { checkSha, checkWebAddress, isWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { statusSchema } from './schemas.ts';
import { contextOf, statusKey } from './status-key.ts';

const states: Readonly<Record<CommitState, 'SUCCESSFUL' | 'FAILED' | 'INPROGRESS' | 'STOPPED'>> = {
  pending: 'INPROGRESS',
  running: 'INPROGRESS',
  success: 'SUCCESSFUL',
  failed: 'FAILED',
  error: 'FAILED',
  cancelled: 'STOPPED',
  skipped: 'STOPPED',
};

const readStates = {
  INPROGRESS: 'running',
  SUCCESSFUL: 'success',
  FAILED: 'failed',
  STOPPED: 'cancelled',
} as const satisfies Record<string, CommitState>;

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
  const { context, state, description, url } = status;
  if (url !== undefined) checkWebAddress(url, 'address of a status');
  await send(api, {
    method: 'POST',
    path: `/commit/${sha}/statuses/build`,
    json: {
      type: 'build',
      key: statusKey(context),
      name: context,
      state: states[state],
      // Older servers insist on an address.
      url: url ?? `${api.webUrl}/commits/${sha}`,
      ...(description === undefined ? {} : { description }),
    },
    expect: [200, 201],
    doing: `set status "${context}" of commit "${sha}" in "${api.fullName}"`,
    // The same key overwrites, so a second time changes nothing.
    idempotent: true,
    signal,
  });
}

async function* listStatuses(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CommitStatus, void, undefined> {
  checkSha(sha);
  const pages = sendForPages(api, statusSchema, {
    path: `/commit/${sha}/statuses`,
    query: [['pagelen', '100']],
    expect: [200],
    doing: `list the statuses of commit "${sha}" in "${api.fullName}"`,
    signal,
  });
  for await (const status of pages) {
    const { description, url } = status;
    yield {
      context: contextOf(status),
      state: readStates[status.state],
      ...(description ? { description } : {}),
      ...(url && isWebAddress(url) ? { url } : {}),
    };
  }
}
