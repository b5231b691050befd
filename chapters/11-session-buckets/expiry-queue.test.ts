import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ExpiryQueue } from '#11-session-buckets/expiry-queue.js';
import { proves } from '#testing/proves.js';

const INTERVAL_MS = 100;

/** Everything whose time has come. */
function pollAll<E>(queue: ExpiryQueue<E>, nowMs: number): E[] {
  const due: E[] = [];
  while (queue.waitMs(nowMs) === 0) due.push(...queue.poll(nowMs));
  return due;
}

/** The buckets, as text. */
const buckets = (queue: ExpiryQueue<string>): string[] =>
  queue.entries().map(([timeMs, elements]) => `${timeMs}: ${[...elements].join(' ')}`);

describe('the bucket of an element', () => {
  test.each([
    [0, 0, 100],
    [0, 99, 100],
    [0, 100, 200],
    [1, 99, 200],
    [50, 149.9, 200],
    [1234, 766, 2100],
    [1234, 0, 1300],
  ])('at %d ms, for %d ms, is %d: the end of the interval in which it expires', (nowMs, timeoutMs, bucketMs) => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', timeoutMs, nowMs);
    expect(buckets(queue)).toEqual([`${bucketMs}: a`]);
    proves('SE-03');
  });

  test('is one that will be looked into, also at the very moment when another one was taken out', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 1000);
    queue.update('a', 0, 1000);
    expect(pollAll(queue, 1100)).toEqual(['a']);
    queue.update('b', 0, 1100);
    expect(pollAll(queue, 1199)).toEqual([]);
    expect(pollAll(queue, 1200)).toEqual(['b']);
  });
});

describe('updating an element', () => {
  test('moves it, to a later bucket or an earlier one', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', 150, 0);
    queue.update('b', 150, 0);
    queue.update('a', 950, 50);
    expect(buckets(queue)).toEqual(['200: b', '1100: a']);
    queue.update('a', 150, 99);
    queue.update('b', 1, 99);
    expect(buckets(queue)).toEqual(['200: b', '300: a']);
    expect(queue.size).toBe(2);
    expect(pollAll(queue, 250)).toEqual(['b']);
    expect(pollAll(queue, 300)).toEqual(['a']);
  });

  test('leaves no empty bucket behind', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    for (let nowMs = 0; nowMs < 10_000; nowMs += 90) queue.update('a', 500, nowMs);
    expect(buckets(queue)).toHaveLength(1);
  });

  test('after it expired puts it in anew', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', 50, 0);
    expect(pollAll(queue, 100)).toEqual(['a']);
    expect(queue.size).toBe(0);
    queue.update('a', 50, 100);
    expect(pollAll(queue, 200)).toEqual(['a']);
  });
});

describe('removing an element', () => {
  test('takes it out; twice, or one that never was, is harmless', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', 50, 0);
    queue.update('b', 50, 0);
    queue.remove('a');
    queue.remove('a');
    queue.remove('never');
    expect(pollAll(queue, 1000)).toEqual(['b']);
    expect([queue.size, buckets(queue)]).toEqual([0, []]);
  });

  test('of the last one in a bucket takes the bucket too', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', 50, 0);
    queue.remove('a');
    expect(buckets(queue)).toEqual([]);
  });
});

describe('polling', () => {
  test('gives a bucket as a whole, in the order in which its elements came, and one bucket at a time', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    for (const name of ['a', 'b', 'c']) queue.update(name, 50, 0);
    queue.update('d', 150, 0);
    expect(queue.poll(99)).toEqual([]);
    expect(queue.poll(350)).toEqual(['a', 'b', 'c']);
    expect(queue.poll(350)).toEqual(['d']);
    expect(queue.poll(350)).toEqual([]);
    expect(queue.poll(350)).toEqual([]);
  });

  test('a clock that jumped over many buckets finds them all', () => {
    const queue = new ExpiryQueue<number>(INTERVAL_MS, 0);
    for (let i = 0; i < 1000; i++) queue.update(i, 10 * i, 0);
    expect(pollAll(queue, 1_000_000)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(queue.waitMs(1_000_000)).toBe(100);
  });

  test('what is updated or removed while a batch is handled does not come with it', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    queue.update('a', 50, 0);
    queue.update('b', 150, 0);
    queue.update('c', 150, 0);
    for (const element of queue.poll(200)) {
      queue.update(element, 300, 200);
      queue.remove('b');
    }
    expect(queue.poll(200)).toEqual(['c']);
    expect(buckets(queue)).toEqual(['600: a']);
  });

  test('the time to wait is what is left of the interval', () => {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 1030);
    expect(queue.waitMs(1030)).toBe(70);
    expect(queue.waitMs(1099.5)).toBe(0.5);
    expect([queue.waitMs(1100), queue.waitMs(5000)]).toEqual([0, 0]);
    queue.poll(1100);
    expect(queue.waitMs(1100)).toBe(100);
  });
});

