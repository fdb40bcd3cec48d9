import { serializeError } from '@bowline/gitops-errors';
import {
  createEvent,
  type EventActor,
  type EventImageChange,
  type EventJob,
  type EventPullRequest,
  type EventRepository,
  type GitOpsEvent,
} from '@bowline/gitops-notify';
import type {
  CreateBranchResult,
  CreateTagResult,
  EnsureWebhookResult,
  KubernetesPullRequestResult,
  MergeResult,
  PullRequestResult,
  SetImageResult,
} from './types.ts';

/** A job and what came of it. */
export type JobOutcome =
  | { readonly job: 'create-branch'; readonly result: CreateBranchResult }
  | { readonly job: 'set-image'; readonly result: SetImageResult }
  | { readonly job: 'pull-request'; readonly result: PullRequestResult }
  | { readonly job: 'merge'; readonly result: MergeResult }
  | { readonly job: 'k8s-pr'; readonly result: KubernetesPullRequestResult }
  | { readonly job: 'tag'; readonly result: CreateTagResult }
  | { readonly job: 'webhook'; readonly result: EnsureWebhookResult }
  | { readonly job: EventJob; readonly error: unknown; readonly subject?: string | undefined };

/** Who asked for the job, and where it worked. */
export interface JobEventContext {
  readonly actor: EventActor;
  readonly repository?: EventRepository | undefined;
}

/**
 * Makes the event that tells people of a job.
 *
 * @returns `undefined` when there is nothing to tell: the job found everything done, or it was a dry run.
 */
export function jobEvent(outcome: JobOutcome, context: JobEventContext): GitOpsEvent | undefined {
  if ('error' in outcome) {
    const { job, subject, error } = outcome;
    return createEvent('job.failed', {
      ...context,
      data: { job, subject, error: serializeError(error) },
    });
  }
  if (outcome.result.dry_run) return undefined;
  switch (outcome.job) {
    case 'create-branch':
      return branchEvent(outcome.result, context);
    case 'set-image':
      return imageEvent(outcome.result, context);
    case 'pull-request':
      return pullRequestEvent(outcome.result, context);
    case 'merge':
      return mergeEvent(outcome.result, context);
    case 'k8s-pr':
      return promotionEvent(outcome.result, context);
    case 'tag':
      return tagEvent(outcome.result, context);
    case 'webhook':
      return webhookEvent(outcome.result, context);
  }
}

function branchEvent(result: CreateBranchResult, context: JobEventContext) {
  if (!result.created) return undefined;
  return createEvent('branch.created', {
    ...context,
    data: {
      branch: result.destination_branch,
      source: result.source_branch,
      sha: result.commit,
      webUrl: result.branch_url,
    },
  });
}

function imageEvent(result: SetImageResult, context: JobEventContext) {
  if (result.commit === null) return undefined;
  return createEvent('image.updated', {
    ...context,
    data: {
      branch: result.branch,
      image: result.image,
      commit: { sha: result.commit, webUrl: result.commit_url ?? undefined },
      changes: imageChanges(result),
    },
  });
}

function pullRequestEvent(result: PullRequestResult, context: JobEventContext) {
  const pullRequest = result.created ? pullRequestOf(result) : undefined;
  return pullRequest === undefined
    ? undefined
    : createEvent('pull-request.created', { ...context, data: { pullRequest } });
}

function mergeEvent(result: MergeResult, context: JobEventContext) {
  // What the forge will merge is not merged yet.
  if (result.already_merged || result.auto_merge === true) return undefined;
  return createEvent('pull-request.merged', {
    ...context,
    data: {
      pullRequest: {
        id: result.pr_id,
        title: `${result.source} into ${result.destination}`,
        source: result.source,
        destination: result.destination,
        webUrl: result.pr_url,
      },
      mergeCommit: result.merge_commit ?? undefined,
      sourceDeleted: result.delete_after_merge,
    },
  });
}

function promotionEvent(result: KubernetesPullRequestResult, context: JobEventContext) {
  const opened = result.steps.find((step) => step.name === 'create_pr')?.result;
  const image = result.steps.find((step) => step.name === 'set_image')?.result;
  const pullRequest = opened === undefined ? undefined : pullRequestOf(opened);
  if (opened === undefined || image === undefined || pullRequest === undefined) return undefined;
  const data = {
    target: { cluster: result.cluster, namespace: result.namespace, deployment: result.deploy },
    image: result.image,
    pullRequest,
    changes: imageChanges(image),
  };
  if (result.merged) {
    return createEvent('promotion.merged', {
      ...context,
      data: { ...data, mergeCommit: result.merge_commit ?? undefined },
    });
  }
  // Running the job again on an open pull request with nothing to add is no news.
  return opened.created || image.changed
    ? createEvent('promotion.proposed', { ...context, data })
    : undefined;
}

function tagEvent(result: CreateTagResult, context: JobEventContext) {
  if (!result.created) return undefined;
  return createEvent('tag.created', {
    ...context,
    data: { tag: result.tag_name, sha: result.commit_id, branch: result.branch },
  });
}

function webhookEvent(result: EnsureWebhookResult, context: JobEventContext) {
  const actions = { create: 'created', update: 'updated', delete: 'deleted' } as const;
  if (result.action === 'none') return undefined;
  return createEvent('webhook.changed', {
    ...context,
    data: {
      action: actions[result.action],
      url: result.webhook_url,
      topics: ['push', 'pull-request'],
    },
  });
}

function pullRequestOf(result: PullRequestResult): EventPullRequest | undefined {
  const { pr_id: id, pr_url: webUrl, title, source, destination } = result;
  return id === null || webUrl === null ? undefined : { id, title, source, destination, webUrl };
}

function imageChanges(result: SetImageResult): readonly EventImageChange[] {
  return result.changes.map((change) => ({ ...change, file: result.yaml_path }));
}
