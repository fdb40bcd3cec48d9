import { GitError } from '../errors.ts';
import type { CommitInfo, Signature } from '../types.ts';

const FIELDS = 10;

/** Arguments of `git log` whose output {@link parseLog} reads: ten fields that end with NUL for each commit. */
export const logArguments: readonly string[] = [
  'log',
  '-z',
  '--no-color',
  '--no-decorate',
  '--no-mailmap',
  '--no-notes',
  '--encoding=UTF-8',
  '--date=raw',
  '--format=tformat:%H%x00%T%x00%P%x00%an%x00%ae%x00%ad%x00%cn%x00%ce%x00%cd%x00%B',
];

export function parseLog(output: Buffer): CommitInfo[] {
  const fields = output.toString('utf8').split('\0');
  const commits: CommitInfo[] = [];
  for (let at = 0; at + FIELDS <= fields.length; at += FIELDS) {
    const [sha = '', tree = '', parents = '', ...rest] = fields.slice(at, at + FIELDS);
    const [an = '', ae = '', ad = '', cn = '', ce = '', cd = '', message = ''] = rest;
    commits.push({
      sha,
      tree,
      parents: parents === '' ? [] : parents.split(' '),
      author: signature({ name: an, email: ae, date: ad }),
      committer: signature({ name: cn, email: ce, date: cd }),
      message,
    });
  }
  return commits;
}

function signature(parts: { name: string; email: string; date: string }): Signature {
  const match = /^(-?[0-9]+) ([+-])([0-9]{2})([0-9]{2})$/.exec(parts.date);
  if (match === null) {
    throw new GitError(
      'GIT_COMMAND_FAILED',
      `The date "${parts.date}" in the log could not be read.`,
    );
  }
  const offset = Number(match[3]) * 60 + Number(match[4]);
  return {
    name: parts.name,
    email: parts.email,
    timestamp: Number(match[1]),
    timezoneOffset: match[2] === '-' && offset !== 0 ? -offset : offset,
  };
}
