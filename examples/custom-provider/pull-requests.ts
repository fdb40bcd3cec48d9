import type { CreatePullRequest, PullRequest, PullRequests } from '@bowline/gitops-providers';
import { checkMarker, checkRef, refuse } from './checks.ts';
import { diffOf } from './commits.ts';
import type { Pull, Repository } from './forge.ts';
import { mergePull } from './merge.ts';
import { each, on, type Place, resolve } from './place.ts';

export function pullRequests(place: Place): PullRequests {
  const show = (repository: Repository, pull: Pull) => toPullRequest(place, repository, pull);
  return {
    create: (input, options) =>
      on(place, options, (repository) => show(repository, createPull(place, repository, input))),
    get: (id, options) =>
      on(place, options, (repository) => {
        const pull = repository.pulls.find((item) => item.id === id);
        return pull === undefined ? undefined : show(repository, pull);
      }),
    list: (filter = {}, options = {}) =>
      each(place, options, (repository) => {
        const { state = 'open', source, destination } = filter;
        return repository.pulls
          .filter((pull) => state === 'all' || pull.state === state)
          .filter((pull) => source === undefined || pull.source === source)
          .filter((pull) => destination === undefined || pull.destination === destination)
          .toReversed()
          .map((pull) => show(repository, pull));
      }),
    update: (id, changes, options) =>
      on(place, options, (repository) => {
        const pull = requirePull(repository, id);
        const { title, description, destination } = changes;
        if (destination !== undefined) requireBranch(repository, destination);
        pull.title = title ?? pull.title;
        pull.description = description ?? pull.description;
        pull.destination = destination ?? pull.destination;
        pull.updatedAt = place.forge.now();
        return show(repository, pull);
      }),
    merge: (id, input = {}, options = {}) =>
      on(place, options, (repository) => {
        const pull = requirePull(repository, id);
        // Merging a merged one answers with it, so that a job may be run again.
        if (pull.state !== 'merged') mergePull(place, { repository, pull, input });
        return show(repository, pull);
      }),
    approve: (id, options) =>
      on(place, options, (repository) => {
        requirePull(repository, id).approvals.add('me');
      }),
    unapprove: (id, options) =>
      on(place, options, (repository) => {
        requirePull(repository, id).approvals.delete('me');
      }),
    decline: (id, options) =>
      on(place, options, (repository) => {
        const pull = requirePull(repository, id);
        if (pull.state === 'merged') {
          throw refuse('PROVIDER_REJECTED', `Pull request ${id} is merged.`);
        }
        if (pull.state === 'open') pull.closedAt = tipsOf(repository, pull);
        pull.state = 'declined';
        return show(repository, pull);
      }),
    comment: (id, body, options) =>
      on(place, options, (repository) => {
        const { comments } = requirePull(repository, id);
        if (body.trim() === '') throw refuse('PROVIDER_INVALID_ARGUMENT', 'A comment is empty.');
        const marker = options?.marker === undefined ? undefined : checkMarker(options.marker);
        const former = comments.find((item) => marker !== undefined && item.marker === marker);
        const comment = former ?? { id: String(comments.length + 1), marker, body };
        comment.body = body;
        if (former === undefined) comments.push(comment);
        return { id: comment.id };
      }),
    diff: (id, options) =>
      on(place, options, (repository) => {
        const pull = requirePull(repository, id);
        const { source, destination } = pull.closedAt ?? tipsOf(repository, pull);
        return diffOf(
          repository,
          resolve(repository, destination ?? pull.destination),
          resolve(repository, source ?? pull.source),
        );
      }),
  };
}

function createPull(place: Place, repository: Repository, input: CreatePullRequest): Pull {
  const { title, source, destination, description = '', draft = false } = input;
  const [from, to] = [requireBranch(repository, source), requireBranch(repository, destination)];
  const existing = repository.pulls.find(
    (pull) => pull.state === 'open' && pull.source === source && pull.destination === destination,
  );
  if (existing !== undefined) {
    throw refuse('PROVIDER_ALREADY_EXISTS', `Pull request ${existing.id} is open for these.`);
  }
  if (repository.mergeBase(to, from) === from) {
    throw refuse('PROVIDER_REJECTED', `"${source}" has nothing that "${destination}" lacks.`);
  }
  const now = place.forge.now();
  const pull: Pull = {
    id: repository.pulls.length + 1,
    title,
    description,
    source,
    destination,
    draft,
    deleteSourceBranch: input.deleteSourceBranch ?? false,
    state: 'open',
    closedAt: undefined,
    mergeCommit: undefined,
    createdAt: now,
    updatedAt: now,
    approvals: new Set(),
    comments: [],
  };
  repository.pulls.push(pull);
  return pull;
}

function requirePull(repository: Repository, id: number): Pull {
  const pull = repository.pulls.find((item) => item.id === id);
  if (pull !== undefined) return pull;
  throw refuse('PROVIDER_NOT_FOUND', `There is no pull request ${id}.`);
}

function requireBranch({ branches }: Repository, name: string): string {
  const sha = branches.get(checkRef(name));
  if (sha !== undefined) return sha;
  throw refuse('PROVIDER_NOT_FOUND', `There is no branch "${name}".`);
}

function tipsOf({ branches }: Repository, { source, destination }: Pull) {
  return { source: branches.get(source), destination: branches.get(destination) };
}

function toPullRequest(place: Place, repository: Repository, pull: Pull): PullRequest {
  // While it is open the source follows its branch.
  const tips = pull.closedAt ?? tipsOf(repository, pull);
  const { id, title, description, state, draft, mergeCommit, createdAt, updatedAt } = pull;
  return {
    id,
    title,
    description,
    state,
    draft,
    source: { branch: pull.source, sha: tips.source },
    destination: { branch: pull.destination, sha: tips.destination },
    author: 'me',
    webUrl: `${place.webUrl}/pulls/${id}`,
    mergeCommit,
    createdAt,
    updatedAt,
  };
}
