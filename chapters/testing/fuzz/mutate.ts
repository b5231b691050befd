/** Makes inputs of inputs: most of one stays, so that a reader gets far into it before it meets what is wrong. */
import { Buffer } from 'node:buffer';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Frame, FuzzInput } from '#testing/fuzz/fuzz-target.js';

const MAX_FRAMES = 24;
const MAX_BODY_BYTES = 4096;

/** Numbers that lengths, counts, versions and sizes are often checked against. */
const INTS = [
  ...[0, 1, -1, 2, -2, 4, 16, 100, 127, 128, 255, 256, 1023, 1024, 65_535, 65_536, 0xf_fffe, 0xf_ffff, 0x10_0000],
  ...[0x1f_fffe, 0x1f_ffff, 2 ** 31 - 1, -(2 ** 31), 0x7275_6f6b, -0xb0003],
];

export interface MutateOptions {
  readonly random: SeededRandom;
  /** Parts are taken from these. */
  readonly others: readonly FuzzInput[];
  readonly isFramed: boolean;
}

export function mutate(input: FuzzInput, options: MutateOptions): FuzzInput {
  const { random, isFramed } = options;
  let mutated = input;
  for (let i = 1 + random.integer(random.chance(0.2) ? 8 : 3); i > 0; i--) {
    mutated = isFramed && random.chance(0.25) ? mutateFrames(mutated, options) : mutateBody(mutated, options);
  }
  return random.chance(0.3) ? { ...mutated, cuts: random.integer(1_000_000) } : mutated;
}

function mutateFrames({ frames, cuts }: FuzzInput, { random, others }: MutateOptions): FuzzInput {
  const at = random.integer(frames.length + 1);
  const frame = frames[at % Math.max(1, frames.length)];
  const changed = ((): readonly Frame[] => {
    switch (random.integer(6)) {
      case 0:
        return frames.toSpliced(at, 1);
      case 1:
        return frame ? frames.toSpliced(at, 0, frame) : frames;
      case 2: {
        const stranger = pick(random, pick(random, others)?.frames ?? []);
        return stranger ? frames.toSpliced(at, 0, stranger) : frames;
      }
      case 3: {
        const length = random.chance(0.5)
          ? (pick(random, INTS) ?? 0)
          : (frame?.body.length ?? 0) + random.integer(9) - 4;
        return frame ? frames.with(at % frames.length, { ...frame, length }) : frames;
      }
      case 4:
        return frame ? frames.with(at % frames.length, { ...frame, length: 'none' }) : frames;
      default:
        return frame
          ? frames.toSpliced(at % frames.length, 1).toSpliced(random.integer(frames.length), 0, frame)
          : frames;
    }
  })();
  return { frames: changed.slice(0, MAX_FRAMES), cuts };
}

function mutateBody({ frames, cuts }: FuzzInput, options: MutateOptions): FuzzInput {
  if (frames.length === 0) return { frames, cuts };
  const { random } = options;
  // The first frame opens the session: leave it alone most of the time.
  const first = options.isFramed && frames.length > 1 && random.chance(0.85) ? 1 : 0;
  const at = first + random.integer(frames.length - first);
  const frame = frames[at] as Frame;
  const body = mutateBytes(frame.body, options).subarray(0, Math.max(MAX_BODY_BYTES, frame.body.length));
  return { frames: frames.with(at, { ...frame, body }), cuts };
}

function mutateBytes(bytes: Buffer, { random, others }: MutateOptions): Buffer {
  const at = random.integer(bytes.length + 1);
  const length = random.integer(Math.min(64, bytes.length - at) + 1);
  switch (random.integer(10)) {
    case 0:
      return changed(bytes, (copy) => {
        if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.integer(8));
      });
    case 1:
      return changed(bytes, (copy) => {
        for (let i = at; i < at + length; i++) copy[i] = random.integer(256);
      });
    case 2:
      return withInt(bytes, at, pick(random, INTS) ?? 0);
    case 3:
    case 4:
      return mutateLength(bytes, random);
    case 5:
      return bytes.subarray(0, at);
    case 6:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    case 7:
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    case 8: {
      const stranger = pick(random, pick(random, others)?.frames ?? [])?.body ?? bytes;
      const from = random.integer(stranger.length + 1);
      const part = stranger.subarray(from, from + random.integer(64));
      return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + (random.chance(0.5) ? part.length : 0))]);
    }
    default: {
      const added = Buffer.from(Array.from({ length: 1 + random.integer(8) }, () => random.integer(256)));
      return Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at)]);
    }
  }
}

/** Finds something that looks like a length, and makes it another. */
function mutateLength(bytes: Buffer, random: SeededRandom): Buffer {
  const lengths: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at++) {
    const value = bytes.readInt32BE(at);
    if (value >= -1 && value <= bytes.length - at - 4) lengths.push(at);
  }
  const at = pick(random, lengths);
  if (at === undefined) return bytes;
  const value = bytes.readInt32BE(at);
  const rest = bytes.length - at - 4;
  const values = [value + 1, value - 1, -1, -2, 0, rest, rest + 1, rest - 1, pick(random, INTS) ?? 0];
  return withInt(bytes, at, pick(random, values) ?? 0);
}

const withInt = (bytes: Buffer, at: number, value: number): Buffer =>
  changed(bytes, (copy) => {
    if (at + 4 <= copy.length) copy.writeInt32BE(value | 0, at);
  });

function changed(bytes: Buffer, change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(bytes);
  change(copy);
  return copy;
}

function pick<T>(random: SeededRandom, values: readonly T[]): T | undefined {
  return values.length === 0 ? undefined : values[random.integer(values.length)];
}
