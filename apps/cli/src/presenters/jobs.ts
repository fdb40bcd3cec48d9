import type {
  CreateBranchResult,
  CreateTagResult,
  EnsureWebhookResult,
  KubernetesPullRequestResult,
  MergeResult,
  PullRequestResult,
  SetImageResult,
} from '@bowline/gitops-operations';
import { type Paint, printable } from '../terminal.ts';
import { diffText } from './diff.ts';

const mark = (done: boolean, paint: Paint) => (done ? paint('green', '✔') : paint('dim', '•'));

function withLink(line: string, url: string | null, paint: Paint): string {
  return url === null || url === '' ? line : `${line}\n  ${paint('cyan', printable(url))}`;
}

export function branchText(result: CreateBranchResult, paint: Paint): string {
  return withLink(
    `${mark(!result.dry_run, paint)} ${printable(result.message)}`,
    result.branch_url,
    paint,
  );
}

export function imageText(result: SetImageResult, paint: Paint): string {
  const head = withLink(
    `${mark(!result.dry_run, paint)} ${printable(result.message)}`,
    result.commit_url,
    paint,
  );
  return result.diff === '' ? head : `${head}\n\n${diffText(result.diff, paint)}`;
}

export function pullRequestText(result: PullRequestResult, paint: Paint): string {
  return withLink(
    `${mark(!result.dry_run, paint)} ${printable(result.message)}`,
    result.pr_url,
    paint,
  );
}

export function mergeText(result: MergeResult, paint: Paint): string {
  return withLink(
    `${mark(!result.dry_run, paint)} ${printable(result.message)}`,
    result.pr_url,
    paint,
  );
}

export function tagText(result: CreateTagResult, paint: Paint): string {
  return `${mark(!result.dry_run, paint)} ${printable(result.message)}`;
}

export function webhookText(result: EnsureWebhookResult, paint: Paint): string {
  return `${mark(!result.dry_run, paint)} ${printable(result.message)}`;
}

/** Writes each step, the diff and the outcome. */
export function kubernetesPullRequestText(
  result: KubernetesPullRequestResult,
  paint: Paint,
): string {
  const lines = result.steps.map(
    ({ result: step }) => `${mark(!step.dry_run, paint)} ${printable(step.message)}`,
  );
  if (result.diff !== '') lines.push('', diffText(result.diff, paint).trimEnd());
  if (result.pr_url !== null)
    lines.push('', `Pull request: ${paint('cyan', printable(result.pr_url))}`);
  if (result.merge_commit !== null)
    lines.push(`Merged commit: ${paint('yellow', result.merge_commit)}`);
  if (!result.changed) lines.push(printable(result.message));
  if (result.dry_run) lines.push('', paint('dim', 'Dry run: nothing was written.'));
  return lines.join('\n');
}
