// Tests run straight from src: the export condition `halfopen-source` makes every package resolve to its TypeScript.
import { defineConfig } from 'vitest/config';

// Vite drops its own defaults when conditions are given, so they are named again after ours.
const conditions = ['halfopen-source', 'module', 'node', 'development|production'];

/** Tests that need the real kernel. Times there depend on what else the machine does. */
const REAL_KERNEL = [
  'test/linux/**/*.test.ts',
  'test/live/**/*.test.ts',
  'test/oracle/linux.test.ts',
  'packages/linux/src/real-time.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['node'] } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    setupFiles: ['test/property-seed.ts'],
    // One group after the other: what computes is over before the real kernel is asked.
    projects: [
      {
        extends: true,
        test: {
          name: 'simulated',
          include: ['packages/*/src/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: REAL_KERNEL,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'real kernel', include: REAL_KERNEL, sequence: { groupOrder: 1 } } },
    ],
  },
});
