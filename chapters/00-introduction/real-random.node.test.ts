import { expect, test } from 'vitest';
import { RealRandom } from '#00-introduction/real-random.node.js';

test('numbers are whole, in range, and all of a small range come up', () => {
  const random = new RealRandom();
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) seen.add(random.integer(5));
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(random.integer(1)).toBe(0);
  const large = random.integer(2 ** 32);
  expect(Number.isInteger(large) && large >= 0 && large < 2 ** 32).toBe(true);
});
