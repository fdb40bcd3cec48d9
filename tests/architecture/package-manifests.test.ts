import { describe, expect, it } from 'vitest';
import { filesBelow, packagesIn, publishable, readIfThere } from './workspace.ts';

const source = '@bowline/source';

describe.each(
  publishable.map(({ folder, manifest }) => [manifest.name, folder, manifest] as const),
)('%s', (name, folder, manifest) => {
  const library = folder.startsWith('packages/');

  it('says what it is, where it is and under which licence', () => {
    expect(name).toBe(`@bowline/gitops-${folder.split('/')[1]}`);
    expect(manifest.license).toBe('Apache-2.0');
    expect(manifest.repository).toEqual({
      type: 'git',
      url: 'git+https://github.com/bowline-dev/bowline.git',
      directory: folder,
    });
    expect(manifest.type).toBe('module');
    expect(manifest.engines).toEqual({ node: '>=22.18' });
    expect(manifest.files).toContain('dist');
    expect(manifest.publishConfig).toMatchObject({ access: 'public', provenance: true });
    if (library) expect(manifest.sideEffects).toBe(false);
    if (library) expect(manifest.scripts).toHaveProperty('build');
    expect(manifest.scripts).toHaveProperty('typecheck');
    expect(manifest.scripts).toHaveProperty('check:package');
  });

  it('has a README with its name, how to install it and an example', () => {
    const readme = readIfThere(`${folder}/README.md`) ?? '';
    expect(readme).toContain(name);
    expect(readme).toMatch(/npm (install|i) |npx /);
    expect(readme).toMatch(/```(ts|sh)\n/);
  });

  it('publishes the exports that it has here, without the source condition', () => {
    const exported = manifest.exports ?? {};
    const published = manifest.publishConfig?.exports;
    const withoutSource = Object.fromEntries(
      Object.entries(exported).map(([path, target]) => [
        path,
        typeof target === 'string'
          ? target
          : Object.fromEntries(
              Object.entries(target).filter(([condition]) => condition !== source),
            ),
      ]),
    );
    // An app has no exports of source, so what stands here is what is published.
    expect(library ? published : (published ?? withoutSource)).toEqual(withoutSource);
  });

  it('lists the conditions in the order that resolvers need', () => {
    for (const [path, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === 'string') {
        expect(target).toMatch(/\.json$/);
        continue;
      }
      expect(Object.keys(target), path).toEqual([source, 'types', 'default']);
      const entry = /^\.\/src\/(.*)\.ts$/.exec(target[source] ?? '')?.[1];
      expect(target['types']).toBe(`./dist/${entry}.d.ts`);
      expect(target['default']).toBe(`./dist/${entry}.js`);
      expect(readIfThere(`${folder}/src/${entry}.ts`), `${path} has no source`).toBeDefined();
    }
  });

  it('pins foreign libraries and takes its own kin from the workspace', () => {
    for (const [dependency, range] of Object.entries(manifest.dependencies ?? {})) {
      if (dependency.startsWith('@bowline/')) expect(range, dependency).toBe('workspace:^');
      else expect(range, dependency).toMatch(/^\d+\.\d+\.\d+$/);
    }
    expect(
      Object.keys(manifest.dependencies ?? {}).filter((item) => item.startsWith('@types/')),
    ).toEqual([]);
  });

  it('has its tag for `turbo boundaries`', () => {
    expect(readIfThere(`${folder}/turbo.json`)).toMatch(
      /"tags": \["(foundation|domain|composition|app)"\]/,
    );
  });
});

it('what is for tests alone is private', () => {
  const open = packagesIn('tests').filter(({ manifest }) => manifest.private !== true);
  expect(open).toEqual([]);
});

it('each published package has a changeset until its first release', () => {
  const first = publishable.filter(
    ({ folder }) => readIfThere(`${folder}/CHANGELOG.md`) === undefined,
  );
  const changesets = packagesWithChangeset();
  expect(
    first.map(({ manifest }) => manifest.name).filter((name) => !changesets.has(name)),
  ).toEqual([]);
});

it('a change of a package reaches those who have installed the program, which bundles it', () => {
  // Changesets releases no package for a change of what it has as a devDependency.
  const program = '@bowline/gitops-cli';
  const bundled = Object.keys(
    publishable.find(({ manifest }) => manifest.name === program)?.manifest.devDependencies ?? {},
  );
  const changesets = packagesWithChangeset();
  const changed = bundled.filter((name) => changesets.has(name));
  expect(bundled.length).toBeGreaterThan(6);
  expect(changesets.has(program) ? [] : changed, `name "${program}" in a changeset too`).toEqual(
    [],
  );
});

function packagesWithChangeset(): Set<string> {
  const names = new Set<string>();
  for (const { path, text } of filesBelow('.changeset', '.md')) {
    if (path.endsWith('README.md')) continue;
    for (const match of text.matchAll(/^["']?(@bowline\/[a-z-]+)["']?: (?:major|minor|patch)$/gm))
      names.add(match[1] ?? '');
  }
  return names;
}
