import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { describeTree } from '#01-data-model/model-tree.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, sessionId, zxid } from '#06-network-protocol/ids.js';
import type { MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction, TxnBody } from '#06-network-protocol/txn.js';
import { FinalRequestProcessor } from '#12-request-processors/final-request-processor.js';
import { newRequest, newState } from '#12-request-processors/loose-parts.js';
import type { Operation } from '#12-request-processors/operation.js';
import { create, create2, createContainer } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { multi } from '#12-request-processors/operations/multi.js';
import { closeSession } from '#12-request-processors/operations/session.js';
import { setAcl } from '#12-request-processors/operations/set-acl.js';
import { setData } from '#12-request-processors/operations/set-data.js';
import {
  type ChangeRecord,
  newRecord,
  nextRecord,
  OutstandingChanges,
} from '#12-request-processors/outstanding-changes.js';
import { PrepRequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request } from '#12-request-processors/request.js';
import { proves } from '#testing/proves.js';
import { createRequest, deleteRequest, OPEN_ACL, setDataRequest } from '#testing/requests.js';

const ALICE = sessionId(1n);
const BOB = sessionId(2n);

let tree: DataTree;
let changes: OutstandingChanges;

beforeEach(() => {
  ({ tree, changes } = newState());
});

function record(id: number, path: string, given: Partial<ChangeRecord> = {}): ChangeRecord {
  return { ...newRecord(zxid(BigInt(id)), 0, path, null, null, NO_SESSION), version: id, ...given };
}

const DONE: TxnBody = { type: OpCode.check, record: { path: '/', version: 0 } };

/** One transaction with these records. */
const decide = (...records: ChangeRecord[]): TxnBody =>
  changes.decide(() => {
    for (const each of records) changes.add(each);
    return DONE;
  });

/** A request that fails after it has added these records. @param meanwhile looks at them */
const refuse = (records: ChangeRecord[], meanwhile = () => {}): TxnBody =>
  changes.decide(() => {
    for (const each of records) changes.add(each);
    meanwhile();
    throw KeeperException.of(ErrorCode.BadVersion);
  });

const versionOf = (path: string): number | undefined => changes.find(path)?.version;

describe('a node', () => {
  test('is as the tree has it, as long as nothing is under way', () => {
    expect(changes.find('/zookeeper')).toMatchObject({ exists: true, childCount: 2, version: 0, zxid: 0n });
    expect(changes.find('/none')).toBeUndefined();
    expect(() => changes.require('/none')).toThrow(KeeperException);
  });

  test('is as the newest transaction under way will have it', () => {
    decide(record(1, '/zookeeper'));
    decide(record(2, '/zookeeper'), record(2, '/new'));
    expect([versionOf('/zookeeper'), versionOf('/new')]).toEqual([2, 2]);
  });

  test('that will be deleted is not there, until it will be created again', () => {
    decide(record(1, '/zookeeper', { exists: false }));
    expect(changes.find('/zookeeper')).toBeUndefined();
    expect(() => changes.require('/zookeeper')).toThrow(KeeperException);
    decide(record(2, '/zookeeper'));
    expect(versionOf('/zookeeper')).toBe(2);
  });

  test('is as the tree has it again, once all that was under way is in the tree', () => {
    decide(record(1, '/zookeeper'));
    decide(record(2, '/zookeeper'));
    changes.applied(zxid(1n));
    expect([versionOf('/zookeeper'), changes.count]).toEqual([2, 1]);
    changes.applied(zxid(2n));
    expect([versionOf('/zookeeper'), changes.count]).toEqual([0, 0]);
  });
});

test('a node that is never without a transaction under way keeps none of its past', () => {
  const tree = DataTree.fresh({ extendedTypes: false, digest: false });
  const changes = new OutstandingChanges(tree);
  for (let id = 1n; id <= 3n; id++) {
    changes.decide(() => {
      changes.add(nextRecord(changes.require('/zookeeper'), zxid(id)));
      return DONE;
    });
    expect(changes.digestAfter(zxid(id))).toBeNull();
    changes.applied(zxid(id - 1n));
  }
  expect(changes.find('/zookeeper')?.previous).toBeNull();
});

