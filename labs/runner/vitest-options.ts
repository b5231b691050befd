/** How vitest runs the checks of a lab: with the learner's file in the place of the reference, in one process of its own. */
import { join } from 'node:path';
import type { InlineConfig } from 'vitest/node';

/** What Vite has by itself for code that runs in Node. */
const NODE_CONDITIONS = ['module', 'node', 'development|production'];

/** Checks have limits of their own (watchdog.node.ts). */
const NO_TIMEOUT_MS = 0;

/** @param conditions those of the labs: `lab-11` */
export function viteOptions(conditions: readonly string[]) {
  const all = [...conditions, ...NODE_CONDITIONS];
  return {
    configFile: false as const,
    logLevel: 'silent' as const,
    resolve: { conditions: all },
    ssr: { resolve: { conditions: all, externalConditions: all } },
  };
}

export function vitestOptions(root: string, gradeFile: string): InlineConfig & { root: string } {
  return {
    root,
    include: [gradeFile],
    setupFiles: [join(root, 'labs/runner/events.node.ts')],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: NO_TIMEOUT_MS,
    hookTimeout: NO_TIMEOUT_MS,
    disableConsoleIntercept: true,
    watch: false,
    cache: false,
  };
}
