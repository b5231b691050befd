import { describe, expect, test } from 'vitest';
import { median, ratioSpread, spreadOf } from './statistics.js';

describe('statistics of rounds', () => {
  test('the median of an odd number is the middle one, of an even number the mean of the two', () => {
    expect(median([30, 10, 20])).toBe(20);
    expect(median([40, 10, 20, 30])).toBe(25);
    expect(median([7])).toBe(7);
  });

  test('numbers are ordered as numbers', () => {
    expect(median([9, 10, 100])).toBe(10);
  });

  test('nothing has no median', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  test('the rounds stay as they are', () => {
    const rounds = [3, 1, 2];
    expect(spreadOf(rounds)).toEqual({ median: 2, min: 1, max: 3 });
    expect(rounds).toEqual([3, 1, 2]);
  });

  test('a ratio is taken within each round, not between the medians', () => {
    // The medians are 200 and 100, which would be 2.
    expect(ratioSpread([100, 200, 900], [100, 50, 300])).toEqual({ median: 3, min: 1, max: 4 });
  });

  test('rounds must pair up', () => {
    expect(() => ratioSpread([1, 2], [1])).toThrow('2 rounds against 1');
  });
});