describe('a request that is refused', () => {
  test('leaves what was there before, be it several records at one path', () => {
    decide(record(1, '/a'), record(1, '/b'));
    const records = [
      ...[20, 21, 22].map((version) => record(2, '/a', { version })),
      record(2, '/b', { exists: false }),
      record(2, '/c'),
      record(2, '/b', { version: 23 }),
    ];
    const body = refuse(records, () => {
      expect([versionOf('/a'), versionOf('/b'), versionOf('/c')]).toEqual([22, 23, 2]);
    });
    expect(body).toEqual({ type: OpCode.error, record: { err: ErrorCode.BadVersion } });
    expect([versionOf('/a'), versionOf('/b'), versionOf('/c')]).toEqual([1, 1, undefined]);
    expect(changes.count).toBe(2);
    changes.applied(zxid(1n));
    expect([versionOf('/a'), changes.count]).toEqual([undefined, 0]);
    proves('PR-04');
  });

  test('before it has added anything, takes nothing of the others along', () => {
    decide(record(1, '/a'));
    refuse([]);
    refuse([]);
    expect(versionOf('/a')).toBe(1);
  });

  test('is forgotten also where thousands of records went before', () => {
    for (let id = 1; id <= 5000; id++) decide(record(id, '/a'));
    changes.applied(zxid(4999n));
    refuse([record(5001, '/a')]);
    expect([versionOf('/a'), changes.count]).toEqual([5000, 1]);
  });

  test('by a fault of the server is none: the fault goes on', () => {
    const fault = new Error('a fault');
    const fail = (): never => {
      throw fault;
    };
    expect(() => changes.decide(fail)).toThrow(fault);
    expect(() => changes.decideSteps([1], fail)).toThrow(fault);
  });
});

describe('the steps of a multi', () => {
  /** @param steps records to add; null is a step that fails */
  const decideSteps = (...steps: (ChangeRecord | null)[]): TxnBody[] => {
    let bodies: TxnBody[] = [];
    changes.decide(() => {
      bodies = changes.decideSteps(steps, (step) => {
        if (step === null) throw KeeperException.of(ErrorCode.NoNode);
        changes.add(step);
        return DONE;
      });
      return DONE;
    });
    return bodies;
  };

  test('add their records one on top of the other', () => {
    expect(decideSteps(record(1, '/a'), record(1, '/a', { version: 7 }), record(1, '/b'))).toEqual([DONE, DONE, DONE]);
    expect([versionOf('/a'), versionOf('/b'), changes.count]).toEqual([7, 1, 3]);
  });

  test('leave nothing when one fails, and none after it is looked at', () => {
    decide(record(1, '/a'));
    const error = (err: ErrorCode) => ({ type: OpCode.error, record: { err } });
    const { NoNode, RuntimeInconsistency } = ErrorCode;
    const after = [error(NoNode), error(RuntimeInconsistency), error(RuntimeInconsistency)];
    expect(decideSteps(record(2, '/a'), record(2, '/b'), null, null, record(2, '/c'))).toEqual([DONE, DONE, ...after]);
    expect([versionOf('/a'), versionOf('/b'), versionOf('/c')]).toEqual([1, undefined, undefined]);
    expect(changes.count).toBe(1);
    proves('PR-04');
  });
});

describe('the ephemeral nodes of a session', () => {
  const mine = { ephemeralOwner: ALICE };
  const create = (path: string, owner = ALICE): void => {
    const stat = { czxid: zxid(1n), mzxid: zxid(1n), ctime: 0, mtime: 0, version: 0, cversion: 0, aversion: 0 };
    tree.createNode(path, null, null, { ...stat, ephemeralOwner: owner, pzxid: zxid(1n) }, -1);
  };

  test('are those in the tree and those under way', () => {
    create('/a');
    decide(record(1, '/b', mine), record(1, '/c', { ephemeralOwner: BOB }), record(1, '/d'));
    expect(changes.ephemerals(ALICE)).toEqual(['/a', '/b']);
    expect(changes.ephemerals(BOB)).toEqual(['/c']);
    proves('PR-06');
  });

  test('are not those that will be deleted', () => {
    create('/a');
    decide(record(1, '/a', { ...mine, exists: false }), record(1, '/b', mine));
    decide(record(2, '/b', { ...mine, exists: false }));
    expect(changes.ephemerals(ALICE)).toEqual([]);
  });

  test('are another session’s when that creates them again', () => {
    create('/a');
    decide(record(1, '/a', { ...mine, exists: false }));
    decide(record(2, '/a', { ephemeralOwner: BOB }));
    expect([changes.ephemerals(ALICE), changes.ephemerals(BOB)]).toEqual([[], ['/a']]);
    decide(record(3, '/a', { ephemeralOwner: BOB, exists: false }));
    decide(record(4, '/a', mine));
    expect([changes.ephemerals(ALICE), changes.ephemerals(BOB)]).toEqual([['/a'], []]);
  });

  test('are not those of a request that was refused', () => {
    refuse([record(1, '/a', mine)]);
    expect(changes.ephemerals(ALICE)).toEqual([]);
  });

  test('are those still under way, when others are in the tree already', () => {
    decide(record(1, '/a', { ...mine, exists: false }));
    decide(record(2, '/b', mine));
    create('/b');
    changes.applied(zxid(2n));
    expect(changes.ephemerals(ALICE)).toEqual(['/b']);
  });
});

