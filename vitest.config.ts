import { defineConfig } from 'vitest/config';

/** No deadline that a slow machine could miss: only there so that a hang is reported. */
const GUARD_MS = 120_000;

export default defineConfig({
  test: {
    include: ['chapters/**/*.test.ts', 'bench/**/*.test.ts', 'scripts/**/*.test.ts', 'labs/runner/**/*.test.ts'],
    testTimeout: GUARD_MS,
    hookTimeout: GUARD_MS,
  },
});
