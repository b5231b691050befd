/**
 * CRC-32, the one of gzip and Ethernet. Eight bytes at a time, with eight tables: it is done for every node that
 * changes, and over all of its data.
 *
 *     const whole = finishCrc32(updateCrc32(updateCrc32(CRC32_START, one, 0, 5), two, 0, 9));
 */

export const CRC32_START = -1;

/**
 * Goes on with a checksum.
 * @param crc `CRC32_START`, or what the last call returned
 * @param start the first byte
 * @param end the byte after the last one
 */
export function updateCrc32(crc: number, bytes: Uint8Array, start: number, end: number): number {
  const t = TABLES;
  let c = crc;
  let at = start;
  for (const lastEight = end - 8; at <= lastEight; at += 8) {
    c =
      (t[1792 + ((c ^ (bytes[at] as number)) & 0xff)] as number) ^
      (t[1536 + (((c >>> 8) ^ (bytes[at + 1] as number)) & 0xff)] as number) ^
      (t[1280 + (((c >>> 16) ^ (bytes[at + 2] as number)) & 0xff)] as number) ^
      (t[1024 + ((c >>> 24) ^ (bytes[at + 3] as number))] as number) ^
      (t[768 + (bytes[at + 4] as number)] as number) ^
      (t[512 + (bytes[at + 5] as number)] as number) ^
      (t[256 + (bytes[at + 6] as number)] as number) ^
      (t[bytes[at + 7] as number] as number);
  }
  for (; at < end; at++) c = (c >>> 8) ^ (t[(c ^ (bytes[at] as number)) & 0xff] as number);
  return c;
}

/** Goes on with the four bytes of an int, the upper one first, without writing them anywhere. */
export function updateCrc32ByInt(crc: number, value: number): number {
  const t = TABLES;
  return (
    (t[768 + ((crc ^ (value >>> 24)) & 0xff)] as number) ^
    (t[512 + (((crc >>> 8) ^ (value >>> 16)) & 0xff)] as number) ^
    (t[256 + (((crc >>> 16) ^ (value >>> 8)) & 0xff)] as number) ^
    (t[((crc >>> 24) ^ value) & 0xff] as number)
  );
}

/** The same with two ints. */
export function updateCrc32ByInts(crc: number, first: number, second: number): number {
  const t = TABLES;
  return (
    (t[1792 + ((crc ^ (first >>> 24)) & 0xff)] as number) ^
    (t[1536 + (((crc >>> 8) ^ (first >>> 16)) & 0xff)] as number) ^
    (t[1280 + (((crc >>> 16) ^ (first >>> 8)) & 0xff)] as number) ^
    (t[1024 + (((crc >>> 24) ^ first) & 0xff)] as number) ^
    (t[768 + (second >>> 24)] as number) ^
    (t[512 + ((second >>> 16) & 0xff)] as number) ^
    (t[256 + ((second >>> 8) & 0xff)] as number) ^
    (t[second & 0xff] as number)
  );
}

/**
 * Goes on with the characters of a string, a byte for each, without writing them anywhere.
 * @returns null when they are not all ASCII: then a character need not be one byte
 */
export function updateCrc32ByAscii(crc: number, text: string): number | null {
  let c = crc;
  let all = 0;
  let at = 0;
  for (const lastEight = text.length - 8; at <= lastEight; at += 8) {
    const c0 = text.charCodeAt(at);
    const c1 = text.charCodeAt(at + 1);
    const c2 = text.charCodeAt(at + 2);
    const c3 = text.charCodeAt(at + 3);
    const c4 = text.charCodeAt(at + 4);
    const c5 = text.charCodeAt(at + 5);
    const c6 = text.charCodeAt(at + 6);
    const c7 = text.charCodeAt(at + 7);
    all |= c0 | c1 | c2 | c3 | c4 | c5 | c6 | c7;
    c = updateCrc32ByInts(c, (c0 << 24) | (c1 << 16) | (c2 << 8) | c3, (c4 << 24) | (c5 << 16) | (c6 << 8) | c7);
  }
  for (; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    all |= unit;
    c = (c >>> 8) ^ (TABLES[(c ^ unit) & 0xff] as number);
  }
  return all < 0x80 ? c : null;
}

/** @returns the checksum as a signed int of 32 bits */
export const finishCrc32 = (crc: number): number => ~crc;

const POLYNOMIAL = 0xedb88320;

/** Table k says what a byte does to the checksum when k more bytes follow it. */
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let c = byte;
    for (let bit = 0; bit < 8; bit++) c = (c & 1) === 1 ? (c >>> 1) ^ POLYNOMIAL : c >>> 1;
    tables[byte] = c;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] as number;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] as number);
  }
  return tables;
}
