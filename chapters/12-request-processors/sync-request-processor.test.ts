import { beforeEach, describe, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { ManualClock, newRequest, newState } from '#12-request-processors/loose-parts.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import type { Request } from '#12-request-processors/request.js';
import {
  type BatchSettings,
  type DurableLog,
  SyncRequestProcessor,
} from '#12-request-processors/sync-request-processor.js';
import { proves } from '#testing/proves.js';

/** A log whose disk works when the test says so. */
class TestLog implements DurableLog {
  readonly appended: number[] = [];
  /** The commits that wait for the disk. */
  readonly commits: { succeed: () => Promise<void>; fail: (error: Error) => Promise<void> }[] = [];
  /** How many commits stopped the server. */
  commitsNow = 0;
  failure: Error | null = null;
  whenCommittingNow: () => void = () => {};

  append({ header }: Transaction): void {
    this.appended.push(Number(header.zxid));
  }

  commit(): Promise<void> {
    return new Promise((resolve, reject) => {
      const settled = (run: () => void): Promise<void> => {
        run();
        return new Promise((done) => setImmediate(done));
      };
      this.commits.push({ succeed: () => settled(resolve), fail: (error) => settled(() => reject(error)) });
    });
  }

  commitNow(): void {
    this.commitsNow++;
    this.whenCommittingNow();
    if (this.failure) throw this.failure;
  }

  /** The commit that is under way. */
  get current() {
    const current = this.commits.at(-1);
    if (!current) throw new Error('no commit is under way');
    return current;
  }
}

const NO_LIMITS = { maxBatchSize: 0, flushDelayMs: 0, maxWriteQueuePollTimeMs: 0 };

let clock: ManualClock;
let log: TestLog;
let processor: SyncRequestProcessor;
/** What went on, in order: zxids, and `batch` where one ends. */
let passedOn: (number | 'batch')[];
let failures: unknown[];
let reads: number;
let whenPassedOn: (request: Request) => void;
let lastZxid: number;

beforeEach(() => start(NO_LIMITS));

function start(settings: BatchSettings): void {
  clock = new ManualClock();
  log = new TestLog();
  passedOn = [];
  failures = [];
  reads = 0;
  whenPassedOn = () => {};
  lastZxid = 0;
  const surroundings = {
    clock,
    readsAnswered: () => reads,
    batchDone: () => passedOn.push('batch'),
    failed: (error: unknown) => failures.push(error),
  };
  const next = {
    process(request: Request) {
      passedOn.push(Number(request.txn?.header.zxid));
      whenPassedOn(request);
    },
  };
  processor = new SyncRequestProcessor(surroundings, settings, log, next);
}

const [session] = newState().open;

/** Writes arrive. */
function send(count = 1): void {
  for (let i = 0; i < count; i++) {
    const request = newRequest(session as NonNullable<typeof session>, deleteNode, null);
    const type = OpCode.delete;
    const header = { clientId: request.session.id, cxid: 0, zxid: zxid(BigInt(++lastZxid)), time: 0, type };
    request.txn = { header, body: { type, record: { path: '/a' } }, digest: null };
    processor.process(request);
  }
}

/** From now on the server answers others while the disk works. */
function serveReaders(): void {
  reads++;
}

describe('while nobody reads', () => {
  test('the writes of a turn are synced at its end, all at once, and go on', () => {
    send(3);
    expect([log.appended, log.commitsNow, passedOn]).toEqual([[], 0, []]);
    clock.endTurn();
    expect([log.appended, log.commitsNow, log.commits.length]).toEqual([[1, 2, 3], 1, 0]);
    expect(passedOn).toEqual([1, 2, 3, 'batch']);
    send(1);
    clock.endTurn();
    expect(passedOn).toEqual([1, 2, 3, 'batch', 4, 'batch']);
  });

  test('nothing comes at the end of a turn without writes', () => {
    send(1);
    expect([clock.endTurn(), clock.endTurn()]).toEqual([1, 0]);
    expect(log.commitsNow).toBe(1);
  });

  test('a large batch is synced beside other work', async () => {
    send(100);
    clock.endTurn();
    expect([log.commitsNow, log.commits.length, passedOn]).toEqual([0, 1, []]);
    await log.current.succeed();
    expect(passedOn).toHaveLength(101);
  });

  test('a slow disk is left to itself for a while', () => {
    log.whenCommittingNow = () => {
      clock.nowMs += 5;
    };
    send(1);
    clock.endTurn();
    send(1);
    clock.endTurn();
    expect([log.commitsNow, log.commits.length]).toEqual([1, 1]);
  });

  test('who is answered may send more: that is for the next turn', () => {
    whenPassedOn = ({ txn }) => {
      if (txn?.header.zxid === 1n) send(1);
    };
    send(1);
    clock.endTurn();
    expect(passedOn).toEqual([1, 'batch']);
    clock.endTurn();
    expect(passedOn).toEqual([1, 'batch', 2, 'batch']);
  });
});

describe('while others read', () => {
  beforeEach(serveReaders);

  test('nothing goes on before it is on the disk', async () => {
    send(2);
    clock.endTurn();
    await Promise.resolve();
    expect([log.appended, log.commits.length, passedOn]).toEqual([[1, 2], 1, []]);
    await log.current.succeed();
    expect(passedOn).toEqual([1, 2, 'batch']);
  });

  test('what comes while the disk is busy shares the next sync', async () => {
    send(1);
    clock.endTurn();
    send(2);
    clock.endTurn();
    send(1);
    clock.endTurn();
    expect(log.commits).toHaveLength(1);
    await log.current.succeed();
    expect(log.commits).toHaveLength(2);
    expect(passedOn).toEqual([1, 'batch']);
    await log.current.succeed();
    expect(passedOn).toEqual([1, 'batch', 2, 3, 4, 'batch']);
    expect(log.commits).toHaveLength(2);
  });

  test('the disk works on the next batch while one is answered', async () => {
    send(1);
    clock.endTurn();
    send(1);
    let commitsWhenAnswered = 0;
    whenPassedOn = () => {
      commitsWhenAnswered = log.commits.length;
    };
    await log.current.succeed();
    expect(commitsWhenAnswered).toBe(2);
  });

  test('and no more, after some batches the server stops for the disk again', async () => {
    let batches = 0;
    while (log.commitsNow === 0) {
      send(1);
      clock.endTurn();
      if (log.commitsNow === 0) await log.current.succeed();
      batches++;
    }
    expect(batches).toBeGreaterThan(5);
    expect(passedOn.filter((each) => each !== 'batch')).toEqual(Array.from({ length: batches }, (_, i) => i + 1));
  });

  test('the order stays when the way of syncing changes', async () => {
    const sent = 2000;
    for (let turn = 0; lastZxid < sent; turn++) {
      send(1 + (turn % 3) * 20);
      if (turn % 50 === 0) serveReaders();
      clock.endTurn();
      if (turn % 2 === 0 && log.commits.length > 0) await log.current.succeed();
    }
    for (let i = 0; i < 3; i++) {
      if (log.commits.length > 0) await log.current.succeed();
      clock.endTurn();
    }
    expect(log.commitsNow).toBeGreaterThan(0);
    expect(passedOn.filter((each) => each !== 'batch')).toEqual(Array.from({ length: lastZxid }, (_, i) => i + 1));
  });
});

describe('a limit of 2 writes in a batch', () => {
  beforeEach(() => start({ ...NO_LIMITS, maxBatchSize: 2 }));

  test('leaves the others to the next syncs', () => {
    send(5);
    for (const synced of [2, 4, 5]) {
      clock.endTurn();
      expect(log.appended).toHaveLength(synced);
    }
    expect(passedOn).toEqual([1, 2, 'batch', 3, 4, 'batch', 5, 'batch']);
    expect(clock.endTurn()).toBe(0);
    proves('PR-07');
  });

  test('holds beside other work too', async () => {
    serveReaders();
    send(5);
    clock.endTurn();
    for (const synced of [2, 4, 5]) {
      expect(log.appended).toHaveLength(synced);
      await log.current.succeed();
      clock.endTurn();
    }
    expect(passedOn).toEqual([1, 2, 'batch', 3, 4, 'batch', 5, 'batch']);
    expect(log.commits).toHaveLength(3);
  });
});

describe('with a delay of 30 ms', () => {
  beforeEach(() => start({ maxBatchSize: 4, flushDelayMs: 30, maxWriteQueuePollTimeMs: 10 }));

  /** @returns how many writes are on the disk */
  function syncedAfter(ms: number): number {
    clock.pass(ms);
    clock.endTurn();
    return log.appended.length;
  }

  test('a write waits for others, but not for longer than 10 ms since the last one', () => {
    send();
    clock.endTurn();
    expect(syncedAfter(9)).toBe(0);
    send();
    expect(syncedAfter(9)).toBe(0);
    expect(syncedAfter(1)).toBe(2);
    expect(passedOn).toEqual([1, 2, 'batch']);
    proves('PR-07', 'CF-42');
  });

  test('however many come, they wait no longer than 30 ms since the last sync', () => {
    start({ maxBatchSize: 100, flushDelayMs: 30, maxWriteQueuePollTimeMs: 10 });
    for (let ms = 5; ms < 30; ms += 5) {
      send();
      expect(syncedAfter(5)).toBe(0);
    }
    expect(syncedAfter(5)).toBe(5);
    send();
    expect(syncedAfter(5)).toBe(5);
    expect(syncedAfter(5)).toBe(6);
  });

  test('a batch that is full does not wait', () => {
    send(3);
    clock.endTurn();
    expect(log.appended).toHaveLength(0);
    send(1);
    clock.endTurn();
    expect(log.appended).toHaveLength(4);
    send(5);
    clock.endTurn();
    expect(log.appended).toHaveLength(8);
    expect(syncedAfter(10)).toBe(9);
  });

  test('a write that comes long after the last sync does not wait', () => {
    clock.pass(1000);
    send();
    clock.endTurn();
    expect(log.appended).toHaveLength(1);
  });
});

describe('after a failure nothing goes on', () => {
  test('of the disk while the server waits for it', () => {
    log.failure = new Error('EIO');
    send(2);
    clock.endTurn();
    expect([failures, passedOn]).toEqual([[log.failure], []]);
    log.failure = null;
    send(1);
    clock.endTurn();
    expect([failures.length, passedOn, log.appended]).toEqual([1, [], [1, 2]]);
  });

  test('of the disk beside other work: neither what waited for it nor what comes after', async () => {
    serveReaders();
    send(2);
    clock.endTurn();
    send(1);
    const error = new Error('EIO');
    await log.current.fail(error);
    send(1);
    clock.endTurn();
    expect([failures, passedOn, log.commits.length]).toEqual([[error], [], 1]);
  });

  test('of who answers: not the rest of the batch', () => {
    const error = new Error('found itself wrong');
    whenPassedOn = ({ txn }) => {
      if (txn?.header.zxid === 2n) throw error;
    };
    send(3);
    clock.endTurn();
    expect([failures, passedOn]).toEqual([[error], [1, 2]]);
    send(1);
    clock.endTurn();
    expect(passedOn).toEqual([1, 2]);
  });

  test('of who answers: not the batch that is on its way to the disk', async () => {
    serveReaders();
    send(1);
    clock.endTurn();
    send(1);
    whenPassedOn = ({ txn }) => {
      if (txn?.header.zxid === 1n) send(1);
      throw new Error('found itself wrong');
    };
    await log.current.succeed();
    expect([log.commits.length, passedOn]).toEqual([2, [1]]);
    await log.current.succeed();
    clock.endTurn();
    expect([failures.length, passedOn, log.commits.length, log.commitsNow]).toEqual([1, [1], 2, 0]);
  });
});
