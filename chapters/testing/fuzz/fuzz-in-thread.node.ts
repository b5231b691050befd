/** The thread's side of `runGuarded`: fuzzes one target, or plays one input, and says how it went. */
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from '#testing/fuzz/fuzz.node.js';
import type { FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { type GuardedResult, Progress, type ThreadData } from '#testing/fuzz/guarded-run.node.js';
import { formatInput, parseInput } from '#testing/fuzz/input-bytes.js';

/** @param targets by their names */
export function fuzzInThread(targets: Readonly<Record<string, () => FuzzTarget>>): void {
  void run(targets, workerData as ThreadData).then((result) => parentPort?.postMessage(result));
}

async function run(
  targets: Readonly<Record<string, () => FuzzTarget>>,
  { target: name, seed, inputs, input, shared }: ThreadData,
): Promise<GuardedResult> {
  const progress = new Progress(shared);
  const target = targets[name]?.();
  if (!target) return { kind: 'failure', message: `there is no target ${name}` };
  try {
    if (input !== null) {
      progress.begins(input);
      const outcomes = new Map([[await target.run(parseInput(input)), 1]]);
      return { kind: 'report', report: { inputs: 1, kept: 0, blocks: 0, outcomes } };
    }
    const begins = (next: FuzzInput): void => progress.begins(formatInput(next));
    return { kind: 'report', report: await fuzz(target, { seed, inputs, begins }) };
  } catch (error) {
    return { kind: 'failure', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
