/** An input as the bytes that arrive, and as text to be kept and played again. */
import { Buffer } from 'node:buffer';
import { SeededRandom } from '#00-introduction/seeded-random.js';
import type { Frame, FuzzInput } from '#testing/fuzz/fuzz-target.js';

/** The stream in the chunks in which it arrives. */
export function chunksOf({ frames, cuts }: FuzzInput): Buffer[] {
  const bytes = Buffer.concat(frames.map(frameBytes));
  if (cuts === 0) return [bytes];
  const random = new SeededRandom(cuts);
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.integer(random.chance(0.5) ? 6 : 200);
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}

function frameBytes({ body, length }: Frame): Buffer {
  if (length === 'none') return body;
  const prefix = Buffer.alloc(4);
  prefix.writeInt32BE((length ?? body.length) | 0);
  return Buffer.concat([prefix, body]);
}

/** One line. `parseInput` reads it. */
export function formatInput({ frames, cuts }: FuzzInput): string {
  return [String(cuts), ...frames.map(({ body, length }) => `${length ?? ''}:${body.toString('hex')}`)].join(' ');
}

/** @throws {Error} it is no such line */
export function parseInput(line: string): FuzzInput {
  const [cuts, ...frames] = line.trim().split(' ');
  if (cuts === undefined || !/^\d+$/.test(cuts)) throw new Error('an input begins with the number of its cuts');
  return {
    cuts: Number(cuts),
    frames: frames.map((text) => {
      const match = /^(none|-?\d+|):([\da-f]*)$/.exec(text);
      if (!match) throw new Error(`"${text}" is no frame: it should be length:hex`);
      const [, length = '', hex = ''] = match;
      return {
        body: Buffer.from(hex, 'hex'),
        length: length === '' ? null : length === 'none' ? length : Number(length),
      };
    }),
  };
}
