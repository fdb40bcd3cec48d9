import type { ProviderRepository, PullRequest } from '@bowline/gitops-providers';
import { isProviderError } from './provider-error.ts';
import type { JobOptions, PullRequestResult } from './types.ts';

/** What {@link createPullRequest} needs. */
export interface CreatePullRequestInput {
  readonly repository: ProviderRepository;
  readonly source: string;
  readonly destination: string;
  /** @default `Merge {source} into {destination}` */
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  /** Deletes the source branch when it is merged. @default false */
  readonly deleteAfterMerge?: boolean | undefined;
}

const DESCRIPTION = 'Opened by Bowline gitops.';

/**
 * Opens a pull request, or finds the open one of the same branches.
 *
 * An open pull request is brought up to date when a title or description is given that differs.
 *
 * @throws ProviderError what the forge refuses, such as a pull request without commits.
 */
export async function createPullRequest(
  input: CreatePullRequestInput,
  options: JobOptions = {},
): Promise<PullRequestResult> {
  const { repository, source, destination } = input;
  return reported(input, options, async () => {
    const open = await findOpenPullRequest(repository, {
      source,
      destination,
      signal: options.signal,
    });
    return ensurePullRequest(input, open, options);
  });
}

/** Does what {@link createPullRequest} does, for a caller that has looked for the open one already. */
export function ensurePullRequestAfter(
  input: CreatePullRequestInput,
  open: PullRequest | undefined,
  options: JobOptions,
): Promise<PullRequestResult> {
  return reported(input, options, () => ensurePullRequest(input, open, options));
}

async function reported(
  { source, destination }: CreatePullRequestInput,
  { onProgress }: JobOptions,
  job: () => Promise<PullRequestResult>,
): Promise<PullRequestResult> {
  const message = `Opening a pull request from "${source}" to "${destination}"`;
  onProgress?.({ step: 'create_pr', state: 'started', message });
  const result = await job();
  onProgress?.({ step: 'create_pr', state: 'done', message: result.message });
  return result;
}

function ensurePullRequest(
  input: CreatePullRequestInput,
  open: PullRequest | undefined,
  options: JobOptions,
): Promise<PullRequestResult> {
  return open === undefined ? openNew(input, options) : bringUpToDate(input, open, options);
}

async function bringUpToDate(
  input: CreatePullRequestInput,
  found: PullRequest,
  { dryRun = false, signal }: JobOptions,
): Promise<PullRequestResult> {
  const { title, description } = input;
  const differs =
    (title !== undefined && title !== found.title) ||
    (description !== undefined && description !== found.description);
  const current =
    differs && !dryRun
      ? await input.repository.pullRequests.update(
          found.id,
          {
            ...(title === undefined ? {} : { title }),
            ...(description === undefined ? {} : { description }),
          },
          { signal },
        )
      : found;
  return describe(input, current, {
    created: false,
    dryRun,
    message: differs
      ? `Pull request #${found.id} is open already; ${dryRun ? 'would update' : 'updated'} its text.`
      : `Pull request #${found.id} is open already.`,
  });
}

/** Finds the open pull request of two branches; `undefined` when there is none. */
export async function findOpenPullRequest(
  repository: ProviderRepository,
  filter: {
    readonly source: string;
    readonly destination: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<PullRequest | undefined> {
  const { source, destination, signal } = filter;
  // One that cannot be read is named by a list; it must not keep everybody from opening another.
  const options = { signal, onUnreadable: () => undefined };
  for await (const found of repository.pullRequests.list(
    { state: 'open', source, destination },
    options,
  )) {
    return found;
  }
  return undefined;
}

async function openNew(
  input: CreatePullRequestInput,
  options: JobOptions,
): Promise<PullRequestResult> {
  const { repository, source, destination, deleteAfterMerge = false } = input;
  const { signal, dryRun = false } = options;
  const title = input.title ?? `Merge ${source} into ${destination}`;
  if (dryRun) {
    return {
      ...describe(input, undefined, {
        created: true,
        dryRun,
        message: `Would open a pull request from "${source}" to "${destination}".`,
      }),
      title,
    };
  }
  try {
    const made = await repository.pullRequests.create(
      {
        title,
        source,
        destination,
        description: input.description ?? DESCRIPTION,
        deleteSourceBranch: deleteAfterMerge,
      },
      { signal },
    );
    return describe(input, made, {
      created: true,
      dryRun,
      message: `Opened pull request #${made.id} from "${source}" to "${destination}".`,
    });
  } catch (error) {
    if (!isProviderError(error, 'PROVIDER_ALREADY_EXISTS')) throw error;
    // Opened by somebody else since the list was read.
    const found = await findOpenPullRequest(repository, { source, destination, signal });
    if (found === undefined) throw error;
    return bringUpToDate(input, found, options);
  }
}

function describe(
  input: CreatePullRequestInput,
  pullRequest: PullRequest | undefined,
  facts: { readonly created: boolean; readonly dryRun: boolean; readonly message: string },
): PullRequestResult {
  return {
    success: true,
    repository: input.repository.fullName,
    source: input.source,
    destination: input.destination,
    delete_after_merge: input.deleteAfterMerge ?? false,
    title: pullRequest?.title ?? '',
    created: facts.created,
    pr_id: pullRequest?.id ?? null,
    pr_url: pullRequest?.webUrl ?? null,
    dry_run: facts.dryRun,
    message: facts.message,
  };
}
