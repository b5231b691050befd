/** The loop: take an input, change it, run it, and keep it when it got somewhere new. */
import { SeededRandom } from '#00-introduction/seeded-random.js';
import { CodeCoverage } from '#testing/fuzz/coverage.node.js';
import type { FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';
import { formatInput } from '#testing/fuzz/input-bytes.js';
import { mutate } from '#testing/fuzz/mutate.js';

export interface FuzzOptions {
  readonly seed: number;
  readonly inputs: number;
  /** Is called before each input: whoever ends a run that hangs knows which one it was. */
  readonly begins?: (input: FuzzInput) => void;
}

export interface FuzzReport {
  readonly inputs: number;
  /** Inputs that were kept because they got somewhere new. */
  readonly kept: number;
  /** Blocks of code of the chapters that were reached. */
  readonly blocks: number;
  /** How the inputs went, by word. */
  readonly outcomes: ReadonlyMap<string, number>;
}

/** A target did not bear an input. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly input: FuzzInput;
  constructor(target: string, input: FuzzInput, cause: unknown) {
    const what = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`${target} did not bear this input:\n${formatInput(input)}\n${what}`, { cause });
    this.input = input;
  }
}

/** To ask for the coverage takes as long as many inputs: it is asked for once for so many. */
const BATCH = 500;
const RECENT = 50;

/** @throws {FuzzFailure} (as a rejection) */
export async function fuzz(target: FuzzTarget, { seed, inputs, begins }: FuzzOptions): Promise<FuzzReport> {
  using coverage = new CodeCoverage((url) => /\/chapters\/\d/.test(url));
  const random = new SeededRandom(`${target.name} ${seed}`);
  const corpus: FuzzInput[] = [...target.seeds];
  const outcomes = new Map<string, number>();
  const run = async (input: FuzzInput): Promise<void> => {
    begins?.(input);
    try {
      const outcome = await target.run(input);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      throw new FuzzFailure(target.name, input, error);
    }
  };

  /** Those of the inputs that reach the blocks, found by halving. They are run again for that. */
  const reaching = async (blocks: Set<string>, among: readonly FuzzInput[]): Promise<FuzzInput[]> => {
    coverage.take();
    for (const input of among) await run(input);
    const reached = [...coverage.take()].filter((block) => blocks.has(block));
    if (reached.length === 0) return [];
    if (among.length === 1) {
      for (const block of reached) blocks.delete(block);
      return [...among];
    }
    const middle = among.length >> 1;
    const first = await reaching(blocks, among.slice(0, middle));
    return [...first, ...(blocks.size > 0 ? await reaching(blocks, among.slice(middle)) : [])];
  };

  for (const input of target.seeds) await run(input);
  const known = coverage.take();
  let done = target.seeds.length;
  while (done < inputs) {
    const batch = Array.from({ length: Math.min(BATCH, inputs - done) }, () => {
      // What was kept last is most worth another try.
      const recent = corpus.length > RECENT && random.chance(0.5) ? corpus.slice(-RECENT) : corpus;
      const { isFramed } = target;
      return mutate(recent[random.integer(recent.length)] as FuzzInput, { random, others: corpus, isFramed });
    });
    for (const input of batch) await run(input);
    done += batch.length;
    const fresh = without(coverage.take(), known);
    if (fresh.size === 0) continue;
    for (const block of fresh) known.add(block);
    corpus.push(...(await reaching(fresh, batch)));
  }
  return { inputs: done, kept: corpus.length - target.seeds.length, blocks: known.size, outcomes };
}

const without = (blocks: ReadonlySet<string>, known: ReadonlySet<string>): Set<string> =>
  new Set([...blocks].filter((block) => !known.has(block)));
