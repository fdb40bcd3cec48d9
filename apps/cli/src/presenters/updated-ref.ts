import type { UpdatedRef } from '@bowline/gitops-git';
import { type Paint, printable } from '../terminal.ts';

/** What became of a branch, as `--json` shows it. */
export interface UpdatedRefData {
  readonly branch: string;
  /** `null` when the branch is new. */
  readonly before: string | null;
  readonly after: string;
  readonly changed: boolean;
}

export function updatedRefData({ branch, before, after }: UpdatedRef): UpdatedRefData {
  return { branch, before: before ?? null, after, changed: before !== after };
}

/** One line per branch. */
export function updatedRefText(
  { branch, before, after, changed }: UpdatedRefData,
  paint: Paint,
): string {
  const name = printable(branch);
  if (!changed) return `${name} is up to date.`;
  return `${paint('green', '✔')} ${name}: ${before?.slice(0, 12) ?? 'new'} → ${after.slice(0, 12)}`;
}
