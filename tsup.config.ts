import { defineConfig } from 'tsup';

/** The one build of every library package: each `src/index.ts` of a folder that is exported becomes an entry. */
export default defineConfig({
  entry: ['src/index.ts', 'src/*/index.ts'],
  format: ['esm'],
  platform: 'node',
  target: 'node22',
  dts: false,
  splitting: true,
  sourcemap: true,
  clean: true,
  esbuildOptions: (options) => {
    options.outbase = 'src';
  },
});
