import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** The folder of the repository. */
export const repositoryRoot = resolve(import.meta.dirname, '../..');

/** What the rules read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean;
  readonly engines?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
  readonly repository?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly publishConfig?: {
    readonly access?: string;
    readonly provenance?: boolean;
    readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A folder with a package.json below `packages`, `apps` or `tests`. */
export interface WorkspacePackage {
  /** With slashes, from the root of the repository: `packages/git`. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** A file with its text. */
export interface TextFile {
  /** With slashes, from the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const skipped = new Set(['node_modules', 'dist', '.turbo', '.generated', 'fixtures', 'coverage']);

/** Lists the packages below a folder of the repository, such as `packages`. */
export function packagesIn(group: string): WorkspacePackage[] {
  return entriesOf(join(repositoryRoot, group))
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${group}/${entry.name}`)
    .flatMap((folder) => {
      const text = readIfThere(`${folder}/package.json`);
      return text === undefined ? [] : [{ folder, manifest: JSON.parse(text) as Manifest }];
    });
}

/** The packages that are published: the libraries and the apps. */
export const publishable: readonly WorkspacePackage[] = [
  ...packagesIn('packages'),
  ...packagesIn('apps'),
].filter(({ manifest }) => manifest.private !== true);

/** Reads a file of the repository, or `undefined` when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(join(repositoryRoot, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads the files below a folder whose name ends as given; build output and fixtures are left out. */
export function filesBelow(folder: string, ending: string): TextFile[] {
  const found: TextFile[] = [];
  walk(join(repositoryRoot, folder));
  return found;

  function walk(at: string): void {
    for (const entry of entriesOf(at)) {
      const path = join(at, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      if (entry.isFile() && entry.name.endsWith(ending))
        found.push({
          path: relative(repositoryRoot, path).split(sep).join('/'),
          text: readFileSync(path, 'utf8'),
        });
    }
  }
}

function entriesOf(folder: string): import('node:fs').Dirent[] {
  try {
    // In the same order on every platform.
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Tells whether a file is a test or serves only tests of its own package. */
export function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$/.test(path) || /^(packages|apps)\/[^/]+\/test\//.test(path);
}

/** Returns the code without comments, so that a rule does not find what is only spoken about. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/(^|\s)\/\/[^\n]*/g, '$1');
}

/** One module that a file names: a static or dynamic import, or a re-export. */
export interface ImportedName {
  readonly specifier: string;
  /** True for `import type` and `export type`. */
  readonly typeOnly: boolean;
}

/** Finds the modules that a file imports. */
export function importsOf(text: string): ImportedName[] {
  const code = withoutComments(text);
  const statements =
    /(?:^|\n)\s*(import|export)\s(type\s)?[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  return [...code.matchAll(statements)].map((match) => ({
    specifier: match[3] ?? match[4] ?? match[5] ?? '',
    typeOnly: match[2] !== undefined,
  }));
}
