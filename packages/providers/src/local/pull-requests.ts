import { checkComment } from '../comment-marker.ts';
import { ProviderError } from '../errors.ts';
import type { PullRequests } from '../pull-request-types.ts';
import { compareCommits } from './commits.ts';
import { checkTitle, createPullRequest, sameBranch } from './create-pull-request.ts';
import { editPullRequest, requirePullRequest } from './edit-pull-request.ts';
import { type GitDirectory, requireRef } from './git-directory.ts';
import { listPullRequests } from './list-pull-requests.ts';
import { mergePullRequest } from './merge-pull-request.ts';
import { branchRef } from './names.ts';
import {
  findPullRequest,
  type PullRequestDocument,
  type StoredPullRequest,
  toPullRequest,
} from './pull-request-document.ts';

/** Pull requests that live in the repository, as commits below `refs/bowline/pull/`. */
export function pullRequests(open: () => GitDirectory): PullRequests {
  const show = (directory: GitDirectory, pull: StoredPullRequest) => toPullRequest(directory, pull);
  return {
    create: async (input, options = {}) => {
      options.signal?.throwIfAborted();
      return createPullRequest(open(), input, options);
    },
    get: async (id, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const pull = findPullRequest(directory, id);
      return pull === undefined ? undefined : show(directory, pull);
    },
    list: (filter = {}, options = {}) => listPullRequests(open, filter, options),
    update: async (id, changes, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const destination =
        changes.destination === undefined
          ? undefined
          : {
              branch: changes.destination,
              sha: requireRef(directory, branchRef(changes.destination)),
            };
      const title = changes.title === undefined ? undefined : checkTitle(changes.title);
      const change = (document: PullRequestDocument): PullRequestDocument => {
        if (document.state !== 'open') throw notOpen(id, document.state);
        if (destination?.branch === document.source.branch) throw sameBranch(destination.branch);
        return {
          ...document,
          title: title ?? document.title,
          description: changes.description ?? document.description,
          destination: destination ?? document.destination,
        };
      };
      return show(
        directory,
        await editPullRequest(directory, { id, event: 'Update', change }, options),
      );
    },
    merge: async (id, input = {}, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      return show(directory, await mergePullRequest(directory, { id, input }, options));
    },
    approve: async (id, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const { author } = directory.settings;
      const who = `${author.name} <${author.email}>`;
      const change = (document: PullRequestDocument) =>
        document.approvals.includes(who)
          ? document
          : { ...document, approvals: [...document.approvals, who] };
      await editPullRequest(directory, { id, event: 'Approve', change }, options);
    },
    unapprove: async (id, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const { author } = directory.settings;
      const who = `${author.name} <${author.email}>`;
      const change = (document: PullRequestDocument) =>
        document.approvals.includes(who)
          ? { ...document, approvals: document.approvals.filter((name) => name !== who) }
          : document;
      await editPullRequest(directory, { id, event: 'Take back the approval of', change }, options);
    },
    decline: async (id, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const change = (document: PullRequestDocument): PullRequestDocument => {
        if (document.state === 'declined') return document;
        if (document.state !== 'open') throw notOpen(id, document.state);
        return { ...document, state: 'declined' };
      };
      return show(
        directory,
        await editPullRequest(directory, { id, event: 'Decline', change }, options),
      );
    },
    comment: async (id, body, options = {}) => {
      options.signal?.throwIfAborted();
      checkComment(body, options.marker);
      const directory = open();
      let commentId = '';
      const change = (document: PullRequestDocument): PullRequestDocument => {
        const now = directory.settings.clock().toISOString();
        const { marker } = options;
        const former =
          marker === undefined
            ? undefined
            : document.comments.find((item) => item.marker === marker);
        commentId = former?.id ?? String(document.comments.length + 1);
        const comment = {
          id: commentId,
          ...(marker === undefined ? {} : { marker }),
          body,
          author: directory.settings.author.name,
          createdAt: former?.createdAt ?? now,
          updatedAt: now,
        };
        const comments =
          former === undefined
            ? [...document.comments, comment]
            : document.comments.map((item) => (item === former ? comment : item));
        return { ...document, comments };
      };
      await editPullRequest(directory, { id, event: 'Comment on', change }, options);
      return { id: commentId };
    },
    diff: async (id, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const { document, sourceTip, destinationTip } = requirePullRequest(directory, id);
      const stays = document.state === 'open';
      const head = (stays ? sourceTip : undefined) ?? document.source.sha;
      const base = (stays ? destinationTip : undefined) ?? document.destination.sha;
      return (await compareCommits(directory, base, head)).diff();
    },
  };
}

function notOpen(id: number, state: string): ProviderError {
  return new ProviderError('PROVIDER_REJECTED', `pull request ${id} is ${state}`, {
    hint: 'Only an open pull request can be changed.',
  });
}
