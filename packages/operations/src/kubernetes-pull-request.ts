import { parseWantedImage } from '@bowline/gitops-manifests';
import type {
  Branch,
  MergeStrategy,
  ProviderRepository,
  PullRequest,
} from '@bowline/gitops-providers';
import { type CarriedBranch, compareEnvironment, findCarried } from './carried-branch.ts';
import { editInOrder } from './edit-in-order.ts';
import { OperationError } from './errors.ts';
import { mergeFound } from './merge-pull-request.ts';
import { describeChange } from './promotion-text.ts';
import { createPullRequest, ensurePullRequestAfter } from './pull-request.ts';
import { requireBranch } from './require-branch.ts';
import { commitImage, type ImageCommit } from './set-image.ts';
import type {
  CommitOptions,
  CreateBranchResult,
  JobOptions,
  KubernetesPullRequestResult,
  KubernetesPullRequestStep,
  SetImageResult,
} from './types.ts';

/** What {@link kubernetesPullRequest} needs. */
export interface KubernetesPullRequestInput {
  readonly repository: ProviderRepository;
  /** The branch of the environment, such as `prod`. */
  readonly cluster: string;
  readonly namespace: string;
  readonly deploy: string;
  /** Full reference, a bare tag (`2.1.0`), or `@sha256:…`. */
  readonly image: string;
  /** The branch that carries the change. */
  readonly branch: string;
  /** Path of the manifest, from the root of the repository. */
  readonly path: string;
  readonly container?: string | undefined;
  readonly all?: boolean | undefined;
  /** Merges the pull request. @default false */
  readonly approveMerge?: boolean | undefined;
  readonly strategy?: MergeStrategy | undefined;
}

/**
 * Moves an image into an environment: branch, edit, commit, pull request and, if asked, merge.
 *
 * Each part finds what an earlier run made: an environment that has the image already is a success without any write, unless an open
 * pull request would bring it another one; an open pull request gets the commit; a branch that was merged before is begun anew. A branch
 * with an open pull request, or with commits that the environment lacks, is never thrown away: they go along. The source
 * branch is deleted on merge.
 *
 * @throws OperationError `OPERATION_BRANCH_NOT_FOUND`, `OPERATION_FILE_NOT_FOUND`, `OPERATION_BRANCH_MOVED`,
 * `OPERATION_INVALID_ARGUMENT` when the branch of the change is the one of the environment
 * @throws ManifestError when the image is not valid, or it is not clear which one is meant.
 * @throws ProviderError what the forge refuses.
 */
export async function kubernetesPullRequest(
  input: KubernetesPullRequestInput,
  options: JobOptions & CommitOptions = {},
): Promise<KubernetesPullRequestResult> {
  const { repository, cluster, branch, image, approveMerge = false } = input;
  const { dryRun = false, signal } = options;
  // Before anything is asked of a forge.
  parseWantedImage(image);
  if (branch === cluster) {
    throw new OperationError(
      'OPERATION_INVALID_ARGUMENT',
      `The change cannot be carried by "${branch}", which is the branch of the environment itself.`,
      { hint: 'Give the change a branch of its own; check the template of branch names.' },
    );
  }
  const steps: KubernetesPullRequestStep[] = [];
  const finish = (
    facts: Pick<KubernetesPullRequestResult, 'changed' | 'message'> &
      Partial<KubernetesPullRequestResult>,
  ): KubernetesPullRequestResult => ({
    success: true,
    repository: repository.fullName,
    cluster,
    namespace: input.namespace,
    deploy: input.deploy,
    image,
    steps,
    pr_url: null,
    merged: false,
    merge_commit: null,
    diff: '',
    dry_run: dryRun,
    ...facts,
  });

  const edit = await editInOrder(() => branchAndCommit(input, options), {
    repository: repository.fullName,
    branch,
    attempts: options.attempts,
    dryRun,
    signal,
  });
  if (edit.branch !== undefined) steps.push({ name: 'create_branch', result: edit.branch });
  steps.push({ name: 'set_image', result: edit.image });
  if (edit.upToDate) {
    return finish({
      changed: false,
      message: `"${cluster}" has image ${image} already: nothing to do.`,
    });
  }

  const title = `Update ${input.namespace}/${input.deploy} to ${image} in ${cluster}`;
  const request = {
    repository,
    source: branch,
    destination: cluster,
    title,
    // One that has this title has its text from an earlier run, and what people have added to it stays.
    description: edit.open?.title === title ? undefined : describeChange(input, edit.changes),
    deleteAfterMerge: true,
  };
  // A new branch can have one too, opened before the branch of that name was deleted: the forge says so, a dry run has to look.
  const pullRequest =
    dryRun && edit.open === undefined
      ? await createPullRequest(request, options)
      : await ensurePullRequestAfter(request, edit.open, options);
  steps.push({ name: 'create_pr', result: pullRequest });
  const facts = { changed: true, pr_url: pullRequest.pr_url, diff: edit.image.diff };
  if (!approveMerge || pullRequest.pr_id === null) {
    return finish({ ...facts, message: pullRequest.message });
  }

  const id = pullRequest.pr_id;
  options.onProgress?.({
    step: 'merge_pr',
    state: 'started',
    message: `Merging pull request #${id}`,
  });
  // It has just been read or opened, and the forge looks at its state and head again.
  const merge = await mergeFound(
    {
      repository,
      id,
      deleteAfterMerge: true,
      strategy: input.strategy,
      expectedHead: edit.image.commit ?? edit.head,
    },
    {
      state: 'open',
      webUrl: pullRequest.pr_url ?? '',
      mergeCommit: undefined,
      source: branch,
      destination: cluster,
    },
    options,
  );
  steps.push({ name: 'merge_pr', result: merge });
  return finish({
    ...facts,
    merged: !dryRun,
    merge_commit: merge.merge_commit,
    message: merge.message,
  });
}

