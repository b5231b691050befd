import { beforeEach, describe, expect, test } from 'vitest';
import { Simulation } from '#00-introduction/simulation.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { sessionId } from '#06-network-protocol/ids.js';
import { type Session, SessionTracker } from '#11-session-buckets/session-tracker.js';
import { proves } from '#testing/proves.js';

const TICK_MS = 2000;
const FIRST_ID = sessionId(0x0100_0000_0000_0000n);

let simulation: Simulation;
let tracker: SessionTracker;
/** Who expired, and when. */
let expired: { session: Session; atMs: number }[];
/** What else happens when a session expires. */
let whenExpired: (session: Session) => void;

beforeEach(() => {
  simulation = new Simulation({ seed: 1 });
  expired = [];
  whenExpired = () => {};
  tracker = new SessionTracker(simulation.machine('server').world.clock, TICK_MS, FIRST_ID, (session) => {
    expired.push({ session, atMs: simulation.nowMs });
    whenExpired(session);
  });
  tracker.start();
});

const add = (timeoutMs: number): Session => tracker.track(tracker.newId(), timeoutMs);
const expiredSessions = (): Session[] => expired.map(({ session }) => session);

function errorOf(run: () => unknown): ErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof KeeperException) return error.code;
    throw error;
  }
}

describe('a session that nobody touches', () => {
  test('expires within a tick after its time-out, and not before it', async () => {
    for (const timeoutMs of [4000, 4001, 5999, 6000]) add(timeoutMs);
    await simulation.runFor(20_000);
    expect(expired.map(({ session, atMs }) => [session.timeoutMs, Math.round(atMs)])).toEqual([
      [4000, 6000],
      [4001, 6000],
      [5999, 6000],
      [6000, 8000],
    ]);
    for (const { session, atMs } of expired) expect(atMs).toBeGreaterThan(session.timeoutMs);
    proves('SE-03');
  });

  test('is closing from then on, and known until it is removed', async () => {
    const session = add(4000);
    whenExpired = ({ isClosing }) => expect(isClosing).toBe(true);
    await simulation.runFor(6001);
    expect([tracker.get(session.id), tracker.count]).toEqual([session, 1]);
    tracker.remove(session.id);
    expect([tracker.get(session.id), tracker.count]).toEqual([undefined, 0]);
  });

  test('expires once, however long its closing takes', async () => {
    const session = add(4000);
    await simulation.runFor(60_000);
    expect(expiredSessions()).toEqual([session]);
  });

  test('expires with all others of its bucket, when the machine was frozen over many buckets', async () => {
    const sessions = [add(4000), add(9000), add(4000), add(60_000)];
    simulation.machine('server').freeze(30_000);
    await simulation.runFor(30_001);
    expect(expiredSessions()).toEqual([sessions[0], sessions[2], sessions[1]]);
  });
});

describe('touching', () => {
  test('keeps a session alive, from then on for its whole time-out', async () => {
    const session = add(4000);
    for (let i = 0; i < 10; i++) {
      await simulation.runFor(3900);
      expect(tracker.touch(session)).toBe(true);
    }
    expect(expired).toEqual([]);
    const lastTouchMs = simulation.nowMs;
    await simulation.runFor(10_000);
    expect(expired).toHaveLength(1);
    expect(expired[0]?.atMs).toBeGreaterThan(lastTouchMs + 4000);
    expect(expired[0]?.atMs).toBeLessThanOrEqual(lastTouchMs + 4000 + TICK_MS);
  });

  test('with another time-out takes that one, be it shorter', async () => {
    const session = add(30_000);
    session.timeoutMs = 4000;
    tracker.touch(session);
    await simulation.runFor(6001);
    expect(expiredSessions()).toEqual([session]);
  });

  test('does not call back one that is closing, whoever closes it', async () => {
    const asked = add(4000);
    tracker.setClosing(asked.id);
    expect(tracker.touch(asked)).toBe(false);
    const silent = add(4000);
    await simulation.runFor(6001);
    expect(tracker.touch(silent)).toBe(false);
    await simulation.runFor(60_000);
    expect(expiredSessions()).toEqual([silent]);
  });

  test('does not bring back one that was removed, or another of the same number', async () => {
    const gone = add(4000);
    tracker.remove(gone.id);
    expect(tracker.touch(gone)).toBe(false);
    const back = tracker.track(gone.id, 30_000);
    expect(tracker.touch(gone)).toBe(false);
    await simulation.runFor(20_000);
    expect(expired).toEqual([]);
    expect(tracker.get(gone.id)).toBe(back);
  });
});