// ------------------------------------------------------------------------------------------------------------------

interface Asked {
  readonly operation: Operation;
  readonly record: unknown;
  /** Which of the sessions asks. */
  readonly client: number;
}

const path = fc.constantFrom('/a', '/b', '/a/a', '/a/b', '/a/s', '/a/s0000000000', '/a/s0000000001', '/zookeeper');
const version = fc.constantFrom(-1, -1, -1, 0, 1);
const flags = fc.constantFrom(
  CreateMode.persistent,
  CreateMode.persistent,
  CreateMode.ephemeral,
  CreateMode.persistentSequential,
  CreateMode.ephemeralSequential,
);
const asked = {
  create: fc.record({ path, flags }).map(({ path, flags }) => createRequest(path, { flags })),
  container: path.map((path) => createRequest(path, { flags: CreateMode.container })),
  delete: fc.record({ path, version }).map(({ path, version }) => deleteRequest(path, version)),
  setData: fc.record({ path, version }).map(({ path, version }) => setDataRequest(path, 'new', version)),
  check: fc.record({ path, version }),
  setAcl: fc.record({ path, version }).map(({ path, version }) => ({ path, acl: OPEN_ACL, version })),
};

const stepOf = (type: number, records: fc.Arbitrary<unknown>): fc.Arbitrary<MultiStep> =>
  records.map((record) => ({ type, record }) as MultiStep);

const step = fc.oneof(
  { arbitrary: stepOf(OpCode.create, asked.create), weight: 4 },
  { arbitrary: stepOf(OpCode.delete, asked.delete), weight: 3 },
  stepOf(OpCode.createContainer, asked.container),
  stepOf(OpCode.setData, asked.setData),
  stepOf(OpCode.check, asked.check),
);

const by = (operation: Operation, records: fc.Arbitrary<unknown>): fc.Arbitrary<Asked> =>
  fc.record({ operation: fc.constant(operation), record: records, client: fc.nat(2) });

const anything: fc.Arbitrary<Asked> = fc.oneof(
  { arbitrary: by(create, asked.create), weight: 5 },
  by(create2, asked.create),
  by(createContainer, asked.container),
  { arbitrary: by(deleteNode, asked.delete), weight: 4 },
  by(setData, asked.setData),
  by(setAcl, asked.setAcl),
  { arbitrary: by(multi, fc.array(step, { maxLength: 5 })), weight: 3 },
  by(closeSession, fc.constant(null)),
);

/** A server whose transactions take as long to get into the tree as the test likes. */
class SlowServer {
  readonly state = newState(3);
  private readonly underWay: Request[] = [];
  private readonly final = new FinalRequestProcessor(this.state);
  private readonly prep = new PrepRequestProcessor(this.state, zxid(0n), {
    process: (request) => this.underWay.push(request),
  });

  /** @returns what the transaction says */
  decide({ operation, record, client }: Asked) {
    const session = this.state.open[client];
    if (!session) throw new Error('no such session');
    const request = newRequest(session, operation, record);
    this.prep.process(request);
    return request.txn as Transaction;
  }

  apply(count: number): void {
    for (const request of this.underWay.splice(0, count)) this.final.process(request);
  }
}

/** What a transaction says will come of it: OK, or the first error in it. */
function promised({ type, record }: TxnBody): number {
  if (type === OpCode.error) return record.err;
  if (type !== OpCode.multi) return ErrorCode.OK;
  const errors = record.steps.map(promised);
  return errors.find((error) => error !== ErrorCode.OK) ?? ErrorCode.OK;
}

test('whatever is asked for, it is decided the same whether what came before is in the tree or under way, and can be done', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anything, fc.nat(2)), { maxLength: 40 }), (requests) => {
      const quick = new SlowServer();
      const slow = new SlowServer();
      const copy = newState().tree;
      for (const [request, applied] of requests) {
        const { header, body, digest } = quick.decide(request);
        expect(slow.decide(request)).toEqual({ header, body, digest });
        if (!header || !body) throw new Error('nothing was decided');
        expect(applyTxn(copy, header, body).error).toBe(promised(body));
        // The copy computes the digest of each node itself.
        expect(digest?.treeDigest ?? copy.digest?.value).toBe(copy.digest?.value);
        expect(digest === null).toBe(body.type === OpCode.error);
        quick.apply(1);
        slow.apply(applied);
      }
      slow.apply(requests.length);
      expect(describeTree(slow.state.tree)).toEqual(describeTree(quick.state.tree));
      for (const { state } of [quick, slow]) {
        expect(state.changes.count).toBe(0);
        expect(state.sessions.count).toBe(state.open.filter(({ isClosing }) => !isClosing).length);
      }
    }),
    { numRuns: 500 },
  );
  proves('PR-04', 'PR-06');
});
