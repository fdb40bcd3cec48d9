import { ProviderError } from '../errors.ts';
import type {
  ListPullRequestsOptions,
  PullRequest,
  PullRequestFilter,
} from '../pull-request-types.ts';
import type { GitDirectory } from './git-directory.ts';
import {
  readPullRequest,
  readPullRequestDocument,
  toPullRequest,
} from './pull-request-document.ts';

/** Where pull requests are: `<prefix><id>/meta` and `<prefix><id>/head`. */
export const PULL_REQUEST_PREFIX = 'refs/bowline/pull/';

/** Lists pull requests, newest first. One that cannot be read takes nothing from the others. */
export async function* listPullRequests(
  open: () => GitDirectory,
  filter: PullRequestFilter,
  options: ListPullRequestsOptions,
): AsyncIterable<PullRequest> {
  options.signal?.throwIfAborted();
  const directory = open();
  const found = directory.refs.list(PULL_REQUEST_PREFIX).flatMap(([name, version]) => {
    const id = /^([1-9]\d{0,8})\/meta$/.exec(name.slice(PULL_REQUEST_PREFIX.length))?.[1];
    return id === undefined ? [] : [{ id: Number(id), version }];
  });
  let first: ProviderError | undefined;
  const report = options.onUnreadable ?? ((error) => (first ??= error));
  for (const { id, version } of found.sort((a, b) => b.id - a.id)) {
    options.signal?.throwIfAborted();
    const pull = readMatching(directory, { id, version, filter });
    if (pull instanceof ProviderError) report(pull);
    else if (pull !== undefined) yield pull;
  }
  if (first !== undefined) throw first;
}

/** Reads a pull request if the filter wants it. What makes it unreadable is returned. */
function readMatching(
  directory: GitDirectory,
  wanted: { readonly id: number; readonly version: string; readonly filter: PullRequestFilter },
): PullRequest | ProviderError | undefined {
  const { id, version, filter } = wanted;
  const { state = 'open', source, destination } = filter;
  try {
    // What is cheap to tell apart first: how the branches stand to each other takes a walk through the history.
    const written = readPullRequestDocument(directory, id, version);
    if (source !== undefined && written.source.branch !== source) return undefined;
    if (destination !== undefined && written.destination.branch !== destination) return undefined;
    if (state !== 'all' && state !== written.state && written.state !== 'open') return undefined;
    const pull = readPullRequest(directory, id, version);
    const matches = state === 'all' || pull.document.state === state;
    return matches ? toPullRequest(directory, pull) : undefined;
  } catch (error) {
    const damaged =
      error instanceof ProviderError &&
      (error.code === 'PROVIDER_BAD_RESPONSE' || error.code === 'PROVIDER_LIMIT_EXCEEDED');
    if (damaged) return error;
    throw error;
  }
}
