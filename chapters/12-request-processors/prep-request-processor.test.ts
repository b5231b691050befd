import { beforeEach, describe, expect, test } from 'vitest';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, sessionId, zxid } from '#06-network-protocol/ids.js';
import type { MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction, TxnBody } from '#06-network-protocol/txn.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import { newRequest, newState } from '#12-request-processors/loose-parts.js';
import type { Operation, WriteOperation } from '#12-request-processors/operation.js';
import { create, sequenceSuffix } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { deleteContainer } from '#12-request-processors/operations/delete-container.js';
import { multi } from '#12-request-processors/operations/multi.js';
import { closeSession, createSession } from '#12-request-processors/operations/session.js';
import { setAcl } from '#12-request-processors/operations/set-acl.js';
import { setData } from '#12-request-processors/operations/set-data.js';
import { nextVersion } from '#12-request-processors/operations/versions.js';
import { PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';
import { proves } from '#testing/proves.js';
import { createRequest, deleteRequest, setDataRequest } from '#testing/requests.js';

const LAST_ZXID = zxid(0x5_0000_0007n);

let state: ReturnType<typeof newState>;
let prep: PrepRequestProcessor;
let passedOn: Request[];
let session: Session;

beforeEach(() => {
  state = newState(2);
  passedOn = [];
  session = state.open[0] as Session;
  prep = new PrepRequestProcessor(state, LAST_ZXID, { process: (request) => passedOn.push(request) });
});

/** Nothing is applied: each request is decided on top of those before it. */
function decide(operation: Operation, record: unknown, by = session): TxnBody {
  const request = newRequest(by, operation, record, { xid: 9 });
  prep.process(request);
  return (request.txn as Transaction).body;
}

const errorOf = (body: TxnBody): number | null => (body.type === OpCode.error ? body.record.err : null);

/** The steps of a multi: their types, and what went wrong. */
const stepsOf = (body: TxnBody): [number, number | null][] =>
  body.type === OpCode.multi ? body.record.steps.map((step) => [step.type, errorOf(step)]) : [];

const createStep = (path: string, flags = 0): MultiStep => ({
  type: OpCode.create,
  record: createRequest(path, { flags }),
});
const deleteStep = (path: string): MultiStep => ({ type: OpCode.delete, record: deleteRequest(path) });
const setDataStep = (path: string, version = -1): MultiStep => ({
  type: OpCode.setData,
  record: setDataRequest(path, 'x', version),
});

describe('each write', () => {
  test('gets the next zxid and the time of the clock, also one that fails', () => {
    decide(create, createRequest('/a'));
    state.clock.nowMs += 50;
    expect(errorOf(decide(deleteNode, deleteRequest('/none')))).toBe(ErrorCode.NoNode);
    decide(create, createRequest('/b'));
    expect(passedOn.map(({ txn }) => txn?.header)).toEqual(
      [OpCode.create, OpCode.error, OpCode.create].map((type, i) => ({
        clientId: session.id,
        cxid: 9,
        zxid: LAST_ZXID + BigInt(i + 1),
        time: state.clock.wallMs() - (i === 0 ? 50 : 0),
        type,
      })),
    );
    proves('ST-11');
  });

  test('that fails leaves nothing under way', () => {
    const failing: WriteOperation<null> = {
      ...closeSession,
      prepare(context) {
        create.prepare(context, createRequest('/half'));
        throw KeeperException.of(ErrorCode.BadArguments);
      },
    };
    expect(errorOf(decide(failing, null))).toBe(ErrorCode.BadArguments);
    expect([state.changes.count, state.changes.find('/half')]).toEqual([0, undefined]);
    expect(errorOf(decide(create, createRequest('/half')))).toBeNull();
  });

  test('that fails for a fault of the program stops it', () => {
    const broken: WriteOperation<null> = {
      ...closeSession,
      prepare() {
        throw new TypeError('broken');
      },
    };
    expect(() => decide(broken, null)).toThrow(TypeError);
    expect(passedOn).toEqual([]);
  });

  test('sees what the one before will have done', () => {
    decide(create, createRequest('/a'));
    expect(errorOf(decide(create, createRequest('/a')))).toBe(ErrorCode.NodeExists);
    expect(decide(setData, setDataRequest('/a', 'x', 0))).toMatchObject({ record: { version: 1 } });
    expect(errorOf(decide(setData, setDataRequest('/a', 'y', 0)))).toBe(ErrorCode.BadVersion);
    expect(errorOf(decide(deleteNode, deleteRequest('/a', 1)))).toBeNull();
    expect(errorOf(decide(setData, setDataRequest('/a', 'z')))).toBe(ErrorCode.NoNode);
    expect(state.tree.get('/a')).toBeUndefined();
  });

  test('is judged by the list that the one before will have set', () => {
    decide(create, createRequest('/a'));
    const acl = [{ perms: 31 & ~2, id: { scheme: 'world', id: 'anyone' } }];
    expect(errorOf(decide(setAcl, { path: '/a', acl, version: 0 }))).toBeNull();
    expect(errorOf(decide(setData, setDataRequest('/a', 'x')))).toBe(ErrorCode.NoAuth);
    proves('AL-16');
  });

  test('counts on where its parent will be: numbers of sequential nodes, and children', () => {
    decide(create, createRequest('/q'));
    const flags = CreateMode.persistentSequential;
    for (const number of ['0', '1', '2']) {
      const body = decide(create, createRequest('/q/', { flags }));
      expect(body).toMatchObject({ record: { path: `/q/000000000${number}`, parentCVersion: Number(number) + 1 } });
    }
    expect(errorOf(decide(deleteNode, deleteRequest('/q')))).toBe(ErrorCode.NotEmpty);
    decide(deleteNode, deleteRequest('/q/0000000001'));
    expect(decide(create, createRequest('/q/', { flags }))).toMatchObject({ record: { path: '/q/0000000003' } });
    proves('DT-01', 'DT-02');
  });
});

describe('a multi', () => {
  test('has one zxid, and each step sees those before it', () => {
    const body = decide(multi, [
      createStep('/a'),
      createStep('/a/b'),
      setDataStep('/a', 0),
      setDataStep('/a', 1),
      deleteStep('/a/b'),
      createStep('/a/b'),
    ]);
    expect(stepsOf(body).map(([, error]) => error)).toEqual(new Array(6).fill(null));
    expect(state.changes.find('/a')).toMatchObject({ version: 2, cversion: 2, childCount: 1, zxid: LAST_ZXID + 1n });
    expect(passedOn).toHaveLength(1);
    proves('PR-04');
  });

  test('that fails in the middle says where, and leaves all as it was', () => {
    decide(create, createRequest('/a'));
    decide(setData, setDataRequest('/a', 'x'));
    const before = { ...state.changes.find('/a') };
    const body = decide(multi, [
      createStep('/new'),
      setDataStep('/a'),
      setDataStep('/a'),
      deleteStep('/a'),
      createStep('/a', CreateMode.ephemeral),
      setDataStep('/none'),
      createStep('/later'),
    ]);
    expect(stepsOf(body)).toEqual([
      [OpCode.create, null],
      [OpCode.setData, null],
      [OpCode.setData, null],
      [OpCode.delete, null],
      [OpCode.create, null],
      [OpCode.error, ErrorCode.NoNode],
      [OpCode.error, ErrorCode.RuntimeInconsistency],
    ]);
    expect(state.changes.find('/a')).toEqual(before);
    expect([state.changes.find('/new'), state.changes.find('/later')]).toEqual([undefined, undefined]);
    expect(state.changes.ephemerals(session.id)).toEqual([]);
    expect(errorOf(decide(create, createRequest('/new')))).toBeNull();
    proves('PR-04', 'MU-6', 'MU-7');
  });

  test('that fails at once still takes its zxid', () => {
    const body = decide(multi, [deleteStep('/none'), createStep('/a')]);
    expect(stepsOf(body).map(([, error]) => error)).toEqual([ErrorCode.NoNode, ErrorCode.RuntimeInconsistency]);
    decide(create, createRequest('/a'));
    expect(passedOn.map(({ txn }) => txn?.header.zxid)).toEqual([LAST_ZXID + 1n, LAST_ZXID + 2n]);
    proves('MU-7');
  });

  test('without steps does nothing', () => {
    expect(stepsOf(decide(multi, []))).toEqual([]);
    expect(state.changes.count).toBe(0);
  });
});

describe('a session', () => {
  test('that is closing, or gone, can ask for nothing more', () => {
    decide(closeSession, null);
    expect(errorOf(decide(create, createRequest('/a')))).toBe(ErrorCode.SessionExpired);
    state.sessions.remove(session.id);
    expect(errorOf(decide(create, createRequest('/a')))).toBe(ErrorCode.SessionExpired);
    expect(errorOf(decide(createSession, null))).toBe(ErrorCode.SessionExpired);
    proves('SE-11');
  });

  test('that ends takes its ephemeral nodes along, those under way too', () => {
    const flags = CreateMode.ephemeral;
    decide(create, createRequest('/a', { flags }));
    decide(create, createRequest('/p'));
    decide(create, createRequest('/p/b', { flags }));
    decide(create, createRequest('/gone', { flags }));
    decide(deleteNode, deleteRequest('/gone'));
    decide(create, createRequest('/other', { flags }), state.open[1]);
    expect(decide(closeSession, null)).toEqual({ type: OpCode.closeSession, record: { paths2Delete: ['/a', '/p/b'] } });
    expect([state.changes.find('/a'), state.changes.find('/p')?.childCount]).toEqual([undefined, 0]);
    expect(state.changes.find('/other')).toBeDefined();
    expect(errorOf(decide(deleteNode, deleteRequest('/p'), state.open[1]))).toBeNull();
    proves('PR-06');
  });

  test('that ends twice, since it asked for it and expired, has nothing left the second time', () => {
    decide(create, createRequest('/a', { flags: CreateMode.ephemeral }));
    decide(closeSession, null);
    expect(decide(closeSession, null)).toMatchObject({ record: { paths2Delete: [] } });
  });

  test('that nobody knows can be ended: its nodes are still there', () => {
    const orphan: Session = { id: sessionId(99n), timeoutMs: 0, isClosing: true };
    const stat = { czxid: zxid(1n), mzxid: zxid(1n), ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 };
    state.tree.createNode('/a', null, null, { ...stat, ephemeralOwner: orphan.id, pzxid: zxid(1n) }, -1);
    expect(decide(closeSession, null, orphan)).toMatchObject({ record: { paths2Delete: ['/a'] } });
  });

  test('begins with its time-out', () => {
    expect(decide(createSession, null)).toEqual({ type: OpCode.createSession, record: { timeOut: 4000 } });
  });
});

test('the server itself deletes containers without a session, and only what is empty and no other kind', () => {
  const server: Session = { id: NO_SESSION, timeoutMs: 0, isClosing: false };
  const flags = CreateMode.container;
  const createContainerStep = (path: string): MultiStep => ({
    type: OpCode.createContainer,
    record: createRequest(path, { flags }),
  });
  decide(multi, [createContainerStep('/c'), createContainerStep('/full'), createStep('/full/x'), createStep('/plain')]);
  decide(create, createRequest('/mine', { flags: CreateMode.ephemeral }));
  expect(decide(deleteContainer, { path: '/c' }, server)).toEqual({
    type: OpCode.deleteContainer,
    record: { path: '/c' },
  });
  expect(errorOf(decide(deleteContainer, { path: '/c' }, server))).toBe(ErrorCode.NoNode);
  expect(errorOf(decide(deleteContainer, { path: '/full' }, server))).toBe(ErrorCode.NotEmpty);
  for (const path of ['/plain', '/mine']) {
    expect(errorOf(decide(deleteContainer, { path }, server))).toBe(ErrorCode.BadVersion);
  }
  proves('DT-13');
});

describe('numbers', () => {
  test.each([
    [0, '0000000000'],
    [7, '0000000007'],
    [2_147_483_647, '2147483647'],
    [-1, '-000000001'],
    [-2_147_483_648, '-2147483648'],
  ])('the number of the child after %i is written %s', (cversion, suffix) => {
    expect(sequenceSuffix(cversion)).toBe(suffix);
    proves('DT-01');
  });

  test('a version follows the one that is there, be it any that the client expects', () => {
    expect([nextVersion(0, 0), nextVersion(6, -1), nextVersion(2_147_483_647, -1)]).toEqual([1, 7, -2_147_483_648]);
    expect(() => nextVersion(1, 0)).toThrow(KeeperException);
    expect(() => nextVersion(0, -2)).toThrow(KeeperException);
    proves('ST-3');
  });
});
