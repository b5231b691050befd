import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Adler32, adler32 } from '#20-data-files/adler32.js';

/** The definition, word by word. */
function byDefinition(bytes: Uint8Array): number {
  let low = 1;
  let high = 0;
  for (const byte of bytes) {
    low = (low + byte) % 65521;
    high = (high + low) % 65521;
  }
  return high * 65536 + low;
}

describe('Adler32', () => {
  it('gives the known values', () => {
    expect(adler32(Buffer.alloc(0))).toBe(1);
    expect(adler32(Buffer.from('Wikipedia'))).toBe(0x11e60398);
  });

  it('does not overflow on the longest runs of the highest byte', () => {
    for (const sizeBytes of [5551, 5552, 5553, 11104, 20000]) {
      const bytes = Buffer.alloc(sizeBytes, 0xff);
      expect(adler32(bytes), `${sizeBytes} bytes`).toBe(byDefinition(bytes));
    }
    const sums = new Adler32();
    // The low sum is the highest that it can be before the next run.
    sums.update(Buffer.concat([Buffer.alloc(256, 0xff), Buffer.from([239])]));
    expect(sums.value % 65536).toBe(65520);
    sums.update(Buffer.alloc(12_000, 0xff));
    const all = [Buffer.alloc(256, 0xff), Buffer.from([239]), Buffer.alloc(12_000, 0xff)];
    expect(sums.value).toBe(byDefinition(Buffer.concat(all)));
  });

  it('is the same in one piece and in two, and looks only at its range', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(), (bytes, a, b) => {
        const start = a % (bytes.length + 1);
        const middle = start + (b % (bytes.length - start + 1));
        const sums = new Adler32();
        sums.update(bytes, start, middle);
        sums.update(bytes, middle);
        expect(sums.value).toBe(byDefinition(bytes.subarray(start)));
      }),
    );
  });
});
