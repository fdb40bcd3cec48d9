import { type Paint, printable } from '../terminal.ts';

/** Colours a unified diff for a terminal. In a file or pipe it stays a patch, byte for byte. */
export function diffText(diff: string, paint: Paint): string {
  return diff
    .split('\n')
    .map((line) => {
      const text = paint.terminal ? printable(line.replace(/\r$/, '^M')) : line;
      if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('diff '))
        return paint('bold', text);
      if (line.startsWith('@@')) return paint('cyan', text);
      if (line.startsWith('+')) return paint('green', text);
      if (line.startsWith('-')) return paint('red', text);
      return text;
    })
    .join('\n');
}
