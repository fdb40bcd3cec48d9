import type { Answer } from '../forge/exchange.ts';
import { type DatacenterExchange, failure, repositoryPage, userJson } from './exchange.ts';
import { repositoryJson } from './ref-routes.ts';
import type { PullRequestState } from './repository-state.ts';

/** A pull request as the server writes one. */
export async function pullJson(
  exchange: DatacenterExchange,
  pull: PullRequestState,
): Promise<Record<string, unknown>> {
  const { repository } = exchange;
  const open = pull.state === 'OPEN';
  const side = async (
    branch: string,
    { fixed, home }: { readonly fixed: string | undefined; readonly home: object },
  ) => ({
    id: `refs/heads/${branch}`,
    displayId: branch,
    type: 'BRANCH',
    latestCommit: (open ? await repository.branch(branch) : fixed) ?? fixed ?? null,
    repository: home,
  });
  const self = repositoryJson(repository);
  const [forkKey = '', forkSlug = ''] = pull.fork?.split('/') ?? [];
  const source = pull.fork === undefined ? self : repositoryJson({ key: forkKey, slug: forkSlug });
  return {
    id: pull.id,
    version: pull.version,
    title: pull.title,
    ...(pull.description === undefined ? {} : { description: pull.description }),
    state: pull.state,
    open,
    closed: !open,
    draft: pull.draft,
    locked: false,
    createdDate: pull.createdDate,
    updatedDate: pull.updatedDate,
    ...(open ? {} : { closedDate: pull.updatedDate }),
    fromRef: await side(pull.source, { fixed: pull.sourceHash, home: source }),
    toRef: await side(pull.destination, { fixed: pull.destinationHash, home: self }),
    author: { user: userJson(pull.author), role: 'AUTHOR', approved: false, status: 'UNAPPROVED' },
    reviewers: pull.reviewers.map((user) => {
      const approved = pull.approvals.has(user.slug);
      const status = approved ? 'APPROVED' : 'UNAPPROVED';
      return { user: userJson(user), role: 'REVIEWER', approved, status };
    }),
    participants: [],
    ...(pull.mergeCommit === undefined
      ? {}
      : {
          properties: {
            mergeCommit: { id: pull.mergeCommit, displayId: pull.mergeCommit.slice(0, 11) },
          },
        }),
    links: { self: [{ href: `${repositoryPage(exchange)}/pull-requests/${pull.id}` }] },
  };
}

/** Answers with a pull request. */
export async function pullAnswer(
  exchange: DatacenterExchange,
  pull: PullRequestState,
  status = 200,
): Promise<Answer> {
  return { status, json: await pullJson(exchange, pull) };
}

/** Runs a handler on the pull request that the path names. */
export function withPull(
  handler: (exchange: DatacenterExchange, pull: PullRequestState) => Promise<Answer>,
): (exchange: DatacenterExchange) => Promise<Answer> {
  return async (exchange) => {
    const [id] = exchange.parts;
    const pull = exchange.repository.pulls.find((each) => String(each.id) === id);
    return pull === undefined
      ? failure(404, 'pull.NoSuchPullRequestException', `Pull request ${id} does not exist.`)
      : handler(exchange, pull);
  };
}

/** Refuses a write that goes with another version than the current one. */
export function staleVersion(pull: PullRequestState, version: unknown): Answer | undefined {
  if (Number(version) === pull.version) return undefined;
  return failure(
    409,
    'pull.PullRequestOutOfDateException',
    'You are attempting to modify a pull request based on out-of-date information.',
  );
}

export const notOpen = (pull: PullRequestState): Answer =>
  failure(
    409,
    'pull.IllegalPullRequestStateException',
    `Pull request ${pull.id} is ${pull.state.toLowerCase()}.`,
  );
