/** Random numbers that nobody can guess: session passwords may be made of them. */
import { randomInt } from 'node:crypto';
import type { Random } from '#00-introduction/world.js';

export class RealRandom implements Random {
  integer(below: number): number {
    return randomInt(below);
  }
}
