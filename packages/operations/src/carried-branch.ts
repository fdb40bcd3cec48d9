import { isGitOpsError } from '@bowline/gitops-errors';
import type {
  Branch,
  ProviderRepository,
  PullRequest,
  RequestOptions,
} from '@bowline/gitops-providers';

import type { ManifestEdit } from './edit-manifest.ts';
import { commitImage } from './set-image.ts';
import type { JobOptions, SetImageResult } from './types.ts';

/** A branch that must not be thrown away. */
export interface CarriedBranch {
  readonly tip: Branch;
  /** The open pull request into the environment, if there is one. */
  readonly open: PullRequest | undefined;
}

interface Promotion {
  readonly repository: ProviderRepository;
  /** The branch of the environment. */
  readonly cluster: string;
  readonly branch: string;
}

/**
 * Tells whether the branch of an earlier run is still of use.
 *
 * @returns `undefined` when it has no open pull request, into whatever branch, and all of it has reached the environment: its commits
 * are part of it, or of a merged pull request with the same head.
 */
export async function findCarried(
  promotion: Promotion,
  tip: Branch,
  options: RequestOptions,
): Promise<CarriedBranch | undefined> {
  const { repository, cluster, branch } = promotion;
  let elsewhere = false;
  for await (const open of repository.pullRequests.list(
    { state: 'open', source: branch },
    options,
  )) {
    if (open.destination.branch === cluster) return { tip, open };
    elsewhere = true;
  }
  if (elsewhere) return { tip, open: undefined };
  const { mergeBase } = await repository.commits.compare(cluster, branch, options);
  if (mergeBase === tip.sha || (await wasMerged(promotion, tip, options))) return undefined;
  return { tip, open: undefined };
}

async function wasMerged(
  { repository, cluster, branch }: Promotion,
  tip: Branch,
  options: RequestOptions,
): Promise<boolean> {
  for await (const merged of repository.pullRequests.list(
    { state: 'merged', source: branch, destination: cluster },
    options,
  )) {
    const head = merged.source.sha;
    // Some forges shorten commit ids inside pull requests.
    return head !== undefined && head !== '' && tip.sha.startsWith(head);
  }
  return false;
}

/** Works out what the environment lacks; `undefined` where only the branch has the file, or has it so that it can be edited. */
export async function compareEnvironment(
  input: Promotion & ManifestEdit,
  base: Branch,
  options: JobOptions,
): Promise<SetImageResult | undefined> {
  const { repository, cluster, ...edit } = input;
  const { signal, dryRun = false } = options;
  try {
    const result = await commitImage(
      { input: { ...edit, branch: cluster }, repository, start: base, create: false },
      { signal, dryRun: true },
    );
    return { ...result, dry_run: dryRun };
  } catch (error) {
    const isOfFile = isGitOpsError(error) && /^(?:MANIFEST|OPERATION)_/.test(error.code);
    if (isOfFile) return undefined;
    throw error;
  }
}