describe('tracking a session that is known', () => {
  test('gives it the new time-out', async () => {
    const session = add(4000);
    expect(tracker.track(session.id, 30_000)).toBe(session);
    expect(tracker.count).toBe(1);
    await simulation.runFor(20_000);
    expect(expired).toEqual([]);
    await simulation.runFor(20_000);
    expect(expiredSessions()).toEqual([session]);
  });

  test('does not call it back when it is closing', async () => {
    const session = add(4000);
    tracker.setClosing(session.id);
    expect(tracker.track(session.id, 4000).isClosing).toBe(true);
    await simulation.runFor(60_000);
    expect(expired).toEqual([]);
  });
});

describe('closing a session', () => {
  test('keeps it from expiring too', async () => {
    const session = add(4000);
    tracker.setClosing(session.id);
    await simulation.runFor(60_000);
    expect(expired).toEqual([]);
    expect([...tracker.all()]).toEqual([session]);
  });

  test('that nobody knows is harmless', () => {
    tracker.setClosing(sessionId(5n));
    tracker.remove(sessionId(5n));
    expect(tracker.count).toBe(0);
  });

  test('the check says that it has expired, as it does for one that nobody knows', () => {
    const session = add(4000);
    expect(errorOf(() => tracker.check(session.id))).toBeNull();
    tracker.setClosing(session.id);
    expect(errorOf(() => tracker.check(session.id))).toBe(ErrorCode.SessionExpired);
    tracker.remove(session.id);
    expect(errorOf(() => tracker.check(session.id))).toBe(ErrorCode.SessionExpired);
    proves('SE-11');
  });
});

describe('whoever hears that a session has expired', () => {
  test('cannot touch those that expire with it', async () => {
    const sessions = [add(4000), add(4000)];
    whenExpired = () => {
      for (const session of sessions) expect(tracker.touch(session)).toBe(false);
    };
    await simulation.runFor(60_000);
    expect(expiredSessions()).toEqual(sessions);
  });

  test('may remove those that expire with it: they are not told any more', async () => {
    const first = add(4000);
    const second = add(4000);
    whenExpired = () => tracker.remove(second.id);
    await simulation.runFor(60_000);
    expect(expiredSessions()).toEqual([first]);
  });

  test('may make new ones', async () => {
    add(4000);
    whenExpired = () => {
      if (expired.length < 3) add(4000);
    };
    await simulation.runFor(60_000);
    expect(expired.map(({ atMs }) => Math.round(atMs))).toEqual([6000, 12_000, 18_000]);
  });

  test('may stop it, for good', async () => {
    const first = add(4000);
    add(4000);
    add(9000);
    whenExpired = () => tracker.stop();
    await simulation.runUntilIdle();
    expect(expiredSessions()).toEqual([first]);
  });
});

test('a tracker that is stopped expires nothing, until it is started again', async () => {
  const session = add(4000);
  tracker.stop();
  await simulation.runUntilIdle();
  await simulation.runFor(20_000);
  expect(expired).toEqual([]);
  tracker.start();
  await simulation.runFor(1);
  expect(expiredSessions()).toEqual([session]);
});

test('each new number is another, and not known yet', () => {
  const ids = Array.from({ length: 100 }, () => tracker.newId());
  expect(ids[0]).toBe(FIRST_ID);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(tracker.get(id)).toBeUndefined();
});

test('the buckets tell who expires when', async () => {
  await simulation.runFor(1000);
  const [first, second, third] = [add(4000), add(4000), add(8000)];
  expect(tracker.buckets()).toEqual([
    [6000, new Set([first, second])],
    [10_000, new Set([third])],
  ]);
});
