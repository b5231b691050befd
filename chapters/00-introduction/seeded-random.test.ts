import { describe, expect, test } from 'vitest';
import { SeededRandom } from '#00-introduction/seeded-random.js';

function draw(random: SeededRandom, count = 8): number[] {
  return Array.from({ length: count }, () => random.integer(2 ** 32));
}

describe('a stream', () => {
  test('is the same for the same seed, today and in every version', () => {
    expect(draw(new SeededRandom(7), 4)).toEqual(draw(new SeededRandom(7), 4));
    expect(draw(new SeededRandom(1), 4)).toMatchInlineSnapshot(`
      [
        2395849000,
        4239110564,
        218561895,
        3854777395,
      ]
    `);
    expect(draw(new SeededRandom(2 ** 52 + 1), 4)).toMatchInlineSnapshot(`
      [
        3158255834,
        1077998483,
        2883333488,
        2474794347,
      ]
    `);
  });

  test('differs with every bit of the seed', () => {
    const seeds = [0, 1, 2, 3, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
    expect(new Set(seeds.map((seed) => draw(new SeededRandom(seed)).join())).size).toBe(seeds.length);
  });
});

describe('a fork', () => {
  test('depends on seed and name, not on what was drawn before', () => {
    const random = new SeededRandom(7);
    const before = draw(random.fork('a'));
    draw(random);
    expect(draw(random.fork('a'))).toEqual(before);
    expect(draw(random.fork('b'))).not.toEqual(before);
    expect(draw(new SeededRandom(8).fork('a'))).not.toEqual(before);
    expect(draw(random.fork('a').fork('c'))).not.toEqual(draw(random.fork('b').fork('c')));
    expect(draw(random.fork('a').fork('b'))).not.toEqual(draw(random.fork('b').fork('a')));
    expect(draw(random.fork('a').fork('a'))).not.toEqual(draw(random));
  });
});

describe('numbers', () => {
  test('are spread evenly over their range', () => {
    const random = new SeededRandom(3);
    const counts = Array.from({ length: 7 }, () => 0);
    for (let i = 0; i < 70_000; i++) {
      const drawn = random.integer(7);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test('are spread evenly where the range is no divisor of 2^32', () => {
    const random = new SeededRandom(3);
    const below = 3 * 2 ** 30;
    let inLastThird = 0;
    for (let i = 0; i < 30_000; i++) if (random.integer(below) >= 2 ** 31) inLastThird++;
    expect(Math.abs(inLastThird - 10_000)).toBeLessThan(500);
  });

  test('of chances and times keep to what was asked', () => {
    const random = new SeededRandom(5);
    let hits = 0;
    for (let i = 0; i < 10_000; i++) if (random.chance(0.25)) hits++;
    expect(Math.abs(hits - 2500)).toBeLessThan(200);
    expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
    const times = Array.from({ length: 1000 }, () => random.betweenMs([0.1, 2]));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...times)).toBeLessThanOrEqual(2);
    expect(random.betweenMs([3, 3])).toBe(3);
  });
});
