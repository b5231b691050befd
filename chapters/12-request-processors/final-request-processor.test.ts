import { beforeEach, describe, expect, test } from 'vitest';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { CreateResponse, GetDataResponse, SetDataResponse } from '#05-jute/records/proto.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { zxid } from '#06-network-protocol/ids.js';
import { type MultiStep, readMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import { newRequest, newState, type Reply, TestRequester } from '#12-request-processors/loose-parts.js';
import type { Operation, ReadOperation } from '#12-request-processors/operation.js';
import { create, create2 } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { multi } from '#12-request-processors/operations/multi.js';
import { exists, getData, ping } from '#12-request-processors/operations/reads.js';
import { closeSession, createSession } from '#12-request-processors/operations/session.js';
import { setData } from '#12-request-processors/operations/set-data.js';
import { PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';
import { proves } from '#testing/proves.js';
import { createRequest, deleteRequest, setDataRequest } from '#testing/requests.js';

let state: ReturnType<typeof newState>;
let session: Session;
let client: TestRequester;
let final: FinalRequestProcessor;
let prep: PrepRequestProcessor;
/** Decided, and not done yet. */
let underWay: Request[];
let xid: number;

beforeEach(() => {
  state = newState();
  session = state.open[0] as Session;
  client = new TestRequester();
  final = new FinalRequestProcessor(state);
  underWay = [];
  xid = 0;
  prep = new PrepRequestProcessor(state, zxid(0n), { process: (request) => underWay.push(request) });
});

/** A request comes in, as a server takes it. */
function send(operation: Operation, record: unknown, requester: TestRequester | null = client): void {
  const request = newRequest(session, operation, record, { requester, xid: ++xid });
  if (operation.kind === 'write') {
    requester?.order.add(request);
    prep.process(request);
  } else if (requester?.order.isIdle !== false) final.read(request);
  else requester.order.add(request);
}

/** The oldest write is durable. */
function done(): void {
  const request = underWay.shift();
  if (!request) throw new Error('no write is under way');
  final.process(request);
}

function ask(operation: Operation, record: unknown): Reply {
  send(operation, record);
  while (underWay.length > 0) done();
  return client.replies.at(-1) as Reply;
}

const body = ({ body }: Reply): BinaryInputArchive => new BinaryInputArchive(body);

describe('a write', () => {
  test('is in the tree and answered once it is durable, with its zxid', () => {
    send(create, createRequest('/a'));
    expect([state.tree.get('/a'), client.replies, state.changes.count]).toEqual([undefined, [], 2]);
    done();
    expect(state.tree.require('/a').czxid).toBe(1n);
    expect(client.replies).toMatchObject([{ xid: 1, zxid: 1n, error: ErrorCode.OK }]);
    expect(CreateResponse.read(body(client.replies[0] as Reply))).toEqual({ path: '/a' });
    expect(state.changes.count).toBe(0);
    proves('FR-04');
  });

  test('that failed is answered with its error, and the zxid that it took', () => {
    expect(ask(create, createRequest('/a/b'))).toMatchObject({ xid: 1, zxid: 1n, error: ErrorCode.NoNode });
    expect(client.replies[0]?.body.length).toBe(0);
    expect(ask(deleteNode, deleteRequest('/none'))).toMatchObject({ zxid: 2n, error: ErrorCode.NoNode });
  });

  test('a multi that failed is answered with OK, and each step for itself', () => {
    const steps: MultiStep[] = [
      { type: OpCode.create, record: createRequest('/a') },
      { type: OpCode.delete, record: deleteRequest('/none') },
      { type: OpCode.create, record: createRequest('/b') },
    ];
    const reply = ask(multi, steps);
    expect(reply.error).toBe(ErrorCode.OK);
    expect(readMultiResponse(body(reply))).toEqual([
      { type: OpCode.error, error: ErrorCode.OK },
      { type: OpCode.error, error: ErrorCode.NoNode },
      { type: OpCode.error, error: ErrorCode.RuntimeInconsistency },
    ]);
    expect([state.tree.get('/a'), state.changes.count]).toEqual([undefined, 0]);
    proves('MU-6');
  });

  test('a multi tells the state of a node as it was after each step', () => {
    const steps: MultiStep[] = [
      { type: OpCode.create2, record: createRequest('/a') },
      { type: OpCode.setData, record: setDataRequest('/a', 'x') },
      { type: OpCode.setData, record: setDataRequest('/a', 'xyz') },
    ];
    const results = readMultiResponse(body(ask(multi, steps)));
    expect(results).toMatchObject([
      { stat: { version: 0, dataLength: 0 } },
      { stat: { version: 1, dataLength: 1 } },
      { stat: { version: 2, dataLength: 3 } },
    ]);
  });

  test('that the server asks of itself is answered to nobody', () => {
    send(create, createRequest('/a'), null);
    done();
    expect([client.replies, state.tree.get('/a') !== undefined]).toEqual([[], true]);
    expect(state.stats.averageLatencyMs).toBe(0);
  });

  test('wakes watches before it is answered', () => {
    ask(create, createRequest('/a'));
    ask(getData, { path: '/a', watch: true });
    client.transcript.length = 0;
    ask(setData, setDataRequest('/a', 'x'));
    expect(client.transcript).toEqual([`event ${EventType.NodeDataChanged} /a`, 'reply 3']);
    proves('FR-05');
  });
});

describe('the replies of a client', () => {
  test('come in the order of its requests, and a read sees the writes before it', () => {
    ask(create, createRequest('/a'));
    send(setData, setDataRequest('/a', 'one'));
    send(getData, { path: '/a', watch: false });
    send(setData, setDataRequest('/a', 'two'));
    send(getData, { path: '/a', watch: false });
    expect(client.replies).toHaveLength(1);
    done();
    expect(client.replies.map((reply) => reply.xid)).toEqual([1, 2, 3]);
    done();
    expect(client.replies.map((reply) => reply.xid)).toEqual([1, 2, 3, 4, 5]);
    const read = (index: number) => GetDataResponse.read(body(client.replies[index] as Reply)).data?.toString();
    expect([read(2), read(4)]).toEqual(['one', 'two']);
    expect(SetDataResponse.read(body(client.replies[1] as Reply)).stat.version).toBe(1);
    proves('FR-05');
  });

  test('do not wait for another client’s writes', () => {
    const other = new TestRequester();
    send(create, createRequest('/a'));
    send(exists, { path: '/a', watch: false }, other);
    expect(other.replies).toMatchObject([{ error: ErrorCode.NoNode, zxid: 0n }]);
    done();
    send(exists, { path: '/a', watch: false }, other);
    expect(other.replies[1]).toMatchObject({ error: ErrorCode.OK, zxid: 1n });
  });
});

describe('a read', () => {
  test('that fails has no body', () => {
    const failing: ReadOperation<null> = {
      ...(ping as ReadOperation<null>),
      opcode: OpCode.getData,
      answer() {
        throw KeeperException.of(ErrorCode.NoAuth);
      },
    };
    expect(ask(failing, null)).toMatchObject({ error: ErrorCode.NoAuth, zxid: 0n });
  });

  test('of a session that is closing fails', () => {
    state.sessions.setClosing(session.id);
    expect(ask(exists, { path: '/', watch: true }).error).toBe(ErrorCode.SessionExpired);
    expect(state.watches.data.watchCount).toBe(0);
    proves('SE-11', 'PR-05');
  });

  test('that nobody waits for any more is left out, and sets no watch', () => {
    send(create, createRequest('/a'));
    send(getData, { path: '/a', watch: true });
    client.isClosed = true;
    done();
    expect(client.replies.map((reply) => reply.xid)).toEqual([1]);
    expect(state.watches.data.watchCount).toBe(0);
    expect(client.order.isIdle).toBe(true);
    proves('WM-9');
  });

  test('for a fault of the program stops it', () => {
    const broken: ReadOperation<null> = {
      ...(ping as ReadOperation<null>),
      answer() {
        throw new TypeError('broken');
      },
    };
    expect(() => send(broken, null)).toThrow(TypeError);
  });

  test('a ping is answered with its own xid', () => {
    expect(ask(ping, null).xid).toBe(-2);
    proves('XID-2');
  });
});

describe('sessions', () => {
  test('the client hears of its session once that is durable', () => {
    send(createSession, null);
    expect(client.transcript).toEqual([]);
    done();
    expect(client.transcript).toEqual(['session 0x100']);
    proves('SE-09');
  });

  test('a session that ends takes its nodes along; its client is answered, then the connection is closed', () => {
    ask(create2, createRequest('/a', { flags: CreateMode.ephemeral }));
    client.transcript.length = 0;
    send(closeSession, null);
    expect(state.sessions.get(session.id)).toBe(session);
    done();
    expect(client.transcript).toEqual(['reply 2', 'close']);
    expect([state.tree.get('/a'), state.sessions.get(session.id)]).toEqual([undefined, undefined]);
    proves('CS-1');
  });
});

test('how long requests took is counted, from their arrival to the moment when their replies leave', () => {
  expect(state.stats).toMatchObject({ minLatencyMs: 0, maxLatencyMs: 0, averageLatencyMs: 0 });
  ask(create, createRequest('/a'));
  state.clock.nowMs = 1010;
  state.stats.repliesLeft(state.clock);
  state.stats.repliesLeft(state.clock);
  ask(getData, { path: '/a', watch: false });
  state.clock.nowMs = 1030;
  state.stats.repliesLeft(state.clock);
  expect(state.stats).toMatchObject({ minLatencyMs: 10, maxLatencyMs: 30, averageLatencyMs: 20, reads: 1 });
});
