/** Bytes as checks write and show them: hex in which spaces are for people. */
import { Buffer } from 'node:buffer';

/** `00 00 00 02 77 31`; of very many only the first. */
export function hexOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES))
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return bytes.length > SHOWN_BYTES ? `${shown} … (${bytes.length} bytes)` : shown;
}

const SHOWN_BYTES = 48;

export const bytesOf = (...hex: readonly string[]): Buffer => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');

export const int = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

export const long = (value: bigint): string => BigInt.asUintN(64, value).toString(16).padStart(16, '0');

/** A length and the bytes of a text that is ASCII. */
export const text = (value: string): string => int(value.length) + Buffer.from(value, 'latin1').toString('hex');

/** The length of what follows, and that. @param content hex without spaces */
export const framed = (content: string): string => int(content.length / 2) + content;
