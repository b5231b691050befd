/**
 * Strings as Jute writes them: every UTF-16 unit on its own, in one to three bytes. For most text that is UTF-8. A
 * character beyond U+FFFF is two units, and so becomes two times three bytes where UTF-8 has four.
 *
 * The reader takes plain UTF-8, so such a character does not come back: Apache's reader and ours both show U+FFFD.
 */
import type { Buffer } from 'node:buffer';

/** Bytes that `writeJuteString` needs. */
export function juteStringByteLength(value: string): number {
  let length = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit >= 0x80) length += unit < 0x800 ? 1 : 2;
  }
  return length;
}

/** Writes the bytes of a string, without its length. There must be room. */
export function writeJuteString(memory: Buffer, start: number, value: string): void {
  let at = start;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit < 0x80) {
      memory[at++] = unit;
    } else if (unit < 0x800) {
      memory[at++] = 0xc0 | (unit >> 6);
      memory[at++] = 0x80 | (unit & 0x3f);
    } else {
      memory[at++] = 0xe0 | (unit >> 12);
      memory[at++] = 0x80 | ((unit >> 6) & 0x3f);
      memory[at++] = 0x80 | (unit & 0x3f);
    }
  }
}

/** Reads the bytes of a string. Bytes that are not UTF-8 become U+FFFD. */
export function readJuteString(memory: Buffer, start: number, end: number): string {
  for (let at = start; at < end; at++) {
    if ((memory[at] as number) >= 0x80) return memory.toString('utf8', start, end);
  }
  return memory.toString('latin1', start, end);
}
