import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, importsOf, isTest, packagesIn } from './workspace.ts';

const domain = ['config', 'git', 'providers', 'manifests', 'notify'];
/** What each package may use, as `docs/adr` and CONTRIBUTING say. A package that is not listed here fails the test. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  ...Object.fromEntries(domain.map((name) => [name, ['errors']])),
  operations: ['errors', ...domain],
};

const packages = packagesIn('packages');
const short = (name: string) => name.replace('@bowline/gitops-', '');
const own = (specifier: string) => /^@bowline\/gitops-[a-z]+/.exec(specifier)?.[0];

describe('dependencies point one way', () => {
  it.each(
    packages.map(({ folder, manifest }) => [short(manifest.name), folder, manifest] as const),
  )('%s: in package.json and in the source', (name, folder, manifest) => {
    const allowed = arrows[name];
    expect(allowed, `"${name}" has no place in the list of arrows`).toBeDefined();
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter((dependency) => dependency.startsWith('@bowline/'))
      .map(short);
    expect(declared.filter((dependency) => !allowed?.includes(dependency))).toEqual([]);

    const source = filesBelow(`${folder}/src`, '.ts').filter(({ path }) => !isTest(path));
    const imported = source.flatMap(({ path, text }) =>
      importsOf(text).flatMap(({ specifier }) => {
        const dependency = own(specifier);
        if (
          dependency !== undefined &&
          dependency !== manifest.name &&
          !declared.includes(short(dependency))
        )
          return [`${path} imports "${specifier}"`];
        if (specifier.startsWith('@bowline/') && dependency === undefined)
          return [`${path} imports "${specifier}"`];
        return [];
      }),
    );
    expect(imported).toEqual([]);
  });

  it('no file reaches into another package by path', () => {
    const reaching = packages.flatMap(({ folder }) =>
      filesBelow(folder, '.ts').flatMap(({ path, text }) =>
        importsOf(text)
          .filter(({ specifier }) => specifier.startsWith('.'))
          .filter(
            ({ specifier }) => !posix.join(posix.dirname(path), specifier).startsWith(`${folder}/`),
          )
          .map(({ specifier }) => `${path} imports "${specifier}"`),
      ),
    );
    expect(reaching).toEqual([]);
  });

  it('relative imports carry the ending of the file', () => {
    const bare = packages.flatMap(({ folder }) =>
      filesBelow(`${folder}/src`, '.ts').flatMap(({ path, text }) =>
        importsOf(text)
          .filter(
            ({ specifier }) =>
              /^\.{1,2}\//.test(specifier) && !/\.(ts|json)(\?.*)?$/.test(specifier),
          )
          .map(({ specifier }) => `${path} imports "${specifier}"`),
      ),
    );
    expect(bare).toEqual([]);
  });

  it.each(packages.map(({ folder }) => [folder]))('%s has no circle of imports', (folder) => {
    const graph = new Map(
      filesBelow(`${folder}/src`, '.ts')
        .filter(({ path }) => !isTest(path))
        .map(({ path, text }) => [
          path,
          importsOf(text)
            .filter(({ specifier, typeOnly }) => specifier.startsWith('.') && !typeOnly)
            .map(({ specifier }) => posix.join(posix.dirname(path), specifier)),
        ]),
    );
    expect(circlesIn(graph)).toEqual([]);
  });
});

function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  for (const start of graph.keys()) visit(start, []);
  return circles;

  function visit(path: string, above: readonly string[]): void {
    const at = above.indexOf(path);
    if (at >= 0) circles.push([...above.slice(at), path].join(' -> '));
    if (at >= 0 || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...above, path]);
    done.add(path);
  }
}
