import type { GitProgress } from '../types.ts';

export interface ProgressReader {
  write(chunk: Buffer): void;
  /** What git said beside progress: the last part of it, within the limit. */
  text(): string;
  /** True once a push has sent everything and waits for the server. */
  uploaded(): boolean;
}

/**
 * Splits what git writes with `--progress` into progress and messages. A progress line ends with CR, or with LF when it is
 * the last of its phase: `Receiving objects:  42% (42/100), 1.2 MiB | 3 MiB/s`.
 */
export function createProgressReader(
  limit: number,
  onProgress: ((progress: GitProgress) => void) | undefined,
): ProgressReader {
  let rest = '';
  let text = '';
  let uploaded = false;
  const line = (content: string): void => {
    const progress = parseProgress(content);
    if (progress === undefined) {
      if (content.startsWith('Total ')) uploaded = true;
      text = `${text}${content}\n`.slice(-limit);
    } else onProgress?.(progress);
  };
  return {
    write: (chunk) => {
      const parts = (rest + chunk.toString('latin1')).split(/[\r\n]/);
      rest = (parts.pop() ?? '').slice(-limit);
      for (const part of parts) if (part.trim() !== '') line(decode(part));
    },
    text: () => (rest.trim() === '' ? text : `${text}${decode(rest)}\n`),
    uploaded: () => uploaded,
  };
}

// Chunks may end inside a character, so lines are cut as bytes and decoded whole.
function decode(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

function parseProgress(line: string): GitProgress | undefined {
  const match =
    /^(?:remote: )?([A-Z][A-Za-z ]{2,40}): +(?:[0-9]{1,3}% \(([0-9]+)\/([0-9]+)\)|([0-9]+)(?=,|$|\s*\|))/.exec(
      line,
    );
  if (match?.[1] === undefined) return undefined;
  const loaded = Number(match[2] ?? match[4]);
  const total = match[3] === undefined ? undefined : Number(match[3]);
  return { phase: match[1], loaded, total };
}
