import { expect, test } from 'vitest';
import { shrink } from '#testing/differential/shrink.js';

const numbers = Array.from({ length: 100 }, (_, i) => i);

test('what is left is what it takes, in its order', async () => {
  const fails = async (part: readonly number[]) => part.includes(17) && part.includes(63) && part.includes(98);
  expect(await shrink(numbers, fails)).toEqual([17, 63, 98]);
});

test('order counts', async () => {
  const fails = async (part: readonly number[]) => part.indexOf(40) > -1 && part.indexOf(40) < part.indexOf(41);
  expect(await shrink(numbers, fails)).toEqual([40, 41]);
});

test('a part that is simpler takes the place of another, and again', async () => {
  const fails = async (part: readonly number[]) => part.some((n) => n >= 12);
  const simpler = (n: number): number[] => (n > 0 ? [n - 1] : []);
  expect(await shrink(numbers, fails, simpler)).toEqual([12]);
});

test('what fails only as a whole stays whole', async () => {
  const fails = async (part: readonly number[]) => part.length === numbers.length;
  expect(await shrink(numbers, fails)).toEqual(numbers);
});
