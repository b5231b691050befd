/**
 * What a client sees of a server: one of these for each packet that comes, and for the end of a connection. Everything
 * that was in the packet is in here, so what two servers do alike is alike in every field.
 */
import { Buffer } from 'node:buffer';
import type { Slot } from '#testing/differential/step.js';

export interface Observation {
  readonly slot: Slot;
  /**
   * `replaced` is about the connection that a session had before its present one; `guarded` names the nodes of a
   * setWatches that not everybody may read.
   */
  readonly kind: 'connected' | 'reply' | 'event' | 'closed' | 'replaced' | 'expired' | 'guarded' | 'tree';
  /** The operation that was asked for; empty when it has none. */
  readonly about: string;
  readonly fields: Fields;
}

export type Fields = { readonly [name: string]: Value };
export type Value = null | boolean | number | bigint | string | readonly Value[] | Fields;

/** Records, as plain values: bytes become text of their own kind. */
export function toValue(value: unknown): Value {
  if (Buffer.isBuffer(value)) return `0x${value.toString('hex')}`;
  if (Array.isArray(value)) return value.map(toValue);
  if (typeof value === 'object' && value !== null) return toFields(value);
  return value as Value;
}

export function toFields(record: object): Fields {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, toValue(value)]));
}

/** Where two values differ first, as `fields.stat.version`; null when they don't. */
export function firstDifference(a: Value | undefined, b: Value | undefined, at = ''): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return at;
  if (Array.isArray(a) !== Array.isArray(b)) return at;
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const name of names) {
    const difference = firstDifference((a as Fields)[name], (b as Fields)[name], at === '' ? name : `${at}.${name}`);
    if (difference !== null) return difference;
  }
  return null;
}
