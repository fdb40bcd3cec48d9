import { filesBelow, isTest, readIfThere, type TextFile } from './workspace.ts';

/** A code fence that a reader may copy. */
export interface Example {
  /** File and line of the fence, for messages. */
  readonly place: string;
  readonly code: string;
}

/** Finds the TypeScript fences of all READMEs, guides and docstrings. */
export function findExamples(): Example[] {
  const root = readIfThere('README.md');
  const guides: TextFile[] = [
    ...(root === undefined ? [] : [{ path: 'README.md', text: root }]),
    ...filesBelow('packages', 'README.md'),
    ...filesBelow('apps', 'README.md'),
    ...filesBelow('docs', '.md'),
  ];
  const source = filesBelow('packages', '.ts').filter(
    ({ path }) => path.includes('/src/') && !isTest(path),
  );
  return [
    ...guides.flatMap(fencesIn),
    ...source.flatMap(({ path, text }) => docstringFencesIn(path, text)),
  ];
}

function docstringFencesIn(path: string, text: string): Example[] {
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) =>
    fencesIn({
      path,
      text: comment[0].replace(/^[ \t]*\* ?/gm, ''),
    }).map(({ code }) => ({ place: `${path}:${lineOf(text, comment.index)}`, code })),
  );
}

function fencesIn({ path, text }: TextFile): Example[] {
  return [...text.matchAll(/^```(?:ts|typescript)\r?\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${path}:${lineOf(text, match.index)}`,
    code: match[1] ?? '',
  }));
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
