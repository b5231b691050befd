import { describe, expect, test } from 'vitest';
import { LatencyHistogram } from './histogram.js';

describe('LatencyHistogram', () => {
  test('a percentile is the exact one, or less than 1 % above it', () => {
    const latencies = spreadOverDecades(20_000);
    const histogram = new LatencyHistogram();
    for (const latency of latencies) histogram.record(latency);
    const sorted = latencies.toSorted((a, b) => a - b);
    for (const percent of [0.01, 1, 10, 25, 50, 75, 90, 99, 99.9, 99.99, 100]) {
      const exact = sorted[Math.ceil((percent / 100) * sorted.length) - 1] as number;
      // Half a tick is lost when a latency becomes a whole number of ticks.
      expect(histogram.percentileUs(percent), `p${percent}`).toBeGreaterThanOrEqual(exact - 0.05);
      expect(histogram.percentileUs(percent), `p${percent}`).toBeLessThanOrEqual(exact * 1.01 + 0.05);
    }
  });

  test('small values are exact to a tick', () => {
    const histogram = new LatencyHistogram();
    for (let ticks = 0; ticks < 256; ticks++) histogram.record(ticks / 10);
    expect(histogram.percentileUs(50)).toBe(12.7);
    expect(histogram.percentileUs(100)).toBe(25.5);
  });

  test('every value lies at or below the upper edge of its bucket, at every power of two', () => {
    for (let power = 0; power < 31; power++) {
      for (const ticks of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        const histogram = new LatencyHistogram();
        histogram.record(ticks / 10);
        // A larger one, so that the maximum does not cut the percentile down to the value itself.
        histogram.record(214_000_000);
        expect(histogram.percentileUs(50)).toBeGreaterThanOrEqual(ticks / 10);
        expect(histogram.percentileUs(50)).toBeLessThanOrEqual((ticks / 10) * 1.01);
      }
    }
  });

  test('equal latencies can be recorded together', () => {
    const histogram = new LatencyHistogram();
    histogram.record(10, 98);
    histogram.record(20);
    histogram.record(400);
    expect(histogram.count).toBe(100);
    expect(histogram.percentileUs(98)).toBe(10);
    expect(histogram.percentileUs(98.5)).toBe(20);
    expect(histogram.percentileUs(99)).toBe(20);
    expect(histogram.percentileUs(100)).toBe(400);
  });

  test('what is longer than the last bucket counts, and the maximum stays exact', () => {
    const histogram = new LatencyHistogram();
    histogram.record(500_000_000);
    expect(histogram.count).toBe(1);
    expect(histogram.maxUs).toBe(500_000_000);
  });

  test('it is empty at first', () => {
    const histogram = new LatencyHistogram();
    expect(histogram.count).toBe(0);
    expect(histogram.percentileUs(99)).toBe(0);
  });
});

/** Latencies from 1 µs to 10 s, as many in each decade, the same ones in every run. */
function spreadOverDecades(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 10 ** ((state / 2 ** 32) * 7);
  });
}
