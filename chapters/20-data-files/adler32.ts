/**
 * Adler-32, the checksum of both kinds of data file: two sums modulo 65521, kept in 16 bits each. The low one adds
 * up the bytes, the high one adds up the low one after each byte, so that the order of bytes counts too.
 *
 * The modulo is put off for as long as the sums fit 32 bits, and sixteen bytes at a time share one step of the high
 * sum. That makes a byte cost a fraction of a nanosecond, which matters: every byte of every log entry goes through here.
 *
 * @apache java.util.zip.Adler32
 */

const MODULUS = 65521;

/** The most bytes, from sums below the modulus, after which the high sum is still below 2^32. */
const LONGEST_RUN_BYTES = 5552;

export class Adler32 {
  private low = 1;
  private high = 0;

  /** The checksum of all bytes since the start, as an unsigned 32-bit number. */
  get value(): number {
    return this.high * 0x10000 + this.low;
  }

  reset(): void {
    this.low = 1;
    this.high = 0;
  }

  /** Takes in the bytes from `start` up to, not including, `end`. */
  update(bytes: Uint8Array, start = 0, end = bytes.length): void {
    let low = this.low;
    let high = this.high;
    let at = start;
    while (at < end) {
      const runEnd = Math.min(at + LONGEST_RUN_BYTES, end);
      const unrolledEnd = runEnd - ((runEnd - at) & 15);
      for (; at < unrolledEnd; at += 16) {
        const b0 = bytes[at] as number;
        const b1 = bytes[at + 1] as number;
        const b2 = bytes[at + 2] as number;
        const b3 = bytes[at + 3] as number;
        const b4 = bytes[at + 4] as number;
        const b5 = bytes[at + 5] as number;
        const b6 = bytes[at + 6] as number;
        const b7 = bytes[at + 7] as number;
        const b8 = bytes[at + 8] as number;
        const b9 = bytes[at + 9] as number;
        const b10 = bytes[at + 10] as number;
        const b11 = bytes[at + 11] as number;
        const b12 = bytes[at + 12] as number;
        const b13 = bytes[at + 13] as number;
        const b14 = bytes[at + 14] as number;
        const b15 = bytes[at + 15] as number;
        // What the high sum would have got, one byte after the other: byte n is counted 16 - n times.
        const firstHalf = 16 * b0 + 15 * b1 + 14 * b2 + 13 * b3 + 12 * b4 + 11 * b5 + 10 * b6 + 9 * b7;
        const secondHalf = 8 * b8 + 7 * b9 + 6 * b10 + 5 * b11 + 4 * b12 + 3 * b13 + 2 * b14 + b15;
        high = (high + 16 * low + firstHalf + secondHalf) | 0;
        low = (low + b0 + b1 + b2 + b3 + b4 + b5 + b6 + b7 + b8 + b9 + b10 + b11 + b12 + b13 + b14 + b15) | 0;
      }
      for (; at < runEnd; at++) {
        low = (low + (bytes[at] as number)) | 0;
        high = (high + low) | 0;
      }
      low %= MODULUS;
      high = (high >>> 0) % MODULUS;
    }
    this.low = low;
    this.high = high;
  }
}

const shared = new Adler32();

/** The checksum of one piece of memory. */
export function adler32(bytes: Uint8Array, start = 0, end = bytes.length): number {
  shared.reset();
  shared.update(bytes, start, end);
  return shared.value;
}
