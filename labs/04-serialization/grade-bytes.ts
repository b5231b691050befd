/** Bytes as the checks of lab 4 write and show them. */
import { Buffer } from 'node:buffer';

/** `00 00 00 02 77 31`; of very many only the first. */
export function hexOf(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES))
    .toString('hex')
    .replace(/..(?=.)/g, '$& ');
  return bytes.length > SHOWN_BYTES ? `${shown} … (${bytes.length} bytes)` : shown;
}

/** The bytes of `00 00 00 02 77 31`; spaces are for people. */
export const bytesOf = (...hex: readonly string[]): Buffer => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');

export const int = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** A length and the bytes of a text that is ASCII. */
export const text = (value: string): string => int(value.length) + Buffer.from(value, 'latin1').toString('hex');

const SHOWN_BYTES = 48;
