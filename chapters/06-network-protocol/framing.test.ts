import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameLengthError, FrameParser } from '#06-network-protocol/framing.js';
import { proves } from '#testing/proves.js';

const MAX_FRAME_BYTES = 1000;

const frame = (body: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length);
  return Buffer.concat([length, body]);
};

/** Every frame that is found in the chunks, copied. A chunk is overwritten after its call, as a network may do. */
function parse(chunks: readonly Uint8Array[], parser = new FrameParser(MAX_FRAME_BYTES)): Buffer[] {
  const frames: Buffer[] = [];
  for (const chunk of chunks) {
    const memory = Buffer.from(chunk);
    parser.push(memory);
    while (parser.next()) frames.push(Buffer.from(parser.memory.subarray(parser.start, parser.end)));
    parser.holdRest();
    memory.fill(0xee);
  }
  return frames;
}

/** Cuts bytes into chunks; the numbers say how long each is. */
function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    chunks.push(bytes.subarray(at, at + length));
    at = Math.min(at + length, bytes.length);
  }
  chunks.push(bytes.subarray(at));
  return chunks;
}

const bodies = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
const chunkLengths = fc.array(fc.oneof(fc.integer({ min: 0, max: 8 }), fc.integer({ min: 0, max: 700 })), {
  maxLength: 60,
});

describe('frames', () => {
  test('come out as they went in, wherever the stream is cut', () => {
    fc.assert(
      fc.property(bodies, chunkLengths, (sent, lengths) => {
        const stream = Buffer.concat(sent.map(frame));
        expect(parse(cut(stream, lengths))).toEqual(sent.map((body) => Buffer.from(body)));
      }),
    );
    proves('FR-01');
  });

  test('come out of single bytes', () => {
    const sent = [Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')];
    const stream = Buffer.concat(sent.map(frame));
    expect(parse(cut(stream, new Array(stream.length).fill(1)))).toEqual(sent);
  });

  test('a frame that lies whole in one chunk is not copied', () => {
    const parser = new FrameParser(MAX_FRAME_BYTES);
    const chunk = frame(Buffer.from('whole'));
    parser.push(chunk);
    expect(parser.next()).toBe(true);
    expect(parser.memory).toBe(chunk);
    expect([parser.start, parser.end]).toEqual([4, 9]);
  });

  test('a reader may stop early and go on with the next chunk', () => {
    fc.assert(
      fc.property(bodies, chunkLengths, fc.array(fc.integer({ min: 0, max: 3 })), (sent, lengths, stops) => {
        const parser = new FrameParser(MAX_FRAME_BYTES);
        const found: Buffer[] = [];
        const take = () => found.push(Buffer.from(parser.memory.subarray(parser.start, parser.end)));
        let turn = 0;
        for (const chunk of [...cut(Buffer.concat(sent.map(frame)), lengths)]) {
          parser.push(Buffer.from(chunk));
          const most = stops[turn++] ?? Number.POSITIVE_INFINITY;
          for (let i = 0; i < most && parser.next(); i++) take();
          parser.holdRest();
        }
        parser.push(Buffer.alloc(0));
        while (parser.next()) take();
        expect(found).toEqual(sent.map((body) => Buffer.from(body)));
      }),
    );
  });
});

describe('bytes that are held', () => {
  const LARGE = 20_000;

  /** A parser that was given the first bytes of a large frame, and holds them. */
  function holding(bytes: Buffer): FrameParser {
    const parser = new FrameParser(LARGE);
    parser.push(bytes);
    expect(parser.next()).toBe(false);
    parser.holdRest();
    expect(parser.heldBytesCount).toBe(bytes.length);
    return parser;
  }

  test('are a frame once the rest has come, wherever it was cut', () => {
    const sent = [Buffer.from('ab'), Buffer.alloc(0), Buffer.from('cde')];
    const stream = Buffer.concat(sent.map(frame));
    for (let first = 0; first <= stream.length; first++) {
      for (let second = first; second <= stream.length; second++) {
        expect(parse(cut(stream, [first, second - first])), `cut at ${first} and ${second}`).toEqual(sent);
      }
    }
  });

  test('stay when nothing comes, or nothing was pushed in between', () => {
    const body = Buffer.alloc(LARGE, 7);
    const stream = frame(body);
    const parser = holding(stream.subarray(0, 15_000));
    expect(parse([Buffer.alloc(0)], parser)).toEqual([]);
    parser.holdRest();
    expect(parser.heldBytesCount).toBe(15_000);
    expect(parse([stream.subarray(15_000)], parser)).toEqual([body]);
    expect(parser.heldBytesCount).toBe(0);
  });

  test('may be whole frames, and come out with an empty push', () => {
    const sent = [Buffer.alloc(LARGE, 1), Buffer.alloc(LARGE, 2), Buffer.alloc(9, 3)];
    const parser = new FrameParser(LARGE);
    parser.push(Buffer.concat(sent.map(frame)));
    expect(parser.next()).toBe(true);
    parser.holdRest();
    expect(parser.heldBytesCount).toBe(LARGE + 9 + 8);
    expect(parse([Buffer.alloc(0)], parser)).toEqual(sent.slice(1));
    expect(parse([frame(sent[2] as Buffer)], parser)).toEqual([sent[2]]);
  });

  test('do not hide a false length', () => {
    const parser = holding(Buffer.from([0x7f, 0xff]));
    parser.push(Buffer.from([0xff, 0xff]));
    expect(() => parser.next()).toThrow(FrameLengthError);
  });
});

describe('lengths', () => {
  test.each([-1, -2_147_483_648, MAX_FRAME_BYTES + 1, 0x7fff_ffff])('%i is refused', (lengthBytes) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(lengthBytes);
    expect(() => parse([bytes])).toThrow(FrameLengthError);
    proves('FR-02');
  });

  test('the longest that is allowed, and none at all, are taken', () => {
    const longest = Buffer.alloc(MAX_FRAME_BYTES, 1);
    expect(parse([frame(longest), frame(Buffer.alloc(0))])).toEqual([longest, Buffer.alloc(0)]);
  });

  test('the error says how long it was, and what is allowed', () => {
    const error = new FrameLengthError(-5, MAX_FRAME_BYTES);
    expect(error.lengthBytes).toBe(-5);
    expect(error.message).toContain('-5 bytes; 0 to 1000');
  });
});
