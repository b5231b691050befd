/**
 * What the checks of a lab are written with, in `labs/NN-name/grade.test.ts`. They import the chapter's module by its
 * name, which is the learner's file under the lab's condition.
 *
 *     unit({ gap: '11.1', name: '…', invariant: '…' }, (attempt) => {
 *       const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
 *       attempt.equal(queue.bucketAfter(1500), 2000);
 *     });
 *
 *     simulated({ gap: '11.4', name: '…', invariant: '…', seeds: 10 }, async (attempt) => {
 *       const zoo = attempt.server({ config: { tickTimeMs: 1000 } });
 *       …
 *     });
 *
 * Unit checks go by the order of the text, and each needs only gaps that come before it. Simulated checks run when all
 * unit checks pass, unless a whole class is graded. These are ordinary tests of vitest, too.
 */
import { type TestContext, test } from 'vitest';
import { Attempt } from './attempt.js';
import { printed, request, tell, watched } from './events.node.js';
import { failureOf } from './failure.js';
import type { CheckText, Layer, Trace } from './result.js';
import type { SimulatedAttempt } from './simulated-attempt.js';

export type CheckOptions = Omit<CheckText, 'points'> & {
  /** Default: 1. */
  readonly points?: number;
};

export type SimulatedOptions = CheckOptions & {
  /** How many seeds, from 1 on; the number of the check goes into them, so that no two checks have the same runs. */
  readonly seeds: number;
};

const registered: Record<'unit' | 'simulation', number> = { unit: 0, simulation: 0 };
const failedLayers = new Set<Layer>();

/** A check of the learner's code by itself. */
export function unit(options: CheckOptions, run: (attempt: Attempt) => void | Promise<void>): void {
  register('unit', options, async () => {
    watched(() => []);
    const attempt = new Attempt((call) => tell({ event: 'sent', call }));
    return { attempt, error: await errorOf(async () => run(attempt)) };
  });
}

/** A check of a whole server in which the learner's code runs, over many seeds. The first that fails ends it. */
export function simulated(options: SimulatedOptions, run: (attempt: SimulatedAttempt) => Promise<void>): void {
  register('simulation', options, async (id) => {
    // Only now: a whole server takes longer to load than all unit checks to run.
    const { SimulatedAttempt } = await import('./simulated-attempt.js');
    let outcome: Outcome | null = null;
    for (const seed of seedsOf(options, id)) {
      tell({ event: 'seed', seed });
      const attempt = new SimulatedAttempt(seed, request?.isReplay ?? false);
      watched(() => attempt.trace().diagram);
      const error = await errorOf(async () => {
        await run(attempt);
        attempt.checkServers();
      });
      outcome = { attempt, error };
      if (error !== null) break;
    }
    if (outcome === null) throw new Error(`check ${id} has no seeds`);
    return outcome;
  });
}

/** How the last attempt of a check went. */
interface Outcome {
  readonly attempt: Attempt;
  /** What was thrown; null when all went well. */
  readonly error: { readonly thrown: unknown } | null;
}

async function errorOf(run: () => Promise<void>): Promise<Outcome['error']> {
  try {
    await run();
    return null;
  } catch (thrown) {
    return { thrown };
  }
}

const learnerFile = request?.learnerFile ?? null;

/** Far apart for different checks. */
const SEEDS_PER_CHECK = 1000;

function seedsOf({ seeds }: SimulatedOptions, id: string): readonly number[] {
  const first = Number(id.slice(1)) * SEEDS_PER_CHECK;
  return request?.seeds ?? Array.from({ length: seeds }, (_, index) => first + index + 1);
}

function register(layer: 'unit' | 'simulation', options: CheckOptions, run: (id: string) => Promise<Outcome>): void {
  const id = `${layer === 'unit' ? 'u' : 's'}${++registered[layer]}`;
  const { gap, name, invariant, points = 1 } = options;
  const text = { id, layer, gap, name, invariant, points } as const;
  tell({ event: 'check', check: { ...text, state: 'not run', failure: null } });
  test(`${id} ${gap} ${name}`, async (context: TestContext) => {
    const comesTooEarly = layer === 'simulation' && failedLayers.has('unit') && !request?.goesOn;
    if (request?.only ? !request.only.includes(id) : comesTooEarly) context.skip();
    tell({ event: 'start', id, printedBefore: printed?.take() ?? '' });
    const { attempt, error } = await run(id);
    const trace: Trace = { ...attempt.trace(), printed: printed?.take() ?? '' };
    if (error === null) {
      const shown = request?.isReplay ? { trace } : {};
      tell({ event: 'end', check: { ...text, state: 'passed', failure: null, ...shown } });
      return;
    }
    const failure = failureOf(error.thrown, trace, learnerFile);
    tell({ event: 'end', check: { ...text, state: failure.kind === 'unwritten' ? 'unwritten' : 'failed', failure } });
    failedLayers.add(layer);
    throw error.thrown;
  });
}
