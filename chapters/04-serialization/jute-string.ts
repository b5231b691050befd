/**
 * Strings as Jute writes them: every UTF-16 unit on its own, in one to three bytes. For most text that is UTF-8. A
 * character beyond U+FFFF is two units, and so becomes two times three bytes where UTF-8 has four.
 *
 * The reader takes plain UTF-8, so such a character does not come back: Apache's reader and ours both show U+FFFD twice,
 * once for each half.
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
    if ((memory[at] as number) >= 0x80) return readUtf8(memory, start, end);
  }
  return memory.toString('latin1', start, end);
}

/** JavaScript's decoder shows half a character as three U+FFFD, one for each byte. Java's shows one. */
function readUtf8(memory: Buffer, start: number, end: number): string {
  let text = '';
  let at = start;
  for (let half = nextHalf(memory, at, end); half !== -1; half = nextHalf(memory, at, end)) {
    text += `${memory.toString('utf8', at, half)}\ufffd`;
    at = half + 2;
    if (at < end && isContinuation(memory[at])) at++;
  }
  return text + memory.toString('utf8', at, end);
}

/** Where a code unit from U+D800 to U+DFFF begins: 0xed, then 0xa0 to 0xbf. */
function nextHalf(memory: Buffer, start: number, end: number): number {
  for (let at = start; at < end - 1; at++) {
    if (memory[at] === 0xed && isContinuation(memory[at + 1]) && (memory[at + 1] as number) >= 0xa0) return at;
  }
  return -1;
}

const isContinuation = (byte: number | undefined): boolean => ((byte as number) & 0xc0) === 0x80;
