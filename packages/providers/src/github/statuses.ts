import * as v from 'valibot';
import type { CommitState, CommitStatus, CommitStatuses } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import { nextLink, sendForPages } from '../http/pages.ts';
import { checkSha, checkWebAddress, invalid, isWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import { checkRunState } from './run-state.ts';
import { checkRunSchema, statusSchema } from './schemas.ts';

const states: Readonly<Record<CommitState, 'pending' | 'success' | 'failure' | 'error'>> = {
  pending: 'pending',
  running: 'pending',
  success: 'success',
  failed: 'failure',
  error: 'error',
  cancelled: 'error',
  // Merely not needed: what waits for it must go on.
  skipped: 'success',
};

const readStates: Readonly<Record<string, CommitState>> = {
  pending: 'pending',
  success: 'success',
  failure: 'failed',
  error: 'error',
};

const MAX_DESCRIPTION = 140;

/** Statuses of commits. A list has the check runs of GitHub Actions and of other Apps too, since a gate must look at both. */
export function statuses(api: RepositoryApi): CommitStatuses {
  return {
    set: (sha, status, options) => setStatus(api, { sha, status }, options),
    list: (sha, options) => listStatuses(api, sha, options),
  };
}

/** Reads the state of a status. */
export function statusState(state: string): CommitState {
  return readStates[state] ?? 'error';
}

async function setStatus(
  api: RepositoryApi,
  { sha, status }: { readonly sha: string; readonly status: CommitStatus },
  { signal }: RequestOptions = {},
): Promise<void> {
  checkSha(sha);
  const { context, state, description, url } = status;
  if (context.trim() === '') throw invalid('A status has no context.');
  if (url !== undefined) checkWebAddress(url, 'address of a status');
  const response = await send(api, {
    method: 'POST',
    path: `/statuses/${sha}`,
    json: {
      state: states[state],
      context,
      ...(description === undefined ? {} : { description: shortened(description) }),
      ...(url === undefined ? {} : { target_url: url }),
    },
    expect: [201, 422],
    doing: `set status "${context}" of commit "${sha}" in "${api.fullName}"`,
    // The last one of a context counts, so a second time changes nothing.
    idempotent: true,
    signal,
  });
  if (response.status === 201) return;
  const missing = /no commit found/i.test(Buffer.from(response.body).toString('utf8'));
  throw refused(
    missing ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
    `Status "${context}" of commit "${sha}" in "${api.fullName}" is not set`,
    response,
  );
}

function shortened(description: string): string {
  const characters = [...description];
  return characters.length <= MAX_DESCRIPTION
    ? description
    : `${characters.slice(0, MAX_DESCRIPTION - 1).join('')}…`;
}

async function* listStatuses(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CommitStatus, void, undefined> {
  checkSha(sha);
  const request = {
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the statuses of commit "${sha}" in "${api.fullName}"`,
    signal,
  } as const;
  // The list of all statuses has each former one too; the combined status has the last of each context.
  const combined = sendForPages(
    api,
    {
      page: v.looseObject({ statuses: v.array(statusSchema) }),
      read: (page, response) => ({ items: page.statuses, next: nextLink(response) }),
    },
    { ...request, path: `/commits/${sha}/status` },
  );
  for await (const { context, state, description, target_url } of combined) {
    yield statusOf({ context, state: statusState(state), description, url: target_url });
  }
  const runs = sendForPages(
    api,
    {
      page: v.looseObject({ check_runs: v.array(checkRunSchema) }),
      read: (page, response) => ({ items: page.check_runs, next: nextLink(response) }),
    },
    { ...request, path: `/commits/${sha}/check-runs` },
  );
  for await (const run of runs) {
    yield statusOf({
      context: run.name,
      state: checkRunState(run),
      description: run.output?.title,
      url: run.html_url ?? run.details_url,
    });
  }
}

function statusOf(answer: {
  readonly context: string;
  readonly state: CommitState;
  readonly description: string | null | undefined;
  readonly url: string | null | undefined;
}): CommitStatus {
  const { context, state, description, url } = answer;
  return {
    context,
    state,
    ...(description ? { description } : {}),
    ...(url && isWebAddress(url) ? { url } : {}),
  };
}
