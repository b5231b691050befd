/**
 * Changed bytes for everything that reads bytes of a stranger: no crash, no hang, no flood of memory, and a word in the
 * log for who is cut off. A few thousand of each here; `npm run fuzz` takes as many as one likes.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import type { FuzzInput } from '#testing/fuzz/fuzz-target.js';
import { runGuarded } from '#testing/fuzz/guarded-run.node.js';
import { chunksOf, formatInput, parseInput } from '#testing/fuzz/input-bytes.js';
import { mutate } from '#testing/fuzz/mutate.js';
import { fuzzReport } from '#testing/fuzz/report.js';

const thread = new URL('./thread.node.ts', import.meta.url);
const badTargets = new URL('./bad-targets.node.ts', import.meta.url);

describe('changed bytes', () => {
  const targets = [
    { target: 'server', inputs: 4000 },
    { target: 'client', inputs: 1000 },
    { target: 'decoder', inputs: 1000 },
    { target: 'log', inputs: 1000 },
    { target: 'snapshot', inputs: 1000 },
  ];
  for (const { target, inputs } of targets) {
    test(`${inputs} of them are borne by the ${target}`, async (context) => {
      const result = await runGuarded(thread, { target, inputs, seed: 1, input: null });
      if (result.kind === 'failure') expect.fail(result.message);
      expect(result.report.inputs).toBe(inputs);
      expect(result.report.outcomes.size, 'more than one way to go').toBeGreaterThan(3);
      context.annotate(fuzzReport(target, 1, result.report, 1000));
    });
  }
});

describe('what is not borne', () => {
  const faults = [
    { target: 'throws', message: 'RangeError: not borne', hangMs: 20_000 },
    { target: 'hangs', message: 'it has been busy for 2 s', hangMs: 2000 },
    { target: 'floods', message: 'reaching memory limit', hangMs: 60_000 },
    { target: 'leaks', message: 'thrown past the promise', hangMs: 20_000 },
  ];
  for (const { target, message, hangMs } of faults) {
    test(`is told when it ${target}, with the input`, async () => {
      const options = { target, inputs: 1000, seed: 1, input: null, hangMs };
      const result = await runGuarded(badTargets, options);
      if (result.kind === 'report') expect.fail('it was not noticed');
      expect(result.message).toContain(message);
      const line = /^\d+ \S*:[\da-f]*.*$/m.exec(result.message)?.[0] ?? '';
      expect(parseInput(line).frames[0]?.body[0], 'the input that did it').not.toBe(0x40);
    });
  }

  test('is so again when its input is played', async () => {
    const result = await runGuarded(badTargets, { target: 'throws', inputs: 1, seed: 9, input: '0 none:41' });
    expect(result).toMatchObject({ kind: 'failure', message: expect.stringContaining('not borne') });
    const borne = await runGuarded(badTargets, { target: 'throws', inputs: 1, seed: 9, input: '0 none:40' });
    expect(borne).toMatchObject({ kind: 'report' });
  });
});

describe('inputs', () => {
  const input: FuzzInput = {
    cuts: 7,
    frames: [
      { body: Buffer.from('0001', 'hex'), length: null },
      { body: Buffer.alloc(0), length: 'none' },
      { body: Buffer.from('ff', 'hex'), length: -5 },
    ],
  };

  test('are one line, and read from it', () => {
    expect(formatInput(input)).toBe('7 :0001 none: -5:ff');
    expect(parseInput(formatInput(input))).toEqual(input);
    expect(() => parseInput('7 zz')).toThrow('"zz" is no frame');
  });

  test('come in chunks, the same each time, with all their bytes', () => {
    const long = { ...input, frames: Array.from({ length: 40 }, () => input.frames[0] as FuzzInput['frames'][0]) };
    const chunks = chunksOf(long);
    expect(chunks.length).toBeGreaterThan(3);
    expect(chunksOf(long)).toEqual(chunks);
    expect(Buffer.concat(chunks)).toEqual(Buffer.concat(chunksOf({ ...long, cuts: 0 })));
  });

  test('are changed the same way with the same seed, and in many ways', () => {
    const changed = (seed: number): string => {
      const options = { random: new SeededRandom(seed), others: [input], isFramed: true };
      return formatInput(mutate(input, options));
    };
    const variants = new Set(Array.from({ length: 500 }, (_, seed) => changed(seed)));
    expect(variants.size).toBeGreaterThan(300);
    expect(changed(1)).toBe(changed(1));
  });
});
