import type { PullRequest, PullRequestFilter, RequestOptions } from '../types.ts';
import type { GitDirectory } from './git-directory.ts';
import {
  readPullRequest,
  readPullRequestDocument,
  toPullRequest,
} from './pull-request-document.ts';

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
    // What is cheap to tell apart first: how the branches stand to each other takes a walk through the history.
    const written = readPullRequestDocument(directory, id, version);
    if (filter.source !== undefined && written.source.branch !== filter.source) continue;
    if (filter.destination !== undefined && written.destination.branch !== filter.destination) {
      continue;
    }
    if (state !== 'all' && state !== written.state && written.state !== 'open') continue;
    const pull = readPullRequest(directory, id, version);
    if (state === 'all' || pull.document.state === state) yield toPullRequest(directory, pull);
  }
}
