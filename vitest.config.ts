import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const conditions = ['@bowline/source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'apps/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    setupFiles: ['tests/architecture/console-fails.ts'],
    isolate: false,
    // Tests wait for processes more than they compute; with two cores vitest alone would take one worker.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    restoreMocks: true,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
