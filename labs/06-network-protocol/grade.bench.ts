/** How the parser does with one large frame in many chunks, and with what a busy connection brings. */
import { Buffer } from 'node:buffer';
import { FrameParser } from '#06-network-protocol/framing.js';
import { ratio, slope } from '../runner/bench-checks.js';

const CHUNK_BYTES = 256;
const SAME_COST = 'A byte costs the same, whatever it is cut into.';

function pushInChunks(bytes: Buffer, chunkBytes: number): void {
  const parser = new FrameParser(bytes.length);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    parser.push(bytes.subarray(at, at + chunkBytes));
    while (parser.next());
    parser.holdRest();
  }
}

function frameOf(contentBytes: number): Buffer {
  const frame = Buffer.alloc(4 + contentBytes);
  frame.writeInt32BE(contentBytes);
  return frame;
}

export default [
  slope({
    gap: '06.2',
    name: 'a byte costs the same in a large frame as in a small one',
    invariant: SAME_COST,
    points: 2,
    of: 'bytes',
    sizes: [100_000, 400_000, 1_600_000],
    limit: 1.5,
    prepare: (size) => {
      const frame = frameOf(size);
      return () => pushInChunks(frame, CHUNK_BYTES);
    },
  }),
  ratio({
    gap: '06.1',
    name: 'many small frames are found in about the time of our answer',
    invariant: SAME_COST,
    prepare: () => {
      const bytes = Buffer.concat(Array.from({ length: 20_000 }, (_, index) => frameOf(index % 60)));
      return () => pushInChunks(bytes, 1460);
    },
  }),
];
