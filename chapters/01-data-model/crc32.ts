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
