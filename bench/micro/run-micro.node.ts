/** Runs the micro benchmarks with benchmark.js: many samples of each, and how far they lie apart. */
import Benchmark from 'benchmark';
import type { MicroResult } from '../results.js';
import { type MicroBenchmark, serialization } from './serialization.js';

/** Per benchmark. benchmark.js takes samples until then, after it has found out how many calls make one. */
const MAX_SECONDS = 1;

export const microBenchmarks: readonly MicroBenchmark[] = [...serialization];

/** Keeps what a benchmark returns, so that the compiler can't leave out the work. */
export let lastValue: unknown;

/** @throws {Error} when a benchmark throws */
export function runMicro(progress: (text: string) => void): MicroResult[] {
  return microBenchmarks.map(({ name, run }) => {
    progress(`micro: ${name}`);
    const work = () => {
      lastValue = run();
    };
    const benchmark = new Benchmark(name, work, { maxTime: MAX_SECONDS }).run();
    if (benchmark.error) throw new Error(`micro: ${name}: ${String(benchmark.error)}`);
    return { name, callsPerSecond: benchmark.hz, marginPercent: benchmark.stats.rme };
  });
}
