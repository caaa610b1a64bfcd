// Tests run straight from src: the export condition `halfopen-source` makes every package resolve to its TypeScript.
import { defineConfig } from 'vitest/config';

// Vite drops its own defaults when conditions are given, so they are named again after ours.
const conditions = ['halfopen-source', 'module', 'node', 'development|production'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
  },
});
