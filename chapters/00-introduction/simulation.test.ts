import { describe, expect, test } from 'vitest';
import { busyRun, startChatter } from '#00-introduction/busy-run.js';
import { Simulation, SimulationError } from '#00-introduction/simulation.js';
import type { SimulationEvent } from '#00-introduction/simulation-event.js';

describe('a run', () => {
  test('with the same seed is the same, event by event and byte by byte', async () => {
    const first = await busyRun(7);
    expect(await busyRun(7)).toEqual(first);
    const kinds = new Set(first.map((line) => (JSON.parse(line) as SimulationEvent).kind));
    expect([...kinds].sort()).toEqual([
      'break',
      'close',
      'connect',
      'crash',
      'create',
      'data',
      'freeze',
      'heal',
      'kill',
      'listen',
      'log',
      'make-directory',
      'open',
      'partition',
      'refused',
      'remove',
      'rename',
      'restart',
      'send',
      'sync',
      'truncate',
      'wall-clock',
      'write',
    ]);
  });

  test('with another seed is another', async () => {
    expect(await busyRun(8)).not.toEqual(await busyRun(7));
  });

  test('is not changed by being watched', async () => {
    const ends: string[] = [];
    for (const isWatched of [true, false]) {
      const simulation = new Simulation({ seed: 3 });
      if (isWatched) simulation.onEvent(() => {});
      for (const name of ['a', 'b']) startChatter(simulation.machine(name).world, ['a', 'b']);
      await simulation.runFor(100);
      ends.push(
        `${simulation.eventCount} ${simulation
          .machine('a')
          .logEntries.map(({ message }) => message)
          .join()}`,
      );
    }
    expect(ends[0]).toBe(ends[1]);
  });
});

describe('time', () => {
  test('stands still while code runs, and passes only between events', async () => {
    const simulation = new Simulation({ seed: 1, startWallMs: 1_000_000 });
    const { clock } = simulation.machine('a').world;
    const seen: number[] = [];
    clock.schedule(5, () => {
      seen.push(clock.monotonicMs());
      for (let i = 0; i < 1000; i++) seen.fill(clock.monotonicMs());
    });
    await simulation.runFor(100);
    expect(seen).toEqual([5]);
    expect([simulation.nowMs, clock.monotonicMs()]).toEqual([100, 100]);
    expect(Math.abs(clock.wallMs() - 1_000_100)).toBeLessThanOrEqual(50);
  });

  test('orders events by moment, then by who came first', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const order: string[] = [];
    clock.schedule(2, () => order.push('2'));
    clock.schedule(1, () => {
      order.push('1');
      clock.schedule(1, () => order.push('2, later'));
      clock.schedule(0, () => order.push('1, later'));
    });
    clock.schedule(2, () => order.push('2, second'));
    const cancelled = clock.schedule(1.5, () => order.push('cancelled'));
    clock.schedule(1, () => cancelled.cancel());
    await simulation.runUntilIdle();
    expect(order).toEqual(['1', '1, later', '2', '2, second', '2, later']);
  });

  test('a timer is not early even by a fraction, and looking again ends', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const dueMs = 0.1 + 0.2;
    let looks = 0;
    const look = (): void => {
      looks++;
      if (clock.monotonicMs() < dueMs) clock.schedule(dueMs - clock.monotonicMs(), look);
    };
    clock.schedule(0.1, look);
    await simulation.runUntilIdle({ maxEvents: 10 });
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(dueMs);
    expect(looks).toBeLessThanOrEqual(3);
  });

  test('many timers come in order, cancelled ones not at all', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock, random } = simulation.machine('a').world;
    const came: number[] = [];
    const timers = Array.from({ length: 500 }, () => {
      const delayMs = random.integer(100);
      return { delayMs, timer: clock.schedule(delayMs, () => came.push(delayMs)) };
    });
    const kept = timers.filter(({ timer }, i) => {
      if (i % 3 === 0) timer.cancel();
      return i % 3 !== 0;
    });
    await simulation.runUntilIdle();
    expect(came).toEqual(kept.map(({ delayMs }) => delayMs).sort((left, right) => left - right));
  });

  test('the end of a turn comes once for all that asked in it, after a little while', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const order: string[] = [];
    const times: number[] = [];
    const end = (name: string) => () => {
      order.push(name);
      times.push(clock.monotonicMs());
    };
    clock.schedule(1, () => {
      clock.atEndOfTurn(end('first'));
      clock.atEndOfTurn(end('second'));
      void Promise.resolve().then(() => order.push('promise'));
    });
    await simulation.runUntilIdle();
    expect(order).toEqual(['promise', 'first', 'second']);
    expect(times[0]).toBe(times[1]);
    expect(times[0]).toBeLessThanOrEqual(1.2);
  });
});

