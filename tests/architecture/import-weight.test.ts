import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { packagesIn } from './workspace.ts';

/** What a root may load: its own files, and foreign packages by name with the number of their modules. */
interface Weight {
  /** Files of the package itself, from source. */
  readonly own: number;
  /** Bowline packages whose roots it loads. */
  readonly bowline: readonly string[];
  /** Foreign packages and the most modules of each. A backend or its client must never stand here: the call that needs it loads it. */
  readonly foreign: Readonly<Record<string, number>>;
}

// Two or three above what is loaded now: room for a new small file, none for a backend.
const weights: Readonly<Record<string, Weight>> = {
  errors: { own: 9, bowline: [], foreign: {} },
  config: { own: 32, bowline: ['errors'], foreign: {} },
  git: { own: 18, bowline: ['errors'], foreign: {} },
  providers: { own: 5, bowline: ['errors'], foreign: {} },
  // Edits are synchronous, so the parser and the differ cannot be loaded by the call that needs them.
  manifests: { own: 33, bowline: ['errors'], foreign: { yaml: 72, diff: 19 } },
  notify: { own: 15, bowline: ['errors'], foreign: {} },
  operations: {
    own: 21,
    bowline: ['errors', 'manifests', 'notify'],
    foreign: { yaml: 72, diff: 19 },
  },
};

/** Parts of Node.js that only a backend needs. */
const heavyBuiltins = /^node:(?:child_process|dns|http|http2|https|net|tls|worker_threads|zlib)\b/;

async function load(name: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@bowline/source',
    '--no-warnings',
    join(import.meta.dirname, 'count-modules.mjs'),
    name,
  ]);
  const { loaded } = JSON.parse(stdout) as { loaded: readonly string[] };
  return loaded.map((url) =>
    url.startsWith('file:') ? fileURLToPath(url).replaceAll('\\', '/') : url,
  );
}

describe('importing the root of a package', () => {
  it.concurrent.each(
    packagesIn('packages').map(
      ({ folder, manifest }) => [manifest.name, folder, manifest] as const,
    ),
  )('%s loads no backend and no heavy library', async (name, folder, manifest) => {
    const short = folder.slice('packages/'.length);
    const weight = weights[short];
    expect(weight, `"${short}" has no entry in the table of weights`).toBeDefined();
    if (weight === undefined) return;
    const all = await load(name);
    expect(all.filter((path) => heavyBuiltins.test(path))).toEqual([]);
    const loaded = all.filter((path) => !path.startsWith('node:'));
    const own = loaded.filter(
      (path) => path.includes(`/${folder}/`) && !path.includes('/node_modules/'),
    );
    // What has a subpath of its own is not part of the root, entry or not.
    const subpaths = Object.keys(manifest.exports ?? {}).flatMap((path) => path.slice(2) || []);
    expect(
      own.filter((path) => subpaths.includes(/\/src\/([^/]+)\//.exec(path)?.[1] ?? '')),
      'files of a subpath that the root must not load',
    ).toEqual([]);
    const bowline = loaded
      .filter((path) => !path.includes('/node_modules/'))
      .map((path) => /\/packages\/([^/]+)\/src\//.exec(path)?.[1] ?? path)
      .filter((part) => part !== short);
    const foreign = new Map<string, number>();
    for (const path of loaded) {
      const part = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
      if (part !== undefined) foreign.set(part, (foreign.get(part) ?? 0) + 1);
    }
    expect(
      [...foreign].filter(([part, modules]) => modules > (weight.foreign[part] ?? 0)),
      'foreign packages that the root must not load',
    ).toEqual([]);
    expect([...new Set(bowline)].filter((part) => !weight.bowline.includes(part))).toEqual([]);
    expect(own.length).toBeGreaterThan(0);
    expect(own.length).toBeLessThanOrEqual(weight.own);
  });
});
