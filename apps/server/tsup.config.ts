import { defineConfig } from 'tsup';

const base = {
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: false,
  // The build script empties the folder once for both.
  clean: false,
} as const;

export default defineConfig([
  {
    ...base,
    entry: { index: 'src/index.ts' },
    splitting: true,
    sourcemap: true,
  },
  {
    // The program `gitops-server`: one file that needs nothing but Node.js.
    ...base,
    entry: { server: 'src/main.ts' },
    splitting: false,
    minifySyntax: true,
    sourcemap: false,
    metafile: true,
    noExternal: [/.*/],
    // Bundled CommonJS parts ask for these three names.
    banner: {
      js: "#!/usr/bin/env node\nimport{createRequire as __createRequire}from'node:module';import{fileURLToPath as __toPath}from'node:url';import{dirname as __dir}from'node:path';const require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url),__dirname=__dir(__filename);",
    },
  },
]);
