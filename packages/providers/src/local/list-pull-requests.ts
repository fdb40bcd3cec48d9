import type { PullRequest, PullRequestFilter, RequestOptions } from '../types.ts';
import type { GitDirectory } from './git-directory.ts';
import { readPullRequest, toPullRequest } from './pull-request-document.ts';

/** Where pull requests are: `<prefix><id>/meta` and `<prefix><id>/head`. */
export const PULL_REQUEST_PREFIX = 'refs/bowline/pull/';

/** Lists pull requests, newest first. */
export async function* listPullRequests(
  open: () => GitDirectory,
  filter: PullRequestFilter,
  options: RequestOptions,
): AsyncIterable<PullRequest> {
  options.signal?.throwIfAborted();
  const directory = open();
  const state = filter.state ?? 'open';
  const found = directory.refs.list(PULL_REQUEST_PREFIX).flatMap(([name, version]) => {
    const id = /^([1-9]\d{0,8})\/meta$/.exec(name.slice(PULL_REQUEST_PREFIX.length))?.[1];
    return id === undefined ? [] : [{ id: Number(id), version }];
  });
  for (const { id, version } of found.sort((a, b) => b.id - a.id)) {
    options.signal?.throwIfAborted();
    const pull = readPullRequest(directory, id, version);
    const { document } = pull;
    if (state !== 'all' && document.state !== state) continue;
    if (filter.source !== undefined && document.source.branch !== filter.source) continue;
    if (filter.destination !== undefined && document.destination.branch !== filter.destination)
      continue;
    yield toPullRequest(directory, pull);
  }
}
