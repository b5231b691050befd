/**
 * Runs work of a lab's `grade.bench.ts`, and tells how long it took. Started under the lab's condition it measures the
 * learner's file, without it the reference.
 */
import { pathToFileURL } from 'node:url';
import type { BenchCheck } from './bench-checks.js';

export interface BenchQuestion {
  readonly index: number;
  /** Null for a check of the ratio. */
  readonly size: number | null;
}

export type BenchAnswer =
  /** The checks, without what can't be sent; and which file the lab's name stands for. */
  | { readonly kind: 'ready'; readonly checks: readonly Omit<BenchCheck, 'prepare'>[]; readonly module: string }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string };

const [benchFile = '', specifier = ''] = process.argv.slice(2);

/** How often the same work is measured; the shortest time counts, since whatever disturbs only adds to it. */
const REPEATS = 3;

const answer = (message: BenchAnswer): void => void process.send?.(message);
const fail = (error: unknown): void => {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  answer({ kind: 'error', message, stack: stack ?? '' });
};

try {
  const { default: checks } = (await import(pathToFileURL(benchFile).href)) as { default: readonly BenchCheck[] };
  process.on('message', ({ index, size }: BenchQuestion) => {
    try {
      const check = checks[index] as BenchCheck;
      answer({ kind: 'time', ms: timeOf(() => (check.kind === 'slope' ? check.prepare(size ?? 0) : check.prepare())) });
    } catch (error) {
      fail(error);
    }
  });
  answer({
    kind: 'ready',
    checks: checks.map(({ prepare: _, ...check }) => check),
    module: import.meta.resolve(specifier),
  });
} catch (error) {
  fail(error);
}

function timeOf(prepare: () => () => void): number {
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < REPEATS; i++) {
    const work = prepare();
    const startMs = performance.now();
    work();
    bestMs = Math.min(bestMs, performance.now() - startMs);
  }
  return bestMs;
}
