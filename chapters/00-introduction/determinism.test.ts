import { describe, expect, test } from 'vitest';
import { forbidNondeterminism, guardDeterminism, NondeterminismError } from '#00-introduction/determinism.js';
import { Simulation } from '#00-introduction/simulation.js';

const FORBIDDEN: Record<string, () => unknown> = {
  'Date.now()': () => Date.now(),
  'new Date()': () => new Date(),
  'Date()': () => Date(),
  'performance.now()': () => performance.now(),
  'Math.random()': () => Math.random(),
  'setTimeout()': () => clearTimeout(setTimeout(() => {}, 0)),
  'setInterval()': () => clearInterval(setInterval(() => {}, 1000)),
  'setImmediate()': () => clearImmediate(setImmediate(() => {})),
  'crypto.getRandomValues()': () => crypto.getRandomValues(new Uint8Array(1)),
  'crypto.randomUUID()': () => crypto.randomUUID(),
};

function outcome(run: () => unknown): string {
  try {
    run();
    return 'allowed';
  } catch (error) {
    return error instanceof NondeterminismError ? error.message : `something else: ${error}`;
  }
}

describe('while nondeterminism is forbidden', () => {
  test.each(Object.keys(FORBIDDEN))('%s throws and names what to use instead', (name) => {
    const run = FORBIDDEN[name] as () => unknown;
    expect(outcome(run)).toBe('allowed');
    const allow = forbidNondeterminism();
    const forbidden = outcome(run);
    allow();
    allow();
    expect(forbidden).toContain(`${name} in a simulated run`);
    expect(forbidden).toMatch(/use world\.(clock|random)\./);
    expect(outcome(run)).toBe('allowed');
  });

  test('arithmetic with dates stays allowed', () => {
    const allow = forbidNondeterminism();
    const date = new Date(1234);
    const results = [date.getTime(), date instanceof Date, Date.UTC(1970, 0, 2), new Date(0).toISOString()];
    allow();
    expect(results).toEqual([1234, true, 86_400_000, '1970-01-01T00:00:00.000Z']);
    expect(date instanceof Date && date.constructor === Date).toBe(true);
  });

  test('it stays so until the last one who asked for it has let go', () => {
    const first = forbidNondeterminism();
    const second = forbidNondeterminism();
    first();
    const between = outcome(() => Math.random());
    second();
    expect(between).not.toBe('allowed');
    expect(outcome(() => Math.random())).toBe('allowed');
  });
});

test('afterwards every function is the one that it was', () => {
  const before = [Date, Date.now, performance.now, Math.random, setTimeout, setInterval, setImmediate];
  const ownBefore = Object.getOwnPropertyNames(performance);
  const guard = guardDeterminism();
  guard.enter();
  guard.leave();
  guard.remove();
  guard.remove();
  expect([Date, Date.now, performance.now, Math.random, setTimeout, setInterval, setImmediate]).toEqual(before);
  expect(Object.getOwnPropertyNames(performance)).toEqual(ownBefore);
});

describe('in a simulation', () => {
  test('the guard holds inside an event', async () => {
    const simulation = new Simulation({ seed: 1 });
    simulation.machine('a').world.clock.schedule(1, () => void Date.now());
    await expect(simulation.runFor(10)).rejects.toThrow(/Date\.now\(\) in a simulated run/);
  });

  test.each(Object.keys(FORBIDDEN))('the guard holds for %s after awaits inside an event', async (name) => {
    const simulation = new Simulation({ seed: 1 });
    const { clock, disk } = simulation.machine('a').world;
    const outcomes: string[] = [];
    clock.schedule(1, async () => {
      await null;
      for (let i = 0; i < 10; i++) await Promise.resolve();
      outcomes.push(outcome(FORBIDDEN[name] as () => unknown));
      const file = disk.open('/file', 'create');
      await file.sync();
      outcomes.push(outcome(FORBIDDEN[name] as () => unknown));
    });
    await simulation.runFor(10);
    expect(outcomes).toHaveLength(2);
    for (const text of outcomes) expect(text).toContain(`${name} in a simulated run`);
  });

  test('a test itself may use them between events and afterwards', async () => {
    const simulation = new Simulation({ seed: 1 });
    simulation.machine('a').world.clock.schedule(1, () => {});
    const outcomes: string[] = [];
    await simulation.run({
      until: () => {
        outcomes.push(outcome(() => performance.now()));
        return false;
      },
    });
    expect(outcomes).toEqual(['allowed', 'allowed']);
    expect(outcome(() => performance.now())).toBe('allowed');
  });

  test('two runs at once guard each other’s events and let go at the end', async () => {
    const outcomes: string[] = [];
    const runs = [1, 2].map((seed) => {
      const simulation = new Simulation({ seed });
      const { clock } = simulation.machine('a').world;
      for (let i = 0; i < 20; i++) {
        clock.schedule(i, async () => {
          await null;
          outcomes.push(outcome(() => Math.random()));
        });
      }
      return simulation.runFor(10 * seed);
    });
    await Promise.all(runs);
    expect(outcomes.length).toBeGreaterThan(20);
    expect(outcomes.filter((text) => text === 'allowed')).toEqual([]);
    expect(outcome(() => Math.random())).toBe('allowed');
  });
});
