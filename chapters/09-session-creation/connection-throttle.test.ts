import { beforeEach, describe, expect, test } from 'vitest';
import type { Clock, Random } from '#00-introduction/world.js';
import { ConnectionThrottle, type ConnectionThrottleSettings } from '#09-session-creation/connection-throttle.js';
import { proves } from '#testing/proves.js';

let nowMs: number;
/** What comes next from the random source: 0 to 1. */
let drawn: number;
const clock = { monotonicMs: () => nowMs } as Clock;
const random: Random = { integer: (below) => Math.floor(drawn * below) };

beforeEach(() => {
  nowMs = 5000;
  drawn = 0.5;
});

function throttleWith(settings: Partial<ConnectionThrottleSettings>): ConnectionThrottle {
  return new ConnectionThrottle(
    { clock, random },
    {
      connectionThrottleTokens: 0,
      connectionThrottleFillTimeMs: 1,
      connectionThrottleFillCount: 1,
      connectionThrottleFreezeTimeMs: -1,
      connectionThrottleDropIncrease: 0.02,
      connectionThrottleDropDecrease: 0.002,
      connectionThrottleDecreaseRatio: 0,
      connectionThrottleWeightEnabled: false,
      connectionThrottleGlobalSessionWeight: 3,
      connectionThrottleRenewSessionWeight: 2,
      connectionThrottleLocalSessionWeight: 1,
      ...settings,
    },
  );
}

/** @returns how many of so many clients are let in */
function clients(throttle: ConnectionThrottle, count: number, isNew = true): number {
  let letIn = 0;
  for (let i = 0; i < count; i++) if (throttle.letsIn(isNew)) letIn++;
  return letIn;
}

test('without tokens there is no throttle', () => {
  expect(clients(throttleWith({}), 10_000)).toBe(10_000);
});

describe('a bucket of 10 tokens', () => {
  test('lets in 10 clients, then as many as new tokens come', () => {
    const throttle = throttleWith({
      connectionThrottleTokens: 10,
      connectionThrottleFillTimeMs: 100,
      connectionThrottleFillCount: 2,
    });
    expect([clients(throttle, 15), throttle.deficit]).toEqual([10, 10]);
    nowMs += 100;
    expect(clients(throttle, 5)).toBe(0);
    nowMs += 50;
    expect(clients(throttle, 5)).toBe(3);
    nowMs += 200;
    expect(clients(throttle, 5)).toBe(4);
    nowMs += 10_000;
    expect(clients(throttle, 15)).toBe(10);
    proves('CT-01');
  });

  test('costs more for a new session than for one that is taken up again, if that is asked for', () => {
    const weighted = { connectionThrottleTokens: 10, connectionThrottleWeightEnabled: true };
    expect(clients(throttleWith(weighted), 100)).toBe(10);
    expect(clients(throttleWith(weighted), 100, false)).toBe(15);
    const tokens = { ...weighted, connectionThrottleFillTimeMs: 10 };
    const throttle = throttleWith(tokens);
    expect(clients(throttle, 100)).toBe(10);
    nowMs += 20;
    // 2 times 1 token for every 10 ms, times 3.
    expect([clients(throttle, 100, false), throttle.deficit]).toEqual([3, 30]);
    proves('CT-01');
  });

  test('never costs less than a local session would', () => {
    const throttle = throttleWith({
      connectionThrottleTokens: 10,
      connectionThrottleWeightEnabled: true,
      connectionThrottleLocalSessionWeight: 5,
    });
    expect(clients(throttle, 4, false)).toBe(4);
    expect(throttle.deficit).toBe(20);
  });
});

describe('turning away at random', () => {
  const settings = {
    connectionThrottleTokens: 4,
    connectionThrottleFillTimeMs: 1000,
    connectionThrottleFreezeTimeMs: 10,
    connectionThrottleDropIncrease: 0.3,
    connectionThrottleDropDecrease: 0.1,
  };

  test('becomes likelier each time the bucket is empty, at most once in a freeze time', () => {
    const throttle = throttleWith(settings);
    clients(throttle, 4);
    for (const chance of [0.3, 0.6, 0.9, 1, 1]) {
      nowMs += 11;
      clients(throttle, 3);
      expect(throttle.dropChance).toBeCloseTo(chance);
    }
    proves('CT-01');
  });

  test('becomes less likely while the bucket is full enough', () => {
    const throttle = throttleWith({ ...settings, connectionThrottleDecreaseRatio: 0.5 });
    clients(throttle, 4);
    nowMs += 11;
    clients(throttle, 1);
    expect(throttle.dropChance).toBeCloseTo(0.3);
    for (const chance of [0.2, 0.1, 0, 0]) {
      nowMs += 3000;
      clients(throttle, 1);
      expect(throttle.dropChance).toBeCloseTo(chance);
    }
  });

  test('hits those whom the dice hit, tokens or not', () => {
    const throttle = throttleWith(settings);
    clients(throttle, 4);
    nowMs += 11;
    clients(throttle, 1);
    nowMs += 3000;
    drawn = 0.29;
    expect([throttle.letsIn(true), throttle.deficit]).toEqual([false, 1]);
    drawn = 0.31;
    expect([throttle.letsIn(true), throttle.deficit]).toEqual([true, 2]);
  });
});
