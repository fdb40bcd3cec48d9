import type { FileState, FileStatus, RepositoryStatus } from '../engine.ts';

const states: Readonly<Record<string, FileState>> = {
  '.': 'unmodified',
  M: 'modified',
  T: 'modified',
  A: 'added',
  C: 'added',
  D: 'deleted',
  R: 'renamed',
  U: 'conflicted',
};

export const statusArguments: readonly string[] = [
  'status',
  '--porcelain=v2',
  '--branch',
  '-z',
  '--untracked-files=all',
  '--ignore-submodules=none',
  // Both engines tell a renamed file as one that was deleted and one that was added.
  '--no-renames',
];

/** Reads `git status --porcelain=v2 --branch -z` (git-status(1), "Porcelain Format Version 2"). */
export function parseStatus(output: string): RepositoryStatus {
  const files: FileStatus[] = [];
  const headers = new Map<string, string>();
  const records = output.split('\0');
  for (let at = 0; at < records.length; at += 1) {
    const record = records[at] ?? '';
    const kind = record[0];
    if (kind === '#') {
      const space = record.indexOf(' ', 2);
      headers.set(record.slice(2, space), record.slice(space + 1));
    } else if (kind === '?') {
      files.push({ path: record.slice(2), staged: 'untracked', unstaged: 'untracked' });
    } else if (kind === 'u') {
      files.push({ path: afterFields(record, 10), staged: 'conflicted', unstaged: 'conflicted' });
    } else if (kind === '1' || kind === '2') {
      const [staged = '.', unstaged = '.'] = record.slice(2, 4);
      files.push({
        path: afterFields(record, kind === '1' ? 8 : 9),
        staged: states[staged] ?? 'modified',
        unstaged: states[unstaged] ?? 'modified',
      });
      if (kind === '2') at += 1; // The next record is the former path.
    }
  }
  const head = headers.get('branch.head');
  const oid = headers.get('branch.oid');
  const counts = /^\+([0-9]+) -([0-9]+)$/.exec(headers.get('branch.ab') ?? '');
  return {
    branch: head === '(detached)' ? undefined : head,
    head: oid === '(initial)' ? undefined : oid,
    upstream: headers.get('branch.upstream'),
    ahead: counts === null ? undefined : Number(counts[1]),
    behind: counts === null ? undefined : Number(counts[2]),
    files,
  };
}

function afterFields(record: string, count: number): string {
  let at = 0;
  for (let field = 0; field < count; field += 1) at = record.indexOf(' ', at) + 1;
  return record.slice(at);
}
