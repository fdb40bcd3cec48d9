/** What became of the one ref of a push. */
export type PushOutcome =
  | { readonly type: 'pushed' }
  /** The remote ref already was what should be pushed. */
  | { readonly type: 'same' }
  /** The remote ref is not what was expected. */
  | { readonly type: 'moved'; readonly reason: string }
  /** A hook or a rule of the server said no. */
  | { readonly type: 'refused'; readonly reason: string };

/**
 * Reads the report of `git push --porcelain` for one ref: `<flag> TAB <from>:<to> TAB <summary> (<reason>)`.
 *
 * A server words a lost race in several ways, depending on when it saw it.
 */
export function readPushReport(stdout: string): PushOutcome | undefined {
  for (const line of stdout.split('\n')) {
    const match = /^([ +*=!-])\t[^\t]*\t(.*)$/.exec(line);
    if (match === null) continue;
    const summary = match[2] ?? '';
    if (match[1] === '=') return { type: 'same' };
    if (match[1] !== '!') return { type: 'pushed' };
    const reason = /\((.*)\)$/.exec(summary)?.[1] ?? summary;
    const raced =
      /stale info|fetch first|non-fast-forward|needs force|already exists|cannot lock ref|failed to update ref|failed to lock|incorrect old value|reference already exists|remote ref .*changed|but expected/i;
    // A hook is free to choose its words, but what git reports of it is always "… hook declined".
    const byHook = /hook declined/i.test(reason);
    return !byHook && raced.test(reason) ? { type: 'moved', reason } : { type: 'refused', reason };
  }
  return undefined;
}

/** Tells whether a branch stands in the way whose name is a folder of the new one, or the other way round: no race. */
export function nameIsTaken(stderr: string): boolean {
  return /^remote: .*cannot create 'refs\//m.test(stderr);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a server must not write to the terminal
const controls = /[\u0000-\u001f\u007f-\u009f]/g;

/** What the server wrote to the user during a push, without the marks and control characters. */
export function remoteWords(stderr: string): string {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('remote: '))
    .map((line) => line.slice(8).replace(controls, '').trim())
    .filter((line) => line !== '')
    .join(' ')
    .slice(0, 1000);
}
