import { type Answer, jsonBody } from '../forge/exchange.ts';
import { type MergeStrategy, mergeBranches } from '../forge/merge.ts';
import {
  type DatacenterExchange,
  type DatacenterRoute,
  failure,
  noUser,
  userOf,
} from './exchange.ts';
import { notOpen, pullAnswer, staleVersion, withPull } from './pull-request-json.ts';
import type { PullRequestState, RepositoryState } from './repository-state.ts';

const strategies: Readonly<Record<string, MergeStrategy>> = {
  'no-ff': 'merge',
  squash: 'squash',
  'ff-only': 'fast-forward',
  'rebase-ff-only': 'rebase',
  'rebase-no-ff': 'rebase-merge',
};

interface Veto {
  readonly summaryMessage: string;
  readonly detailedMessage: string;
}

function vetoesOf({ merging }: RepositoryState, pull: PullRequestState): readonly Veto[] {
  const missing = merging.requiredApprovals - pull.approvals.size;
  return [
    ...(missing > 0
      ? [
          {
            summaryMessage: 'Not all required reviewers have approved yet.',
            detailedMessage: `You still need ${missing} more approval(s) before this pull request can be merged.`,
          },
        ]
      : []),
    ...(pull.draft
      ? [
          {
            summaryMessage: 'This pull request is a draft.',
            detailedMessage: 'Draft pull requests cannot be merged.',
          },
        ]
      : []),
  ];
}

async function isConflicted(
  { store }: RepositoryState,
  { source, destination }: PullRequestState,
): Promise<boolean> {
  const result = await mergeBranches(store, {
    source,
    destination,
    strategy: 'merge',
    message: 'test',
  });
  return result === 'conflict';
}

async function readMergeability(
  { repository }: DatacenterExchange,
  pull: PullRequestState,
): Promise<Answer> {
  if (pull.state !== 'OPEN') return notOpen(pull);
  const vetoes = vetoesOf(repository, pull);
  const conflicted = await isConflicted(repository, pull);
  return {
    status: 200,
    json: {
      canMerge: !conflicted && vetoes.length === 0,
      conflicted,
      outcome: conflicted ? 'CONFLICTED' : 'CLEAN',
      vetoes,
    },
  };
}

const conflictAnswer = failure(
  409,
  'pull.PullRequestMergeVetoedException',
  'The pull request has conflicts and cannot be merged.',
);

async function merge(exchange: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  const { repository, query } = exchange;
  if (userOf(exchange) === undefined) return noUser;
  const stale = staleVersion(pull, query.get('version'));
  if (stale !== undefined) return stale;
  if (pull.state !== 'OPEN') return notOpen(pull);
  const body = jsonBody(exchange);
  const strategyId = typeof body['strategyId'] === 'string' ? body['strategyId'] : undefined;
  const message = typeof body['message'] === 'string' ? body['message'] : undefined;
  const vetoes = vetoesOf(repository, pull);
  if (body['autoMerge'] === true) {
    if (!repository.merging.autoMerge) {
      return failure(
        403,
        'pull.AutoMergeDisabledException',
        'Auto-merge is not enabled for this repository.',
      );
    }
    if (vetoes.length > 0) {
      const fromHash = await repository.branch(pull.source);
      pull.autoMerge = { strategyId, message, fromHash };
      return pullAnswer(exchange, pull);
    }
  }
  if (vetoes.length > 0) {
    return failure(
      409,
      'pull.PullRequestMergeVetoedException',
      'Merging the pull request was vetoed by one or more merge checks.',
    );
  }
  const refusal = await perform(repository, pull, { strategyId, message });
  return refusal ?? pullAnswer(exchange, pull);
}

