import { beforeEach, describe, expect, test } from 'vitest';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import { newRequest, newState, TestRequester } from '#12-request-processors/loose-parts.js';
import type { Operation } from '#12-request-processors/operation.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { exists, ping } from '#12-request-processors/operations/reads.js';
import { closeSession } from '#12-request-processors/operations/session.js';
import type { Request } from '#12-request-processors/request.js';
import { RequestThrottler, type ThrottleSettings } from '#12-request-processors/request-throttler.js';
import { proves } from '#testing/proves.js';

const DEFAULTS: ThrottleSettings = {
  requestThrottleMaxRequests: 2,
  requestThrottleStallTimeMs: 100,
  requestThrottleDropStale: true,
  requestStaleConnectionCheck: true,
  requestStaleLatencyCheck: false,
  throttledOpWaitTimeMs: 0,
};

let state: ReturnType<typeof newState>;
let session: Session;
let throttler: RequestThrottler;
/** What was let in and is not done. */
let inside: Request[];
/** The xids of all that was let in. */
let letIn: number[];
let alice: TestRequester;
let bob: TestRequester;

function start(settings: Partial<ThrottleSettings> = {}): void {
  state = newState();
  session = state.open[0] as Session;
  inside = [];
  letIn = [];
  alice = new TestRequester();
  bob = new TestRequester();
  const { clock, stats, inProcess } = state;
  throttler = new RequestThrottler(
    {
      clock,
      stats,
      inProcess,
      letIn(request) {
        inProcess.started(request);
        inside.push(request);
        letIn.push(request.xid);
      },
    },
    { ...DEFAULTS, ...settings },
  );
}

beforeEach(() => start());

let xid = 0;
beforeEach(() => {
  xid = 0;
});

function send(requester: TestRequester | null = alice, operation: Operation = deleteNode): Request {
  const receivedMs = state.clock.monotonicMs();
  const request = newRequest(session, operation, null, { requester, xid: ++xid, receivedMs });
  throttler.submit(request);
  return request;
}

/** The oldest that was let in is done. */
function done(): void {
  const request = inside.shift();
  if (request) state.inProcess.finished(request);
  throttler.wake();
}

describe('a limit of 2 requests', () => {
  test('lets in as many, and the others in their order as these are done', () => {
    for (const requester of [alice, bob, alice, bob, bob]) send(requester);
    expect([letIn, throttler.waiting, alice.throttledCount, bob.throttledCount]).toEqual([[1, 2], 3, 1, 2]);
    done();
    expect([letIn, throttler.waiting, alice.throttledCount]).toEqual([[1, 2, 3], 2, 0]);
    done();
    done();
    expect([letIn, throttler.waiting, bob.throttledCount]).toEqual([[1, 2, 3, 4, 5], 0, 0]);
    proves('PR-01', 'CH-1');
  });

  test('does not count what the server asks of itself, but that waits in the row too', () => {
    for (const requester of [null, alice, null, alice, alice, null]) send(requester);
    expect(letIn).toEqual([1, 2, 3, 4]);
    done();
    done();
    expect(letIn).toEqual([1, 2, 3, 4, 5]);
    done();
    done();
    expect(letIn).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('lets nobody past those who wait', () => {
    for (let i = 0; i < 3; i++) send();
    inside.splice(0);
    state.inProcess.count = 0;
    send(bob);
    expect(letIn).toEqual([1, 2, 3, 4]);
  });

  test('holds for thousands', () => {
    for (let i = 0; i < 5000; i++) send(i % 2 === 0 ? alice : bob);
    for (let i = 0; i < 5000; i++) {
      expect(inside.length).toBeLessThanOrEqual(2);
      done();
    }
    expect(letIn).toEqual(Array.from({ length: 5000 }, (_, i) => i + 1));
  });
});

test('without a limit nothing waits', () => {
  start({ requestThrottleMaxRequests: 0 });
  for (let i = 0; i < 100; i++) send();
  expect([letIn.length, throttler.waiting]).toEqual([100, 0]);
});

describe('a request that nobody waits for', () => {
  test('is dropped when its connection is gone, with those after it, and their connection is closed', () => {
    for (const requester of [alice, alice, bob, alice, bob]) send(requester);
    bob.isClosed = true;
    done();
    expect([letIn, throttler.waiting]).toEqual([[1, 2, 4], 0]);
    expect(bob.transcript).toEqual(['close at once', 'close at once']);
    expect(state.stats.staleRequestsDropped).toBe(2);
    proves('PR-01');
  });

  test('is looked for while others are under way', () => {
    for (const requester of [alice, alice, bob]) send(requester);
    bob.isClosed = true;
    state.clock.pass(99);
    expect(throttler.waiting).toBe(1);
    state.clock.pass(1);
    expect(throttler.waiting).toBe(0);
  });

  test('is dropped for having waited for longer than its session lives, if that is asked for', () => {
    for (const staleness of [false, true]) {
      start({ requestStaleLatencyCheck: staleness });
      for (const requester of [alice, alice, bob]) send(requester);
      state.clock.pass(session.timeoutMs + 100);
      send(bob);
      expect([throttler.waiting, bob.transcript.length]).toEqual(staleness ? [0, 2] : [2, 0]);
    }
  });

  test('is let in all the same, if that is asked for', () => {
    start({ requestThrottleDropStale: false });
    for (const requester of [alice, alice, bob]) send(requester);
    bob.isClosed = true;
    done();
    expect(letIn).toEqual([1, 2, 3]);
    start({ requestStaleConnectionCheck: false });
    for (const requester of [alice, alice, bob]) send(requester);
    bob.isClosed = true;
    done();
    expect(letIn).toHaveLength(3);
  });

  test('is none of these when it ends a session', () => {
    for (const requester of [alice, alice]) send(requester);
    send(bob, closeSession);
    bob.isClosed = true;
    done();
    expect(letIn).toEqual([1, 2, 3]);
  });

  test('gives the room of a large one back', () => {
    for (const requester of [alice, alice, bob]) send(requester);
    const large = { ...newRequest(session, deleteNode, null, { requester: bob }), largeBytes: 500 };
    state.inProcess.largeBytes += 500;
    throttler.submit(large);
    bob.isClosed = true;
    state.clock.pass(100);
    expect(state.inProcess.largeBytes).toBe(0);
  });
});

describe('a request that has waited for too long', () => {
  beforeEach(() => start({ throttledOpWaitTimeMs: 50 }));

  test('is answered with ThrottledOp in its turn, and not done', () => {
    for (let i = 0; i < 4; i++) send();
    state.clock.pass(50);
    done();
    state.clock.pass(1);
    done();
    expect(inside.map(({ operation }) => operation === deleteNode)).toEqual([true, false]);
    new FinalRequestProcessor(state).read(inside[1] as Request);
    expect(alice.replies).toMatchObject([{ xid: 4, error: ErrorCode.ThrottledOp }]);
    expect(state.stats.throttledOps).toBe(1);
    proves('PR-01', 'ER-32');
  });

  test('is done all the same when it is a ping, or begins or ends a session', () => {
    for (const operation of [deleteNode, deleteNode, ping, closeSession, exists] as Operation[]) send(alice, operation);
    state.clock.pass(51);
    for (let i = 0; i < 3; i++) done();
    expect(inside.map(({ operation }) => operation)).toContain(closeSession);
    done();
    expect(state.stats.throttledOps).toBe(1);
  });
});

test('nothing is done after the end', () => {
  for (let i = 0; i < 3; i++) send();
  throttler.stop();
  done();
  state.clock.pass(1000);
  expect([letIn, throttler.waiting]).toEqual([[1, 2], 0]);
});
