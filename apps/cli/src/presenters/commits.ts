import type { CommitInfo } from '@bowline/gitops-git';
import { type Paint, printable } from '../terminal.ts';

/** A commit as `--json` shows it. */
export interface CommitData {
  readonly sha: string;
  readonly short_sha: string;
  readonly parents: readonly string[];
  readonly author: string;
  readonly email: string;
  /** ISO 8601 in UTC. */
  readonly date: string;
  readonly subject: string;
  readonly message: string;
}

const SHORT = 12;

export function commitData(commit: CommitInfo): CommitData {
  return {
    sha: commit.sha,
    short_sha: commit.sha.slice(0, SHORT),
    parents: commit.parents,
    author: commit.author.name,
    email: commit.author.email,
    date: new Date(commit.author.timestamp * 1000).toISOString(),
    subject: commit.message.split('\n', 1)[0] ?? '',
    message: commit.message,
  };
}

/** One line per commit. */
export function commitLine(commit: CommitData, paint: Paint): string {
  const day = commit.date.slice(0, 10);
  return `${paint('yellow', commit.short_sha)} ${day} ${printable(commit.author)}: ${printable(commit.subject)}`;
}

/** Everything of one commit. */
export function commitDetail(commit: CommitData, paint: Paint): string {
  return [
    paint('yellow', `commit ${commit.sha}`),
    ...(commit.parents.length > 1
      ? [`Merge:  ${commit.parents.map((parent) => parent.slice(0, SHORT)).join(' ')}`]
      : []),
    `Author: ${printable(commit.author)} <${printable(commit.email)}>`,
    `Date:   ${commit.date}`,
    '',
    ...printable(commit.message)
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`),
  ].join('\n');
}
