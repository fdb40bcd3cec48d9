import { type Paint, printable } from '../terminal.ts';

/** Writes rows as aligned columns with a header; the last column is not padded. */
export function tableText(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  paint: Paint,
): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join('  ');
  return [paint('bold', line(header)), ...cells.map(line)].join('\n');
}
