import { sendForLinkedPages } from '../http/pages.ts';
import type { PullRequestFilter } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { isFromFork, stateOf } from './pull-request-answer.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const states = { open: 'open', merged: 'closed', declined: 'closed', all: 'all' } as const;

/** Lists pull requests as GitHub answers, newest first. */
export async function* listAnswers(
  api: RepositoryApi,
  filter: PullRequestFilter,
  { signal }: RequestOptions,
): AsyncGenerator<PullRequestAnswer, void, undefined> {
  const { state = 'open', source, destination } = filter;
  const pages = sendForLinkedPages(api, pullRequestSchema, {
    path: '/pulls',
    query: [
      ['state', states[state]],
      // Without the owner GitHub takes no notice of it.
      ...(source === undefined ? [] : [['head', `${api.owner}:${source}`] as const]),
      ...(destination === undefined ? [] : [['base', destination] as const]),
      ['sort', 'created'],
      ['direction', 'desc'],
      ['per_page', '100'],
    ],
    expect: [200],
    doing: `list the pull requests of "${api.fullName}"`,
    signal,
  });
  for await (const answer of pages) {
    if (state !== 'all' && stateOf(answer) !== state) continue;
    // An owner may have a fork beside the repository, with a branch of that name.
    if (source !== undefined && (answer.head.ref !== source || isFromFork(answer))) continue;
    if (destination !== undefined && answer.base.ref !== destination) continue;
    yield answer;
  }
}

/** Finds the open pull request of two branches of this repository. */
export async function findOpen(
  api: RepositoryApi,
  branches: { readonly source: string; readonly destination: string },
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  const { source, destination } = branches;
  for await (const answer of listAnswers(api, { source, destination }, options)) return answer;
  return undefined;
}
