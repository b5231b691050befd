/** The checks of lab 11, in the order of the text. Each unit check needs only gaps up to its own. */

import { ExpiryQueue } from '#11-session-buckets/expiry-queue.js';
import { simulated, unit } from '../runner/checks.node.js';
import { comeAndGo, expectExpired, expectGone, join, silentFrom, TICK_MS } from './grade-clients.js';

const LATER = 'A bucket is always later than the times that belong to it.';
const NEVER_EARLY = 'An element expires up to one interval late, never early.';
const ONE_BUCKET = 'An element is in exactly one bucket.';
const CLOSED_IS_CLOSED = 'Who was taken out does not expire, and takes nobody along.';
const ALL_AT_ONCE = 'A bucket expires as a whole, once, and nothing of it is left.';

// ------------------------------------------------------------------------------- 11.1 the bucket of a time

unit({ gap: '11.1', name: 'a time is in the bucket at the end of its interval', invariant: NEVER_EARLY }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  attempt.equal(queue.bucketAfter(1500), 2000);
  attempt.equal(queue.bucketAfter(1), 1000);
  attempt.equal(queue.bucketAfter(2999.5), 3000);
});

unit({ gap: '11.1', name: 'a time on the border begins the next interval', invariant: LATER }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  attempt.equal(queue.bucketAfter(2000), 3000);
  attempt.equal(queue.bucketAfter(0), 1000);
});

// ------------------------------------------------------------------------------------ 11.2 a sign of life

unit({ gap: '11.2', name: 'a new element waits in the bucket of its time-out', invariant: ONE_BUCKET }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  attempt.equal(queue.update('alice', 4000, 300), true);
  attempt.equal(queue.entries(), [[5000, new Set(['alice'])]]);
  attempt.equal(queue.size, 1);
});

unit(
  { gap: '11.2', name: 'elements that expire in the same interval share a bucket', invariant: ONE_BUCKET },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
    queue.update('alice', 4000, 300);
    queue.update('bob', 4600, 0);
    attempt.equal(queue.update('alice', 4000, 700), true);
    attempt.equal(queue.entries(), [[5000, new Set(['alice', 'bob'])]]);
    attempt.equal(queue.size, 2);
  },
);

unit({ gap: '11.2', name: 'a sign of life moves an element to a later bucket', invariant: ONE_BUCKET }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  queue.update('alice', 4000, 300);
  attempt.equal(queue.update('alice', 4000, 2300), true);
  attempt.equal(
    queue.entries().filter(([, elements]) => elements.size > 0),
    [[7000, new Set(['alice'])]],
    'the buckets that are not empty',
  );
  attempt.equal(queue.size, 1);
});

// ------------------------------------------------------------------------------ 11.3 a session that is closed

unit({ gap: '11.3', name: 'an element that is removed is in no bucket', invariant: CLOSED_IS_CLOSED }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  queue.update('alice', 4000, 300);
  queue.remove('alice');
  attempt.equal(queue.size, 0);
  attempt.equal(
    queue.entries().filter(([, elements]) => elements.size > 0),
    [],
    'the buckets that are not empty',
  );
});

unit({ gap: '11.3', name: 'removing what is not there is harmless', invariant: CLOSED_IS_CLOSED }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  queue.update('alice', 4000, 300);
  queue.remove('bob');
  attempt.equal(queue.entries(), [[5000, new Set(['alice'])]]);
});

// ---------------------------------------------------------------------------------- 11.4 one bucket expires

unit(
  { gap: '11.4', name: 'the time to wait is what is left until the next bucket', invariant: NEVER_EARLY },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 300);
    attempt.equal(queue.waitMs(300), 700);
    attempt.equal(queue.waitMs(999.5), 0.5);
    attempt.equal(queue.waitMs(1000), 0);
    attempt.equal(queue.waitMs(1000.5), 0);
  },
);

