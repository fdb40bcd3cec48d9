import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, readIfThere, repositoryRoot, type TextFile } from './workspace.ts';

const documents: readonly TextFile[] = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((path) => ({
    path,
    text: readIfThere(path) ?? '',
  })),
  ...['docs', 'packages', 'apps', 'examples'].flatMap((folder) => filesBelow(folder, '.md')),
];

it('there is what every repository has', () => {
  expect(documents.filter(({ text }) => text === '').map(({ path }) => path)).toEqual([]);
});

it('links inside the repository lead to a file, and to a heading of it', () => {
  const broken = documents.flatMap(({ path, text }) => {
    const prose = text.replace(/^```[\s\S]*?^```/gm, '');
    return [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)]
      .map((match) => match[1] ?? match[2] ?? '')
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => !leads(path, target))
      .map((target) => `${path}: ${target}`);
  });
  expect(broken).toEqual([]);
});

function leads(from: string, target: string): boolean {
  const [file = '', heading] = target.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  if (!existsSync(join(repositoryRoot, path))) return false;
  return heading === undefined || headingsOf(readIfThere(path) ?? '').has(heading);
}

/** The anchors that GitHub makes of headings: lower case, without punctuation, blanks as hyphens. */
function headingsOf(text: string): Set<string> {
  return new Set(
    [...text.matchAll(/^#{1,6} (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

it('decisions are numbered without a gap and listed', () => {
  const records = filesBelow('docs/adr', '.md').filter(({ path }) => !path.endsWith('README.md'));
  const index = readIfThere('docs/adr/README.md') ?? '';
  expect(records.map(({ path }) => posix.basename(path).slice(0, 4))).toEqual(
    records.map((_, place) => String(place + 1).padStart(4, '0')),
  );
  for (const { path, text } of records) {
    expect(index).toContain(posix.basename(path));
    for (const part of ['## Context', '## Decision', '## Consequences'])
      expect(text, path).toContain(part);
  }
});
