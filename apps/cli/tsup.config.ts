import { defineConfig } from 'tsup';

/**
 * One splitting build of everything: the program starts in one small file, and a command loads only what it uses.
 * Dependencies are bundled, so that an installed `gitops` has none.
 */
export default defineConfig({
  entry: ['src/main.ts', 'src/commands/**/*.ts', 'src/hooks/*.ts', '!src/**/*.test.ts'],
  format: ['esm'],
  platform: 'node',
  target: 'node22',
  dts: false,
  splitting: true,
  minifySyntax: true,
  sourcemap: false,
  clean: true,
  metafile: true,
  noExternal: [/^(?!typescript$)/],
  external: ['typescript'],
  // Bundled CommonJS parts ask for these three names.
  banner: {
    js: "import{createRequire as __createRequire}from'node:module';import{fileURLToPath as __toPath}from'node:url';import{dirname as __dir}from'node:path';const require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__dir(__filename);",
  },
  esbuildOptions: (options) => {
    options.outbase = 'src';
  },
});
