import { afterEach, expect, test, vi } from 'vitest';
import { RealClock } from '#00-introduction/real-clock.node.js';

const clock = new RealClock();

afterEach(() => {
  vi.restoreAllMocks();
});

test('monotonic time does not go back, wall time is the time of day', () => {
  const before = clock.monotonicMs();
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(before);
  expect(Math.abs(clock.wallMs() - Date.now())).toBeLessThan(60_000);
});

test('a timer is never early by the monotonic clock', async () => {
  for (const delayMs of [0, 0.2, 1, 1.5, 3]) {
    const dueMs = clock.monotonicMs() + delayMs;
    await new Promise<void>((resolve) => clock.schedule(delayMs, resolve));
    expect(clock.monotonicMs()).toBeGreaterThanOrEqual(dueMs);
  }
});

test('a cancelled timer does not run, and cancelling it again is harmless', async () => {
  const ran: string[] = [];
  const cancelled = clock.schedule(1, () => ran.push('cancelled'));
  cancelled.cancel();
  cancelled.cancel();
  const last = await new Promise<string>((resolve) => {
    const timer = clock.schedule(5, () => {
      timer.cancel();
      resolve('kept');
    });
  });
  expect([...ran, last]).toEqual(['kept']);
});

test('a delay beyond what setTimeout takes does not run at once', async () => {
  const ran: string[] = [];
  const timers = [2 ** 31, 2 ** 40, Number.POSITIVE_INFINITY].map((delayMs) =>
    clock.schedule(delayMs, () => ran.push('too early')),
  );
  await new Promise<void>((resolve) => clock.schedule(20, resolve));
  for (const timer of timers) timer.cancel();
  expect(ran).toEqual([]);
});

test('work for the end of the turn runs after the promises of this turn', async () => {
  const order: string[] = [];
  await new Promise<void>((resolve) => {
    clock.atEndOfTurn(() => {
      order.push('end of turn');
      resolve();
    });
    void Promise.resolve().then(() => order.push('promise'));
    order.push('now');
  });
  expect(order).toEqual(['now', 'promise', 'end of turn']);
});

test('a timer that Node calls too early, or can only wait for in parts, waits for the rest', () => {
  let nowMs = 1000.25;
  const waits: { readonly wake: () => void; readonly delayMs: number | undefined }[] = [];
  vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((wake: () => void, delayMs?: number) => {
    waits.push({ wake, delayMs });
    return {} as NodeJS.Timeout;
  }) as typeof setTimeout);
  let runs = 0;
  clock.schedule(2 ** 31 + 10, () => runs++);
  nowMs += 2 ** 31 - 1;
  waits[0]?.wake();
  nowMs += 10.5;
  waits[1]?.wake();
  expect(runs).toBe(0);
  nowMs += 0.5;
  waits[2]?.wake();
  expect(waits.map(({ delayMs }) => delayMs)).toEqual([2 ** 31 - 1, 11, 1]);
  expect(runs).toBe(1);
});