interface BranchAndCommit {
  /** `undefined` when no branch is needed. */
  readonly branch: CreateBranchResult | undefined;
  readonly image: SetImageResult;
  /** What the environment lacks, which is more than what was committed now when the branch had a part of it. */
  readonly changes: SetImageResult['changes'];
  /** The open pull request of the branch, as it was before. */
  readonly open: PullRequest | undefined;
  /** The environment has the image: there is nothing to ask for. */
  readonly upToDate: boolean;
  /** Tip of the branch after this. */
  readonly head: string | undefined;
}

async function branchAndCommit(
  input: KubernetesPullRequestInput,
  options: JobOptions & CommitOptions,
): Promise<BranchAndCommit> {
  const { repository, cluster, branch } = input;
  const { signal } = options;
  const [base, existing] = await Promise.all([
    requireBranch(repository, cluster, { signal }),
    repository.branches.get(branch, { signal }),
  ]);
  const carried =
    existing === undefined ? undefined : await findCarried(input, existing, { signal });
  if (carried === undefined) return beginBranch(input, { base, stale: existing }, options);
  return goOnWithBranch(input, { base, carried }, options);
}

/** Commits on a branch that has an open pull request, or commits that the environment lacks. */
async function goOnWithBranch(
  input: KubernetesPullRequestInput,
  { base, carried }: { readonly base: Branch; readonly carried: CarriedBranch },
  options: JobOptions & CommitOptions,
): Promise<BranchAndCommit> {
  const { repository, cluster, branch } = input;
  const { open, tip } = carried;
  const environment = await compareEnvironment(input, base, options);
  const isThere = environment !== undefined && !environment.changed;
  const upToDate = (image: SetImageResult): BranchAndCommit => ({
    branch: undefined,
    image,
    changes: [],
    open,
    upToDate: true,
    head: undefined,
  });
  // What is left on the branch is nobody's request: it is no reason to ask for what is there.
  if (isThere && open === undefined) return upToDate(environment);
  const message =
    open === undefined
      ? `Branch "${branch}" has commits already that "${cluster}" lacks.`
      : `Branch "${branch}" has the open pull request #${open.id} already.`;
  options.onProgress?.({ step: 'create_branch', state: 'done', message });
  const image = await setOn(input, { start: tip, create: false }, options);
  if (isThere && !image.changed) return upToDate(image);
  return {
    branch: {
      success: true,
      repository: repository.fullName,
      source_branch: cluster,
      destination_branch: branch,
      created: false,
      commit: tip.sha,
      branch_url: tip.webUrl,
      dry_run: options.dryRun ?? false,
      message,
    },
    image,
    changes: environment?.changes ?? image.changes,
    open,
    upToDate: false,
    head: image.commit ?? tip.sha,
  };
}

/**
 * Begins the branch at the environment's tip, in the same call as the commit where the forge can. A stale branch of that name
 * is deleted first; that loses nothing, since all of it has reached the environment.
 */
async function beginBranch(
  input: KubernetesPullRequestInput,
  { base, stale }: { readonly base: Branch; readonly stale: Branch | undefined },
  options: JobOptions & CommitOptions,
): Promise<BranchAndCommit> {
  const { repository, cluster, branch } = input;
  const { dryRun = false, signal } = options;
  const beforeCommit =
    stale === undefined
      ? undefined
      : async () => {
          await repository.branches.delete(branch, { signal, expectedHead: stale.sha });
        };
  const image = await setOn(input, { start: base, create: true, beforeCommit }, options);
  const { changes } = image;
  const open = undefined;
  if (!image.changed)
    return { branch: undefined, image, changes, open, upToDate: true, head: undefined };
  const message = `${dryRun ? 'Would create' : 'Created'} branch "${branch}" from "${cluster}" at ${base.sha.slice(0, 12)}.`;
  return {
    branch: {
      success: true,
      repository: repository.fullName,
      source_branch: cluster,
      destination_branch: branch,
      created: true,
      commit: image.commit ?? base.sha,
      branch_url: '',
      dry_run: dryRun,
      message,
    },
    image,
    changes,
    open,
    upToDate: false,
    head: image.commit ?? undefined,
  };
}

async function setOn(
  input: KubernetesPullRequestInput,
  where: Pick<ImageCommit, 'start' | 'create' | 'beforeCommit'>,
  options: JobOptions & CommitOptions,
): Promise<SetImageResult> {
  const { repository, ...edit } = input;
  const begun = where.create
    ? `Setting image ${input.image} in "${input.path}" on new branch "${input.branch}"`
    : `Setting image ${input.image} in "${input.path}" on "${input.branch}"`;
  options.onProgress?.({ step: 'set_image', state: 'started', message: begun });
  const result = await commitImage({ input: edit, repository, ...where }, options);
  options.onProgress?.({ step: 'set_image', state: 'done', message: result.message });
  return result;
}
