/**
 * Random numbers that come out the same every time: sfc32, a small generator that passes the usual statistical tests.
 * Not for secrets.
 *
 * Each part of a simulation draws from a stream of its own (`fork`). So a part that draws once more does not change
 * what all the others get.
 */
import type { Random } from '#00-introduction/world.js';

const TWO_POW_32 = 2 ** 32;

export class SeededRandom implements Random {
  /** The seed, and the names of the forks that led here. */
  private readonly path: string;
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** @param seed a number; as text it is where the path of a fork begins */
  constructor(seed: number | string) {
    this.path = String(seed);
    this.a = hash(this.path, 0x811c9dc5);
    this.b = hash(this.path, 0x9e3779b9);
    this.c = hash(this.path, 0x243f6a88);
    for (let i = 0; i < 15; i++) this.next();
  }

  /** A stream of its own, the same for the same seed and name, however much was drawn here. */
  fork(name: string): SeededRandom {
    return new SeededRandom(`${this.path}/${name}`);
  }

  integer(below: number): number {
    // Numbers above the last whole multiple of `below` would come up too often: draw again.
    const limit = TWO_POW_32 - (TWO_POW_32 % below);
    let drawn = this.next();
    while (drawn >= limit) drawn = this.next();
    return drawn % below;
  }

  /** True in `probability` of the cases, 0 to 1. Always draws once, so that the stream goes on alike. */
  chance(probability: number): boolean {
    return this.next() < probability * TWO_POW_32;
  }

  /** A time between two others, in whole microseconds. */
  betweenMs([leastMs, mostMs]: readonly [number, number]): number {
    return leastMs + this.integer(Math.round((mostMs - leastMs) * 1000) + 1) / 1000;
  }

  /** 32 random bits. */
  private next(): number {
    const sum = (this.a + this.b + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a over the UTF-16 units, with the last step of MurmurHash3, so that every bit of the text reaches every bit. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