describe('expiring all that is due', () => {
  function queueOf(...names: string[]): ExpiryQueue<string> {
    const queue = new ExpiryQueue<string>(INTERVAL_MS, 0);
    for (const [i, name] of names.entries()) queue.update(name, 60 * i, 0);
    return queue;
  }
  /** Who is told of, in order. */
  function expire(queue: ExpiryQueue<string>, nowMs: number, expired: (name: string) => void = () => {}): string[] {
    const told: string[] = [];
    queue.expireDue(nowMs, (name) => {
      told.push(name);
      expired(name);
    });
    return told;
  }

  test('tells of each once, earliest first, and of nothing else', () => {
    const queue = queueOf('a', 'b', 'c', 'd', 'e');
    expect(expire(queue, 99)).toEqual([]);
    expect(expire(queue, 250)).toEqual(['a', 'b', 'c', 'd']);
    expect([expire(queue, 250), queue.size]).toEqual([[], 1]);
  });

  test('does not let those of the same bucket live on', () => {
    const queue = queueOf('a', 'b');
    const told = expire(queue, 100, (name) => {
      if (name === 'a') expect(queue.update('b', 500, 100)).toBe(false);
    });
    expect([told, queue.size]).toEqual([['a', 'b'], 0]);
  });

  test('lets those of later buckets, and those that were told of, be put in again', () => {
    const queue = queueOf('a', 'b', 'c');
    const told = expire(queue, 300, (name) => {
      if (name === 'a') expect([queue.update('a', 500, 300), queue.update('c', 500, 300)]).toEqual([true, true]);
    });
    expect(told).toEqual(['a', 'b']);
    expect(buckets(queue)).toEqual(['900: a c']);
  });

  test('does not tell of those that are removed before their turn', () => {
    const queue = queueOf('a', 'b', 'c');
    expect(expire(queue, 300, () => ['b', 'c'].map((name) => queue.remove(name)))).toEqual(['a']);
    expect(queue.update('b', 50, 300)).toBe(true);
    expect(expire(queue, 400)).toEqual(['b']);
  });
});

type Action =
  | { readonly does: 'update'; readonly element: number; readonly timeoutMs: number }
  | { readonly does: 'remove'; readonly element: number }
  | { readonly does: 'wait'; readonly forMs: number; readonly polls: boolean };

const element = fc.nat(5);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ does: fc.constant('update' as const), element, timeoutMs: fc.nat(1000) }),
  fc.record({ does: fc.constant('remove' as const), element }),
  fc.record({ does: fc.constant('wait' as const), forMs: fc.nat(700), polls: fc.boolean() }),
);

test('whatever is done, an element expires when the interval is over in which its time came: not before, not later', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 250 }), fc.nat(1000), fc.array(action), (intervalMs, startMs, actions) => {
      const queue = new ExpiryQueue<number>(intervalMs, startMs);
      const endsMs = new Map<number, number>();
      let nowMs = startMs;
      const isDue = (endMs: number): boolean => nowMs >= (Math.floor(endMs / intervalMs) + 1) * intervalMs;
      const poll = (): void => {
        const due = [...endsMs].filter(([, endMs]) => isDue(endMs)).map(([found]) => found);
        expect(pollAll(queue, nowMs).sort()).toEqual(due.sort());
        for (const found of due) endsMs.delete(found);
      };
      for (const step of actions) {
        if (step.does === 'update') {
          poll();
          queue.update(step.element, step.timeoutMs, nowMs);
          endsMs.set(step.element, nowMs + step.timeoutMs);
        } else if (step.does === 'remove') {
          queue.remove(step.element);
          endsMs.delete(step.element);
        } else {
          nowMs += step.forMs;
          if (step.polls) poll();
        }
        expect(queue.size).toBe(endsMs.size);
      }
      nowMs += 3000;
      poll();
      expect([queue.size, queue.entries()]).toEqual([0, []]);
    }),
  );
  proves('SE-03');
});