unit(
  { gap: '11.4', name: 'a bucket is given when its time has come, and not before', invariant: NEVER_EARLY },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
    queue.update('alice', 1500, 0);
    queue.update('bob', 1700, 0);
    attempt.equal(queue.poll(999), []);
    attempt.equal(queue.poll(1000), []);
    attempt.equal(queue.waitMs(1000), 1000);
    attempt.equal(queue.poll(1999), []);
    attempt.equal(queue.poll(2000).sort(), ['alice', 'bob']);
  },
);

unit({ gap: '11.4', name: 'what was given is no longer in the queue', invariant: ALL_AT_ONCE }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  queue.update('alice', 500, 0);
  attempt.equal(queue.poll(1000), ['alice']);
  attempt.equal(queue.size, 0);
  attempt.equal(queue.entries(), []);
  queue.update('alice', 500, 1000);
  attempt.equal(queue.poll(2000), ['alice']);
});

// ------------------------------------------------------------------------------ 11.5 everything that is due

unit({ gap: '11.5', name: 'each element that is due is told of once', invariant: ALL_AT_ONCE }, (attempt) => {
  const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
  for (const name of ['alice', 'bob', 'carol']) queue.update(name, 500, 0);
  queue.update('dave', 1500, 0);
  const told: string[] = [];
  queue.expireDue(1000, (name) => told.push(name));
  attempt.equal(told.sort(), ['alice', 'bob', 'carol'], 'who was told of');
  queue.expireDue(1000, (name) => told.push(name));
  attempt.equal(told.length, 3, 'how many were told of, after a second call');
});

unit(
  { gap: '11.5', name: 'what is removed before its turn is not told of', invariant: CLOSED_IS_CLOSED },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
    for (const name of ['alice', 'bob']) queue.update(name, 500, 0);
    const told: string[] = [];
    queue.expireDue(1000, function removeBoth(name) {
      told.push(name);
      queue.remove('alice');
      queue.remove('bob');
    });
    attempt.equal(told.length, 1, 'how many were told of, though the first one removes both');
  },
);

unit(
  { gap: '11.5', name: 'a sign of life of those that expire too is too late', invariant: ALL_AT_ONCE },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
    for (const name of ['alice', 'bob']) queue.update(name, 500, 0);
    const told: string[] = [];
    queue.expireDue(1000, function updateTheOther(name) {
      told.push(name);
      if (told.length === 1) attempt.equal(queue.update(name === 'alice' ? 'bob' : 'alice', 500, 1000), false);
    });
    attempt.equal(told.sort(), ['alice', 'bob'], 'who was told of');
  },
);

unit(
  { gap: '11.5', name: 'when an element is told of, it may come back as a new one', invariant: ONE_BUCKET },
  (attempt) => {
    const queue = attempt.make('queue', ExpiryQueue<string>, 1000, 0);
    queue.update('alice', 500, 0);
    queue.expireDue(1000, function comeBack(name) {
      attempt.equal(queue.update(name, 500, 1000), true);
    });
    attempt.equal(queue.entries(), [[2000, new Set(['alice'])]]);
  },
);

// ------------------------------------------------------------------------------------- a server, simulated

simulated(
  {
    gap: '11.2',
    name: 'silent clients expire on time, the others stay',
    invariant: NEVER_EARLY,
    points: 2,
    seeds: 12,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    await join(attempt, 'carol', 4000);
    const timeouts = new Map(['alice', 'bob'].map((name) => [name, 2000 + attempt.random.integer(4000)]));
    for (const [name, timeoutMs] of timeouts) await join(attempt, name, timeoutMs);
    await zoo.simulation.runFor(attempt.random.integer(5000));
    for (const [name] of timeouts) {
      silentFrom(attempt, name);
      await zoo.simulation.runFor(attempt.random.integer(1500));
    }
    for (const [name, timeoutMs] of timeouts) await expectGone(attempt, name, timeoutMs);
    await zoo.simulation.runFor(30_000);
    attempt.holds(
      zoo.server?.tree.get('/carol') !== undefined,
      'carol, who gives signs of life, keeps her session',
      'it has expired',
    );
  },
);

