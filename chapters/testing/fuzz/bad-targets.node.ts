/** Targets that do not bear what they are given, each in its own way: to see that this is noticed. */
import { Buffer } from 'node:buffer';
import { fuzzInThread } from '#testing/fuzz/fuzz-in-thread.node.js';
import type { FuzzTarget } from '#testing/fuzz/fuzz-target.js';

/** The first byte has to be changed to get there. */
const START = 0x40;

const bad = (name: string, misbehave: () => Promise<void>): FuzzTarget => ({
  name,
  isFramed: false,
  seeds: [{ frames: [{ body: Buffer.of(START, 1, 2, 3), length: 'none' }], cuts: 0 }],
  async run({ frames }) {
    if (frames[0]?.body[0] !== START) await misbehave();
    return 'borne';
  },
});

const throws = async (): Promise<void> => {
  throw new RangeError('not borne');
};
const hangs = async (): Promise<void> => {
  for (;;) {
    /* for ever */
  }
};
const floods = async (): Promise<void> => {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 10_000 }, Math.random));
};
const leaks = async (): Promise<void> => {
  setImmediate(() => {
    throw new RangeError('thrown past the promise');
  });
  await new Promise(() => {});
};

fuzzInThread({
  throws: () => bad('throws', throws),
  hangs: () => bad('hangs', hangs),
  floods: () => bad('floods', floods),
  leaks: () => bad('leaks', leaks),
});
