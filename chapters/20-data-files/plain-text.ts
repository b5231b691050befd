/** Values of records as the tools of this chapter print them: numbers of 64 bits in hex, data by its size. */
import { Buffer } from 'node:buffer';
import { hex } from '#06-network-protocol/ids.js';

/** `path "/a", data 3 bytes, acl [perms 31, id (scheme "world", id "anyone")]` */
export function plainText(record: object): string {
  return Object.entries(record)
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

/** `0x2a` */
export const hexText = (value: bigint): string => `0x${hex(value)}`;

export function sizeText(data: Uint8Array | null): string {
  return data === null ? 'null' : `${data.length} ${data.length === 1 ? 'byte' : 'bytes'}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'bigint') return hexText(value);
  if (Buffer.isBuffer(value)) return sizeText(value);
  if (Array.isArray(value)) return `[${value.map(elementText).join('; ')}]`;
  if (typeof value === 'object' && value !== null) return `(${plainText(value)})`;
  return JSON.stringify(value);
}

function elementText(value: unknown): string {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? plainText(value) : valueText(value);
}