simulated(
  {
    gap: '11.2',
    name: 'who comes back with a shorter time-out gets it',
    invariant: NEVER_EARLY,
    points: 2,
    seeds: 5,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    const alice = await join(attempt, 'alice', 20_000);
    const { sessionId: id, sessionPassword: password } = alice;
    // The server looks for whom to expire, and finds her far away.
    await zoo.simulation.runFor(2 * TICK_MS);
    silentFrom(attempt, 'alice');
    zoo.simulation.machine('alice').restart();
    attempt.did('alice comes back, and asks for 3000 ms');
    await zoo.settle(zoo.connect('alice', { sessionTimeoutMs: 3000, session: { id, password } }));
    await zoo.simulation.runFor(attempt.random.integer(2000));
    silentFrom(attempt, 'alice');
    await expectGone(attempt, 'alice', 3000);
  },
);

simulated(
  {
    gap: '11.3',
    name: 'who closes its session leaves the others of its bucket behind',
    invariant: CLOSED_IS_CLOSED,
    points: 2,
    seeds: 8,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    const alice = await join(attempt, 'alice', 4000);
    await join(attempt, 'bob', 4000);
    silentFrom(attempt, 'bob');
    attempt.did('alice closes her session');
    await zoo.settle(alice.close());
    await expectGone(attempt, 'bob', 4000);
    await zoo.simulation.runFor(10_000);
    expectExpired(attempt, 1);
  },
);

simulated(
  {
    gap: '11.4',
    name: 'a server that was frozen expires who has died',
    invariant: 'However late the server looks, nobody is forgotten.',
    points: 2,
    seeds: 8,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    await join(attempt, 'alice', 3000);
    silentFrom(attempt, 'alice');
    await zoo.simulation.runFor(attempt.random.integer(1000));
    zoo.machine.freeze(6000 + attempt.random.integer(10_000));
    await expectGone(attempt, 'alice', 3000, zoo.simulation.nowMs + 16_000);
  },
);

simulated(
  {
    gap: '11.5',
    name: 'a server that slept for three days goes on',
    invariant: 'However late the server looks, nobody is forgotten.',
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    await join(attempt, 'alice', 3000);
    silentFrom(attempt, 'alice');
    zoo.machine.freeze(3 * DAY_MS);
    await expectGone(attempt, 'alice', 3000, zoo.simulation.nowMs + 3 * DAY_MS);
    await comeAndGo(attempt, 'bob');
  },
);

simulated(
  {
    gap: '11.5',
    name: 'forty clients that die together expire once each',
    invariant: ALL_AT_ONCE,
    points: 2,
    seeds: 3,
  },
  async (attempt) => {
    const zoo = attempt.server({ config: { tickTimeMs: TICK_MS } });
    await zoo.settle(zoo.start());
    const names = Array.from({ length: 40 }, (_, index) => `client${index + 1}`);
    await zoo.settle(Promise.all(names.map((name) => zoo.connect(name, { sessionTimeoutMs: 4000 }))));
    attempt.did(`all ${names.length} lose their power`);
    for (const name of names) zoo.simulation.machine(name).crash();
    await zoo.simulation.runFor(20_000);
    expectExpired(attempt, names.length);
  },
);

simulated(
  {
    gap: '11.1',
    name: 'a server that has run for a month expires on time',
    invariant: NEVER_EARLY,
    points: 2,
    seeds: 1,
  },
  async (attempt) => {
    const tickTimeMs = 60_000;
    const zoo = attempt.server({ config: { tickTimeMs } });
    await zoo.settle(zoo.start());
    attempt.did('nothing happens for 30 days');
    await zoo.simulation.runFor(30 * DAY_MS);
    await join(attempt, 'alice', 2 * tickTimeMs);
    silentFrom(attempt, 'alice');
    await expectGone(attempt, 'alice', 2 * tickTimeMs, 0, tickTimeMs);
  },
);

const DAY_MS = 24 * 60 * 60 * 1000;
