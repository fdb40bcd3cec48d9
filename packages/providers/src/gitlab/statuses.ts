import type { CommitState, CommitStatus, CommitStatuses } from '../commit-types.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { send } from '../http/json-api.ts';
import { checkSha, checkWebAddress, invalid, isWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { readRefusal, refused } from './errors.ts';
import { statusSchema } from './schemas.ts';

type StateName = 'pending' | 'running' | 'success' | 'failed' | 'canceled' | 'skipped';

const states: Readonly<Record<CommitState, StateName>> = {
  pending: 'pending',
  running: 'running',
  success: 'success',
  failed: 'failed',
  error: 'failed',
  cancelled: 'canceled',
  skipped: 'skipped',
};

const readStates: Readonly<Record<string, CommitState>> = {
  running: 'running',
  success: 'success',
  failed: 'failed',
  canceled: 'cancelled',
  canceling: 'running',
  skipped: 'skipped',
};

// GitLab docs, "Set commit pipeline status".
const MAX_TEXT = 255;

/** Statuses of commits. */
export function statuses(api: RepositoryApi): CommitStatuses {
  return {
    set: (sha, status, options) => setStatus(api, { sha, status }, options),
    list: (sha, options) => listStatuses(api, sha, options),
  };
}

interface StatusUpdate {
  readonly sha: string;
  readonly status: CommitStatus;
}

async function setStatus(
  api: RepositoryApi,
  update: StatusUpdate,
  options: RequestOptions = {},
): Promise<void> {
  const { context, state, url } = update.status;
  checkSha(update.sha);
  if (context.trim() === '' || context.length > MAX_TEXT) {
    throw invalid(`The context of a status is empty or longer than ${MAX_TEXT} characters.`);
  }
  if (url !== undefined && checkWebAddress(url, 'address of a status').length > MAX_TEXT) {
    throw invalid(`The address of a status is longer than ${MAX_TEXT} characters.`);
  }
  const wanted = states[state];
  const former = await post(api, { ...update, state: wanted }, options);
  if (former === undefined || former.state === wanted) return;
  // From here GitLab knows no way to the state that is wanted, such as from running back to pending. What has ended makes room.
  await post(api, { ...update, state: 'canceled' }, options);
  const still = await post(api, { ...update, state: wanted }, options);
  if (still === undefined || still.state === wanted) return;
  throw refused('PROVIDER_REJECTED', `GitLab does not ${doing(api, update)}`, still.response);
}

/** Sends a status. @returns The state that it has and does not leave; `undefined` when all is well. */
async function post(
  api: RepositoryApi,
  update: StatusUpdate & { readonly state: StateName },
  { signal }: RequestOptions,
): Promise<{ readonly state: string; readonly response: HttpResponse } | undefined> {
  const { sha, status, state } = update;
  const { context, description, url } = status;
  const response = await send(api, {
    method: 'POST',
    path: `/statuses/${sha}`,
    json: {
      state,
      name: context,
      ...(url === undefined ? {} : { target_url: url }),
      ...(description === undefined ? {} : { description: shortened(description) }),
    },
    expect: [200, 201, 400],
    doing: doing(api, update),
    // The same name replaces, so a second time changes nothing.
    idempotent: true,
    signal,
  });
  if (response.status !== 400) return undefined;
  const said = readRefusal(response)?.message ?? '';
  const from = /cannot transition status via :\w+ from :(\w+)/i.exec(said)?.[1];
  if (from !== undefined) return { state: from, response };
  throw refused('PROVIDER_REJECTED', `GitLab does not ${doing(api, update)}`, response);
}

function doing(api: RepositoryApi, { sha, status }: StatusUpdate): string {
  return `set status "${status.context}" of commit "${sha}" in "${api.fullName}"`;
}

function shortened(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…`;
}

/** Lists statuses. GitLab keeps one for each ref that a commit was on; the last one of a name counts, so all are read first. */
async function* listStatuses(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CommitStatus, void, undefined> {
  checkSha(sha);
  const pages = sendForList(api, statusSchema, {
    path: `/repository/commits/${sha}/statuses`,
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the statuses of commit "${sha}" in "${api.fullName}"`,
    signal,
  });
  const found = new Map<string, { readonly id: number; readonly status: CommitStatus }>();
  for await (const { id, name, status, description, target_url: url } of pages) {
    if ((found.get(name)?.id ?? 0) > id) continue;
    found.set(name, {
      id,
      status: {
        context: name,
        // What is new to us, and what waits for a runner, a person or a time, has not begun.
        state: readStates[status] ?? 'pending',
        ...(description ? { description } : {}),
        ...(url && isWebAddress(url) ? { url } : {}),
      },
    });
  }
  for (const { status } of found.values()) yield status;
}
