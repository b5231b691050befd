import { defineConfig } from 'vitest/config';

/** No deadline that a slow machine could miss: only there so that a hang is reported. */
const GUARD_MS = 300_000;

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['test/**/*.test.ts'],
    testTimeout: GUARD_MS,
    hookTimeout: GUARD_MS,
    expect: { poll: { timeout: GUARD_MS } },
    // They share two cores with the browser that they drive.
    fileParallelism: false,
  },
});