/** Merges in the Git repository, and closes the pull request. */
async function perform(
  repository: RepositoryState,
  pull: PullRequestState,
  how: { readonly strategyId: string | undefined; readonly message: string | undefined },
): Promise<Answer | undefined> {
  const { store, merging } = repository;
  const id = how.strategyId ?? merging.defaultStrategy;
  if (!merging.strategies.includes(id)) {
    return failure(
      409,
      'pull.MergeStrategyException',
      `The merge strategy "${id}" is not enabled.`,
    );
  }
  const source = await repository.branch(pull.source);
  const destination = await repository.branch(pull.destination);
  const strategy = strategies[id];
  if (source === undefined || destination === undefined || strategy === undefined) {
    return failure(409, 'pull.PullRequestMergeVetoedException', 'A branch is gone.');
  }
  const message =
    how.message ?? `Merge pull request #${pull.id} from ${pull.source} to ${pull.destination}`;
  const result = await mergeBranches(store, { source, destination, strategy, message });
  if (result === 'conflict') return conflictAnswer;
  if (typeof result === 'string') {
    return failure(409, 'scm.FastForwardException', 'The branches cannot be fast-forwarded.');
  }
  await store.setRef(`refs/heads/${pull.destination}`, result.sha);
  pull.sourceHash = source;
  pull.destinationHash = destination;
  pull.mergeCommit = result.sha;
  pull.state = 'MERGED';
  pull.autoMerge = undefined;
  pull.version += 1;
  pull.updatedDate = repository.now();
  return undefined;
}

/** Merges what waits and may be merged now, as the server does after an approval or a build. */
export async function mergeWaiting(repository: RepositoryState): Promise<void> {
  for (const pull of repository.pulls) {
    const wish = pull.autoMerge;
    if (pull.state !== 'OPEN' || wish === undefined) continue;
    // A push to the source takes the wish back.
    if (wish.fromHash !== (await repository.branch(pull.source))) pull.autoMerge = undefined;
    else if (vetoesOf(repository, pull).length === 0) await perform(repository, pull, wish);
  }
}

async function readAutoMerge(_: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.autoMerge === undefined) {
    return failure(404, 'pull.NoSuchAutoMergeException', 'Auto-merge was not requested.');
  }
  const { strategyId = null, message = null, fromHash } = pull.autoMerge;
  const toRefId = `refs/heads/${pull.destination}`;
  const createdDate = pull.updatedDate;
  return {
    status: 200,
    json: { autoSubject: true, createdDate, fromHash, message, strategyId, toRefId },
  };
}

async function cancelAutoMerge(_: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.state !== 'OPEN') return notOpen(pull);
  if (pull.autoMerge === undefined) {
    return failure(404, 'pull.NoSuchAutoMergeException', 'Auto-merge was not requested.');
  }
  pull.autoMerge = undefined;
  return { status: 204 };
}

async function readSettings({ repository: { merging } }: DatacenterExchange): Promise<Answer> {
  const all = [
    'no-ff',
    'ff',
    'ff-only',
    'rebase-no-ff',
    'rebase-ff-only',
    'squash',
    'squash-ff-only',
  ];
  const json = (id: string) => ({
    id,
    name: id,
    flag: id,
    enabled: merging.strategies.includes(id),
  });
  return {
    status: 200,
    json: {
      mergeConfig: {
        defaultStrategy: json(merging.defaultStrategy),
        strategies: all.map(json),
        type: 'REPOSITORY',
        commitSummaries: 20,
      },
      requiredAllApprovers: false,
      requiredAllTasksComplete: false,
    },
  };
}

/** Merges, now and later. */
export const mergeRoutes: readonly DatacenterRoute[] = [
  ['GET', /^\/settings\/pull-requests$/, readSettings],
  ['GET', /^\/pull-requests\/(\d+)\/merge$/, withPull(readMergeability)],
  ['POST', /^\/pull-requests\/(\d+)\/merge$/, withPull(merge)],
  ['GET', /^\/pull-requests\/(\d+)\/auto-merge$/, withPull(readAutoMerge)],
  ['DELETE', /^\/pull-requests\/(\d+)\/auto-merge$/, withPull(cancelAutoMerge)],
];
