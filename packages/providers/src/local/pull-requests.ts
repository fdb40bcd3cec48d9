import { ProviderError } from '../errors.ts';
import type {
  CreatePullRequest,
  PullRequest,
  PullRequestFilter,
  PullRequests,
  RequestOptions,
} from '../types.ts';
import { compareCommits } from './commits.ts';
import { writeDocument } from './document.ts';
import { type GitDirectory, requireRef } from './git-directory.ts';
import { lockFile } from './lock-file.ts';
import { mergePullRequest } from './merge-pull-request.ts';
import { branchRef, invalid } from './names.ts';
import {
  findPullRequest,
  headRef,
  metaRef,
  PULL_REQUEST_FILE,
  type PullRequestDocument,
  readPullRequest,
  type StoredPullRequest,
  toPullRequest,
} from './pull-request-document.ts';
import { updateRefs } from './ref-transaction.ts';

const MAX_ATTEMPTS = 20;
const PREFIX = 'refs/bowline/pull/';

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
      const directory = open();
      return show(directory, await mergePullRequest(directory, { id, input }, options));
    },
    approve: async (id, options = {}) => {
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

async function createPullRequest(
  directory: GitDirectory,
  input: CreatePullRequest,
  options: RequestOptions,
): Promise<PullRequest> {
  const title = checkTitle(input.title);
  const { refs, settings } = directory;
  if (input.source === input.destination) throw sameBranch(input.source);
  const source = requireRef(directory, branchRef(input.source));
  const destination = requireRef(directory, branchRef(input.destination));
  if (directory.history.isAncestor(source, destination)) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `branch "${input.source}" has no commit that "${input.destination}" lacks`,
      { hint: 'Commit to the source branch first.' },
    );
  }
  const wait = { signal: options.signal, lockTimeoutMs: settings.lockTimeoutMs };
  // One process at a time: the next number and "is there one already" hold until the new one is written.
  const lock = await lockFile(refs.path(`${PREFIX}create`), wait);
  try {
    for await (const other of listPullRequests(() => directory, input, options)) {
      throw new ProviderError(
        'PROVIDER_ALREADY_EXISTS',
        `pull request ${other.id} from "${input.source}" to "${input.destination}" is open already`,
        { details: { id: other.id, webUrl: other.webUrl } },
      );
    }
    const id = Math.max(0, ...pullRequestIds(directory)) + 1;
    const now = settings.clock().toISOString();
    const document: PullRequestDocument = {
      version: 1,
      title,
      description: input.description ?? '',
      state: 'open',
      draft: input.draft ?? false,
      source: { branch: input.source, sha: source },
      destination: { branch: input.destination, sha: destination },
      deleteSourceBranch: input.deleteSourceBranch ?? false,
      author: settings.author.name,
      approvals: [],
      comments: [],
      createdAt: now,
      updatedAt: now,
    };
    const version = await writeDocument(directory, {
      fileName: PULL_REQUEST_FILE,
      value: document,
      previous: undefined,
      event: `Open pull request ${id}: ${title}`,
    });
    const moved = await updateRefs(
      refs,
      [
        { name: headRef(id), expected: undefined, next: source },
        { name: metaRef(id), expected: undefined, next: version },
      ],
      wait,
    );
    if (moved !== undefined) {
      throw new ProviderError(
        'PROVIDER_CONFLICT',
        `"${moved}" was made by another program just now`,
      );
    }
    return toPullRequest(directory, readPullRequest(directory, id, version));
  } finally {
    await lock.release();
  }
}

/** Every number that was ever given, also those of pull requests of which only the head could be written. */
function pullRequestIds({ refs }: GitDirectory): readonly number[] {
  return refs.list(PREFIX).flatMap(([name]) => {
    const id = /^(\d{1,9})\//.exec(name.slice(PREFIX.length))?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

async function* listPullRequests(
  open: () => GitDirectory,
  filter: PullRequestFilter,
  options: RequestOptions,
): AsyncIterable<PullRequest> {
  options.signal?.throwIfAborted();
  const directory = open();
  const state = filter.state ?? 'open';
  const found = directory.refs.list(PREFIX).flatMap(([name, version]) => {
    const id = /^([1-9]\d{0,8})\/meta$/.exec(name.slice(PREFIX.length))?.[1];
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

function requirePullRequest(directory: GitDirectory, id: number): StoredPullRequest {
  const pull = findPullRequest(directory, id);
  if (pull !== undefined) return pull;
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `there is no pull request ${id} in repository "${directory.fullName}"`,
  );
}

interface Edit {
  readonly id: number;
  /** What the log of the ref says, such as `Approve`. */
  readonly event: string;
  /** Returns the document itself when there is nothing to do. Runs again when another process was faster. */
  readonly change: (document: PullRequestDocument) => PullRequestDocument;
}

async function editPullRequest(
  directory: GitDirectory,
  edit: Edit,
  options: RequestOptions,
): Promise<StoredPullRequest> {
  const { refs, settings } = directory;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    options.signal?.throwIfAborted();
    const pull = requirePullRequest(directory, edit.id);
    const changed = edit.change(pull.document);
    if (changed === pull.document) return pull;
    // The tip goes into the record while there is one, so that a closed pull request still shows what it was about.
    const sha = (pull.document.state === 'open' ? pull.sourceTip : undefined) ?? changed.source.sha;
    const document = {
      ...changed,
      source: { ...changed.source, sha },
      updatedAt: settings.clock().toISOString(),
    };
    const version = await writeDocument(directory, {
      fileName: PULL_REQUEST_FILE,
      value: document,
      previous: pull.version,
      event: `${edit.event} pull request ${edit.id}: ${document.title}`,
    });
    const moved = await updateRefs(
      refs,
      [
        { name: headRef(edit.id), expected: refs.resolve(headRef(edit.id)), next: sha },
        { name: metaRef(edit.id), expected: pull.version, next: version },
      ],
      { signal: options.signal, lockTimeoutMs: settings.lockTimeoutMs },
    );
    if (moved === undefined) return { ...pull, version, document };
  }
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `pull request ${edit.id} was changed by others ${MAX_ATTEMPTS} times in a row`,
  );
}

function checkTitle(title: string): string {
  if (title.trim() === '') throw invalid('the title of a pull request is empty');
  return title;
}

function sameBranch(branch: string): ProviderError {
  return invalid(`"${branch}" cannot be both the source and the destination`);
}

function notOpen(id: number, state: string): ProviderError {
  return new ProviderError('PROVIDER_REJECTED', `pull request ${id} is ${state}`, {
    hint: 'Only an open pull request can be changed.',
  });
}
