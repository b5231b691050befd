import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { DataNode } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { anyChoice, type Choice, describeTree, type Kind, ModelTree } from '#01-data-model/model-tree.js';
import type { ACL } from '#05-jute/records/data.js';
import type { TxnHeader } from '#05-jute/records/txn.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { sessionId } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction, TxnBody } from '#06-network-protocol/txn.js';
import { proves } from '#testing/proves.js';

const EXTENDED = { extendedTypes: true };

const apply = (tree: DataTree, { header, body }: Transaction) => applyTxn(tree, header, body);

describe('a history of transactions', () => {
  test('makes the tree that one gets on paper, after each of them', () => {
    fc.assert(
      fc.property(fc.array(anyChoice, { maxLength: 40 }), (choices) => {
        const model = new ModelTree();
        const tree = DataTree.fresh(EXTENDED);
        for (const choice of choices) {
          apply(tree, model.next(choice));
          expect(describeTree(tree)).toEqual(model.describe());
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** A snapshot that is taken while the tree changes: a node now, and some more whenever it is asked for. */
class FuzzySnapshot {
  private readonly tree: DataTree;
  /** What it is named after. */
  readonly zxid: DataTree['lastProcessedZxid'];
  private readonly acls: { id: number; acl: ACL[] }[];
  private readonly nodes: [string, DataNode][] = [];
  private readonly waiting = ['/'];

  constructor(tree: DataTree) {
    this.tree = tree;
    this.zxid = tree.lastProcessedZxid;
    this.acls = [...tree.acls.entries()];
  }

  /** Takes down some more nodes, parents before children. */
  goOn(count: number): void {
    for (let i = 0; i < count; ) {
      const path = this.waiting.pop();
      if (path === undefined) return;
      const node = this.tree.get(path);
      if (!node) continue;
      for (const name of node.children) this.waiting.push(path === '/' ? `/${name}` : `${path}/${name}`);
      this.nodes.push([path, new DataNode(node.data, node.aclId, node)]);
      i++;
    }
  }

  restore(): DataTree {
    this.goOn(Number.POSITIVE_INFINITY);
    const tree = new DataTree(EXTENDED);
    for (const { id, acl } of this.acls) tree.acls.restore(id, acl);
    for (const [path, node] of this.nodes) tree.restoreNode(path, node);
    tree.createReservedNodes();
    tree.acls.purgeUnused();
    tree.lastProcessedZxid = this.zxid;
    return tree;
  }
}

describe('a snapshot taken while transactions go on', () => {
  /** A tree and the history that makes it. */
  class Run {
    readonly model = new ModelTree();
    readonly tree = DataTree.fresh(EXTENDED);
    private readonly transactions: Transaction[] = [];

    does(...choices: Choice[]): void {
      for (const choice of choices) {
        const transaction = this.model.next(choice);
        apply(this.tree, transaction);
        this.transactions.push(transaction);
      }
    }

    /** The snapshot, and all transactions since it was begun on top of it, make the same tree. */
    expectExact(snapshot: FuzzySnapshot): void {
      const restored = snapshot.restore();
      for (const transaction of this.transactions) {
        if (transaction.header.zxid > snapshot.zxid) apply(restored, transaction);
      }
      expect(describeTree(restored)).toEqual(describeTree(this.tree));
    }
  }

  const create = (path: string, kind: Kind = 'persistent', acl = 0): Choice => ({
    does: 'create',
    path,
    kind,
    data: 'new',
    acl,
  });
  const closeSession: Choice = { does: 'closeSession', client: 0 };
  const ephemeral: Kind = { ephemeralOf: 0 };

  test('and the transactions since it was begun make the exact tree, though it may hold some of them already', () => {
    const later = fc.array(fc.tuple(anyChoice, fc.constantFrom(0, 0, 0, 1, 2)), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(anyChoice, { maxLength: 20 }), later, fc.nat(4), (before, during, firstCount) => {
        const run = new Run();
        run.does(...before);
        const snapshot = new FuzzySnapshot(run.tree);
        snapshot.goOn(firstCount);
        for (const [choice, count] of during) {
          run.does(choice);
          snapshot.goOn(count);
        }
        run.expectExact(snapshot);
      }),
      { numRuns: 2000 },
    );
    proves('SN-13', 'DT-08');
  });

  test('keeps out whoever the list of a new node keeps out', () => {
    const run = new Run();
    const snapshot = new FuzzySnapshot(run.tree);
    run.does(create('/a', 'persistent', 2), create('/b', 'persistent', 3), create('/c', 'persistent', 2));
    run.expectExact(snapshot);
  });

  test('may hold a node under the number of a list that others get in the replay', () => {
    const run = new Run();
    run.does(create('/a'));
    const snapshot = new FuzzySnapshot(run.tree);
    run.does(create('/b', 'persistent', 2), { does: 'setAcl', path: '/a', acl: 3 }, { does: 'delete', path: '/b' });
    snapshot.goOn(Number.POSITIVE_INFINITY);
    run.does({ does: 'setAcl', path: '/a', acl: 4 }, create('/b', 'persistent', 3));
    run.expectExact(snapshot);
  });

  test('may hold the children of a node that the replay deletes and makes again', () => {
    const run = new Run();
    run.does(create('/a'));
    const snapshot = new FuzzySnapshot(run.tree);
    snapshot.goOn(1);
    run.does({ does: 'delete', path: '/a' }, create('/a'), create('/a/b'), create('/a/b/c', ephemeral));
    run.expectExact(snapshot);
  });

  test('may lack an ephemeral node whose end its parent does not know of', () => {
    const run = new Run();
    run.does(create('/a', ephemeral));
    const snapshot = new FuzzySnapshot(run.tree);
    snapshot.goOn(1);
    run.does(closeSession);
    run.expectExact(snapshot);
    expect(run.tree.require('/').pzxid).toBe(2n);
  });
});

const header = (zxid: bigint, type: number): TxnHeader => ({
  clientId: sessionId(1n),
  cxid: 0,
  zxid: zxid as TxnHeader['zxid'],
  time: Number(zxid),
  type,
});

const applyBody = (tree: DataTree, zxid: bigint, body: TxnBody) => applyTxn(tree, header(zxid, body.type), body);

const createBody = (path: string, parentCVersion = 1): TxnBody => ({
  type: OpCode.create,
  record: { path, data: null, acl: null, ephemeral: false, parentCVersion },
});
const deleteBody = (path: string): TxnBody => ({ type: OpCode.delete, record: { path } });
const multiBody = (...steps: TxnBody[]): TxnBody => ({ type: OpCode.multi, record: { steps } });
const errorBody = (err: ErrorCode): TxnBody => ({ type: OpCode.error, record: { err } });

describe('what came of a transaction', () => {
  test('a create tells its path, and all but the oldest kind the stat', () => {
    const tree = DataTree.fresh(EXTENDED);
    expect(applyBody(tree, 1n, createBody('/a'))).toMatchObject({ type: OpCode.create, path: '/a', stat: null });
    const record = { path: '/b', data: null, acl: null, parentCVersion: 2 };
    const newer: TxnBody[] = [
      { type: OpCode.create2, record: { ...record, ephemeral: false } },
      { type: OpCode.createContainer, record: { ...record, path: '/c', parentCVersion: 3 } },
      { type: OpCode.createTTL, record: { ...record, path: '/d', parentCVersion: 4, ttl: 5 } },
    ];
    newer.forEach((body, i) => {
      const result = applyBody(tree, BigInt(i + 2), body);
      expect(result).toMatchObject({ type: body.type, error: ErrorCode.OK, stat: { czxid: BigInt(i + 2) } });
    });
  });

  test('one that finds no node, or finds one that should not be there, says so', () => {
    const tree = DataTree.fresh(EXTENDED);
    expect(applyBody(tree, 1n, deleteBody('/none'))).toMatchObject({ type: OpCode.delete, error: ErrorCode.NoNode });
    expect(applyBody(tree, 2n, createBody('/none/a'))).toMatchObject({ error: ErrorCode.NoNode });
    expect(applyBody(tree, 3n, createBody('/zookeeper'))).toMatchObject({ error: ErrorCode.NodeExists });
    expect(tree.lastProcessedZxid).toBe(3n);
    proves('SN-13');
  });

  test('a create that finds its node there still tells the parent', () => {
    const tree = DataTree.fresh(EXTENDED);
    expect(applyBody(tree, 7n, createBody('/zookeeper', 5))).toMatchObject({ error: ErrorCode.NodeExists });
    expect(tree.require('/')).toMatchObject({ cversion: 5, pzxid: 7n });
    proves('DT-08');
  });

  test('an error is what it says', () => {
    const result = applyBody(DataTree.fresh(EXTENDED), 1n, errorBody(ErrorCode.BadVersion));
    expect(result).toMatchObject({ type: OpCode.error, error: ErrorCode.BadVersion });
  });

  test('a multi tells of each step', () => {
    const tree = DataTree.fresh(EXTENDED);
    const steps = [createBody('/a'), createBody('/a/b'), deleteBody('/a/b')];
    const result = applyBody(tree, 1n, multiBody(...steps));
    expect(result).toMatchObject({ type: OpCode.multi, error: ErrorCode.OK });
    expect(result.steps.map(({ type, error }) => [type, error])).toEqual(steps.map(({ type }) => [type, 0]));
    expect([tree.get('/a')?.czxid, tree.get('/a/b')]).toEqual([1n, undefined]);
  });

  test('a multi with an error in it does nothing, and tells why', () => {
    const tree = DataTree.fresh(EXTENDED);
    const failed = [errorBody(ErrorCode.NotEmpty), errorBody(ErrorCode.RuntimeInconsistency)];
    const result = applyBody(tree, 1n, multiBody(createBody('/a'), ...failed));
    expect(result.error).toBe(ErrorCode.NotEmpty);
    expect(result.steps.map(({ type, error }) => [type, error])).toEqual([
      [OpCode.error, ErrorCode.OK],
      [OpCode.error, ErrorCode.NotEmpty],
      [OpCode.error, ErrorCode.RuntimeInconsistency],
    ]);
    expect(tree.get('/a')).toBeUndefined();
    expect(tree.lastProcessedZxid).toBe(1n);
    proves('MU-7');
  });

  test('a multi in a multi is a fault of the program', () => {
    const tree = DataTree.fresh(EXTENDED);
    expect(() => applyBody(tree, 1n, multiBody(multiBody(createBody('/a'))))).toThrow('a multi inside a multi');
  });
});

describe('the last zxid', () => {
  test('only goes up', () => {
    const tree = DataTree.fresh(EXTENDED);
    applyBody(tree, 9n, createBody('/a'));
    applyBody(tree, 5n, createBody('/b', 2));
    expect(tree.lastProcessedZxid).toBe(9n);
  });

  test('counts a transaction only when it is done whole', () => {
    const tree = DataTree.fresh(EXTENDED);
    const seen: bigint[] = [];
    const note = () => seen.push(tree.lastProcessedZxid);
    tree.listener = { nodeCreated: note, nodeDeleted: note, dataChanged: note };
    applyBody(tree, 1n, multiBody(createBody('/a'), createBody('/b', 2)));
    expect([...seen, tree.lastProcessedZxid]).toEqual([0n, 0n, 1n]);
  });
});

describe('transactions of old servers', () => {
  test('a create that does not know its parent counts one up', () => {
    const tree = DataTree.fresh(EXTENDED);
    applyBody(tree, 1n, createBody('/a', 7));
    applyBody(tree, 2n, createBody('/b', -1));
    expect(tree.require('/')).toMatchObject({ cversion: 8, pzxid: 2n });
  });

  test('a closeSession that names no nodes deletes all that the session owns', () => {
    const tree = DataTree.fresh(EXTENDED);
    for (const [i, path] of ['/a', '/b'].entries()) {
      const record = { path, data: null, acl: null, ephemeral: true, parentCVersion: i + 1 };
      applyBody(tree, BigInt(i + 1), { type: OpCode.create, record });
    }
    applyBody(tree, 3n, { type: OpCode.closeSession, record: null });
    expect([tree.get('/a'), tree.get('/b'), tree.ephemeralCount]).toEqual([undefined, undefined, 0]);
  });
});
