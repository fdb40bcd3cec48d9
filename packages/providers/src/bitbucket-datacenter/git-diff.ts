/**
 * Names the sides of a diff `a/` and `b/`, as Git does by default and every other forge does.
 *
 * Bitbucket Data Center writes `src://` and `dst://`. Only the lines between files are changed: inside of a hunk the number of its lines
 * says which ones are content, whatever they look like.
 */
export function withGitPrefixes(diff: string): string {
  let old = 0;
  let now = 0;
  const lines = diff.split('\n').map((line) => {
    if (old > 0 || now > 0) {
      const [mark] = line;
      if (mark !== '+' && mark !== '\\') old -= 1;
      if (mark !== '-' && mark !== '\\') now -= 1;
      return line;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@/.exec(line);
    if (hunk === null) return headerLine(line);
    old = Number(hunk[1] ?? 1);
    now = Number(hunk[2] ?? 1);
    return line;
  });
  return lines.join('\n');
}

function headerLine(line: string): string {
  if (line.startsWith('diff --git ')) {
    return line
      .replace(/^diff --git ("?)src:\/\//, 'diff --git $1a/')
      .replace(/ ("?)dst:\/\/(?!.* "?dst:\/\/)/, ' $1b/');
  }
  return line
    .replace(/^(---|rename from|copy from) ("?)src:\/\//, (_, word, quote) =>
      word === '---' ? `--- ${quote}a/` : `${word} ${quote}`,
    )
    .replace(/^(\+\+\+|rename to|copy to) ("?)dst:\/\//, (_, word, quote) =>
      word === '+++' ? `+++ ${quote}b/` : `${word} ${quote}`,
    )
    .replace(
      /^Binary files ("?)(src:\/\/|\/dev\/null)(.*) and ("?)(dst:\/\/|\/dev\/null)/,
      (_, left, source, rest, right, target) =>
        `Binary files ${left}${source === 'src://' ? 'a/' : source}${rest} and ${right}${target === 'dst://' ? 'b/' : target}`,
    );
}
