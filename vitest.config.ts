import { defineConfig } from 'vitest/config';

// Our packages are tested from their sources, so that no test needs a build (the end-to-end tests run the built command).
const fromSource = {
  cacheDir: 'node_modules/.cache/vitest',
  resolve: { conditions: ['tspod-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['tspod-source', 'node', 'import', 'default'] } },
};

export default defineConfig({
  ...fromSource,
  test: {
    passWithNoTests: false,
    // each file has stores of its own, and waits more than it computes
    maxWorkers: 3,
    projects: [
      { ...fromSource, test: { name: 'unit', environment: 'node', include: ['packages/*/src/**/*.test.ts'] } },
      {
        ...fromSource,
        test: {
          name: 'conformance',
          environment: 'node',
          include: ['{packages,examples}/*/src/**/*.conformance.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
      {
        ...fromSource,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['e2e/**/*.e2e.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 30_000 } },
        },
      },
    ],
  },
});
