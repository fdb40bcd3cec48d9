const CONTEXT = 3;

/** Writes the diff of one file as one hunk between its first and last changed line. */
export function fileDiff(
  path: string,
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): string {
  const [old, now] = [lines(before), lines(after)];
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (
    end < old.length - start &&
    end < now.length - start &&
    old[old.length - 1 - end] === now[now.length - 1 - end]
  )
    end += 1;
  const from = Math.max(0, start - CONTEXT);
  const oldTo = Math.min(old.length, old.length - end + CONTEXT);
  const nowTo = Math.min(now.length, now.length - end + CONTEXT);
  const hunk = [
    ...old.slice(from, start).map((line) => ` ${line}`),
    ...old.slice(start, old.length - end).map((line) => `-${line}`),
    ...now.slice(start, now.length - end).map((line) => `+${line}`),
    ...old.slice(old.length - end, oldTo).map((line) => ` ${line}`),
  ];
  const range = (length: number) => `${length === 0 ? 0 : from + 1},${length}`;
  return [
    `diff --git a/${path} b/${path}`,
    ...(before === undefined ? ['new file mode 100644'] : []),
    ...(after === undefined ? ['deleted file mode 100644'] : []),
    `--- ${before === undefined ? '/dev/null' : `a/${path}`}`,
    `+++ ${after === undefined ? '/dev/null' : `b/${path}`}`,
    `@@ -${range(oldTo - from)} +${range(nowTo - from)} @@`,
    ...hunk,
    '',
  ].join('\n');
}

function lines(content: Uint8Array | undefined): readonly string[] {
  if (content === undefined || content.byteLength === 0) return [];
  return Buffer.from(content).toString('utf8').replace(/\n$/, '').split('\n');
}