describe('running', () => {
  test('settles every promise of an event before the next event', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const order: string[] = [];
    clock.schedule(1, async () => {
      order.push('one');
      for (let i = 0; i < 50; i++) await null;
      order.push('the end of one');
    });
    clock.schedule(1, () => order.push('two'));
    await simulation.runUntilIdle();
    expect(order).toEqual(['one', 'the end of one', 'two']);
  });

  test('goes one step, up to a time, until something is so, or to the end', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const came: number[] = [];
    for (const atMs of [1, 2, 3, 4, 5]) clock.schedule(atMs, () => came.push(atMs));
    expect(await simulation.step()).toBe(true);
    expect(came).toEqual([1]);
    await simulation.run({ untilMs: 2 });
    expect([simulation.nowMs, came]).toEqual([2, [1, 2]]);
    await simulation.runUntil(() => came.length === 3);
    expect([simulation.nowMs, simulation.isIdle]).toEqual([3, false]);
    await simulation.runUntilIdle();
    expect([simulation.nowMs, simulation.isIdle, came]).toEqual([5, true, [1, 2, 3, 4, 5]]);
    expect(await simulation.step()).toBe(false);
    await simulation.runFor(10);
    expect(simulation.nowMs).toBe(15);
  });

  test('fails where an event throws, and can go on after it', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    let went = false;
    clock.schedule(1, () => {
      throw new Error('broken');
    });
    clock.schedule(2, () => {
      went = true;
    });
    await expect(simulation.runUntilIdle()).rejects.toThrow('broken');
    expect(went).toBe(false);
    await simulation.runUntilIdle();
    expect(went).toBe(true);
  });

  test('gives a promise’s value or error, and can be waited for inside the simulation only', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { clock } = simulation.machine('a').world;
    const later = (): Promise<void> => new Promise((resolve) => clock.schedule(10, resolve));
    expect(await simulation.settle(later().then(() => 42))).toBe(42);
    const failing = later().then(() => {
      throw new Error('no luck');
    });
    await expect(simulation.settle(failing)).rejects.toThrow('no luck');
    await expect(simulation.settle(new Promise(() => {}))).rejects.toThrow(/nothing is left to happen/);
  });

  test('that does not end is caught by its steps, and shows the last events', async () => {
    const simulation = new Simulation({ seed: 9 });
    const { clock } = simulation.machine('a').world;
    const again = (): void => void clock.schedule(0, again);
    again();
    const error: unknown = await simulation.runFor(10, { maxEvents: 1000 }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SimulationError);
    const lines = String(error).split('\n');
    expect(lines[0]).toBe(
      'SimulationError: no end after 1000 events (seed 9, 0 ms of simulated time). The last events:',
    );
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('  0.000 ms  a: timer');
    expect(simulation.eventCount).toBe(1000);
  });

  test('up to something that does not come says so', async () => {
    const simulation = new Simulation({ seed: 9 });
    const { clock } = simulation.machine('a').world;
    const tick = (): void => void clock.schedule(100, tick);
    tick();
    await expect(simulation.runUntil(() => false, { withinMs: 1000 })).rejects.toThrow(
      /^not so within 1000 ms \(seed 9, 1000 ms of simulated time\)/,
    );
  });

  test('twice at once is refused', async () => {
    const simulation = new Simulation({ seed: 1 });
    const run = simulation.runFor(10);
    await expect(simulation.runFor(10)).rejects.toThrow(/running already/);
    await run;
    await simulation.runFor(10);
    expect(simulation.nowMs).toBe(20);
  });

  test('tells events to those who listen, until they stop', async () => {
    const simulation = new Simulation({ seed: 1 });
    const { log } = simulation.machine('a').world;
    const events: SimulationEvent[] = [];
    const stop = simulation.onEvent((event) => events.push(event));
    log.warn('odd', new TypeError('why'));
    stop();
    log.info('unheard');
    expect(events).toEqual([
      { atMs: 0, kind: 'log', machine: 'a', level: 'warn', message: 'odd', cause: 'TypeError: why' },
    ]);
    expect(simulation.machine('a').logEntries.map(({ message }) => message)).toEqual(['odd', 'unheard']);
  });
});
