/** Types that nobody has seen before, values of them, and their bytes, put together by hand. */
import { Buffer } from 'node:buffer';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import type { PrimitiveType } from '#04-serialization/record-type.js';
import { int, long, text } from '../runner/bytes.js';

export type Shape =
  | PrimitiveType
  | { readonly vector: Shape }
  | { readonly map: readonly [PrimitiveType, Shape] }
  /** The class Pair, which has an int and a string. */
  | 'Pair';

export const PAIR = 'class Pair { int left; ustring right; }';

const PRIMITIVES = ['byte', 'boolean', 'int', 'long', 'float', 'double', 'ustring', 'buffer'] as const;
const KEYS = ['byte', 'boolean', 'int', 'long', 'ustring'] as const;

/** @param depth how many vectors and maps may stand inside each other */
export function randomShape(random: SeededRandom, depth: number): Shape {
  const kind = depth === 0 ? random.integer(3) : 2 + random.integer(5);
  if (kind >= 5) return { map: [oneOf(random, KEYS), randomShape(random, depth - 1)] };
  if (kind >= 3) return { vector: randomShape(random, depth - 1) };
  return kind === 2 ? 'Pair' : oneOf(random, PRIMITIVES);
}

/** In the language of .jute files. */
export function inIdl(shape: Shape): string {
  if (typeof shape === 'string') return shape;
  if ('vector' in shape) return `vector<${inIdl(shape.vector)}>`;
  return `map<${shape.map[0]}, ${inIdl(shape.map[1])}>`;
}

export function randomValue(random: SeededRandom, shape: Shape): unknown {
  if (shape === 'Pair') return { left: randomValue(random, 'int'), right: randomValue(random, 'ustring') };
  if (typeof shape === 'string') return PRIMITIVE_VALUES[shape](random);
  if ('map' in shape) {
    const [key, value] = shape.map;
    const entries = some(random, () => [randomKey(random, key), randomValue(random, value)] as const);
    return new Map(entries);
  }
  return random.chance(1 / 8) ? null : some(random, () => randomValue(random, shape.vector));
}

/** What the bytes of a value are, in hex. */
export function bytesByHand(shape: Shape, value: unknown): string {
  if (shape === 'Pair') {
    const { left, right } = value as { left: number; right: string | null };
    return bytesByHand('int', left) + bytesByHand('ustring', right);
  }
  if (typeof shape === 'string') return PRIMITIVE_BYTES[shape](value as never);
  if ('vector' in shape) {
    const elements = value as unknown[] | null;
    if (elements === null) return int(-1);
    return int(elements.length) + elements.map((element) => bytesByHand(shape.vector, element)).join('');
  }
  const entries = [...(value as Map<number | string, unknown>)].sort(([a], [b]) => (a < b ? -1 : 1));
  const [keyShape, valueShape] = shape.map;
  return (
    int(entries.length) + entries.map(([key, of]) => bytesByHand(keyShape, key) + bytesByHand(valueShape, of)).join('')
  );
}

const PRIMITIVE_VALUES: Readonly<Record<PrimitiveType, (random: SeededRandom) => unknown>> = {
  byte: (random) => random.integer(256) - 128,
  boolean: (random) => random.chance(1 / 2),
  int: (random) => random.integer(2 ** 32) - 2 ** 31,
  long: (random) => BigInt.asIntN(64, (BigInt(random.integer(2 ** 32)) << 32n) + BigInt(random.integer(2 ** 32))),
  float: (random) => random.integer(1000) / 8,
  double: (random) => random.integer(1000) / 7,
  ustring: (random) => (random.chance(1 / 5) ? null : word(random)),
  buffer: (random) => (random.chance(1 / 5) ? null : Buffer.from(word(random))),
};

const PRIMITIVE_BYTES: Readonly<Record<PrimitiveType, (value: never) => string>> = {
  byte: (value: number) => Buffer.from([value]).toString('hex'),
  boolean: (value: boolean) => (value ? '01' : '00'),
  int,
  long,
  float: (value: number) => Buffer.from(new Uint8Array(new Float32Array([value]).buffer).reverse()).toString('hex'),
  double: (value: number) => Buffer.from(new Uint8Array(new Float64Array([value]).buffer).reverse()).toString('hex'),
  ustring: (value: string | null) => (value === null ? int(-1) : text(value)),
  buffer: (value: Buffer | null) => (value === null ? int(-1) : text(value.toString('latin1'))),
};

/** Never null. */
const randomKey = (random: SeededRandom, key: PrimitiveType): unknown =>
  key === 'ustring' ? word(random) : randomValue(random, key);

const word = (random: SeededRandom): string => oneOf(random, ['', 'w1', 'batch=100', 'o-17', 'payout']);

const some = <T>(random: SeededRandom, make: () => T): T[] => Array.from({ length: random.integer(4) }, make);

export const oneOf = <T>(random: SeededRandom, all: readonly T[]): T => all[random.integer(all.length)] as T;
