import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { DataTree, type TreeListener } from '#01-data-model/data-tree.js';
import { CONTAINER_OWNER, MAX_TTL_MS, ttlOwner } from '#01-data-model/ephemeral-owner.js';
import { CONFIG_PATH, isReservedPath } from '#01-data-model/reserved-paths.js';
import { OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import type { ACL } from '#05-jute/records/data.js';
import { READ_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

const PLAIN = { extendedTypes: false };
const EXTENDED = { extendedTypes: true };
const ALICE = sessionId(0x0100_0000_0000_0001n);
const BOB = sessionId(0x0100_0000_0000_0002n);
const SECRET: ACL[] = [{ perms: 31, id: { scheme: 'digest', id: 'alice:x' } }];

/** Creates nodes as the transactions 1, 2, 3 … */
class Grower {
  readonly tree: DataTree;
  lastZxid = 0n;

  constructor(options = EXTENDED) {
    this.tree = DataTree.fresh(options);
  }

  create(path: string, { owner = NO_SESSION, data = '', acl = null as ACL[] | null, parentCVersion = -1 } = {}) {
    this.lastZxid++;
    const stat = newStat(zxid(this.lastZxid), Number(this.lastZxid), owner);
    return this.tree.createNode(path, Buffer.from(data), acl, stat, parentCVersion);
  }

  delete(path: string): void {
    this.tree.deleteNode(path, zxid(++this.lastZxid));
  }
}

function errorOf(run: () => unknown): ErrorCode | null {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof KeeperException) return error.code;
    throw error;
  }
}

describe('a fresh tree', () => {
  test('has the reserved nodes, and no other', () => {
    const tree = DataTree.fresh(PLAIN);
    expect([...tree.require('/').children]).toEqual(['zookeeper']);
    expect([...tree.require('/zookeeper').children].sort()).toEqual(['config', 'quota']);
    expect(tree.nodeCount).toBe(5);
    expect(tree.get('')).toBe(tree.get('/'));
    for (const path of ['/', '/zookeeper', '/zookeeper/quota']) {
      expect(tree.require(path)).toMatchObject({ aclId: OPEN_UNSAFE_ACL_ID, czxid: 0n, ctime: 0, aversion: 0 });
    }
    expect(tree.acl(tree.require(CONFIG_PATH))).toEqual(READ_ACL_UNSAFE);
    expect(tree.require(CONFIG_PATH).aversion).toBe(-1);
    proves('DT-06', 'DT-10');
  });

  test('counts the bytes of paths and data', () => {
    const grower = new Grower();
    const empty = grower.tree.approximateDataSizeBytes;
    grower.create('/a', { data: '12345' });
    expect(grower.tree.approximateDataSizeBytes - empty).toBe(7);
    grower.tree.setData('/a', null, 1, zxid(9n), 0);
    expect(grower.tree.approximateDataSizeBytes - empty).toBe(2);
    grower.tree.setData('/a', Buffer.alloc(100), 2, zxid(10n), 0);
    grower.delete('/a');
    expect(grower.tree.approximateDataSizeBytes).toBe(empty);
    proves('DT-11');
  });

  test('counts the bytes of quotas too, though they change without a transaction', () => {
    const grower = new Grower();
    const before = grower.tree.approximateDataSizeBytes;
    const quota = '/zookeeper/quota/a';
    for (const path of ['/a', quota]) grower.create(path);
    grower.create(`${quota}/zookeeper_limits`, { data: 'count=5,bytes=-1' });
    grower.create(`${quota}/zookeeper_stats`, { data: '' });
    for (let i = 0; i < 20; i++) grower.create(`/a/${i}`, { data: 'x'.repeat(100) });
    const { tree } = grower;
    const stats = tree.require(`${quota}/zookeeper_stats`);
    expect(stats.data?.toString()).toBe('count=21,bytes=2000');
    let sizeBytes = 0;
    for (const [path, { data }] of tree.entries()) sizeBytes += path.length + (data?.length ?? 0);
    expect(tree.approximateDataSizeBytes).toBe(sizeBytes);
    for (let i = 0; i < 20; i++) grower.delete(`/a/${i}`);
    for (const path of ['zookeeper_limits', 'zookeeper_stats']) grower.delete(`${quota}/${path}`);
    for (const path of [quota, '/a']) grower.delete(path);
    expect(tree.approximateDataSizeBytes).toBe(before);
  });

  test.each(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])('%s is reserved', (path) => {
    expect(isReservedPath(path)).toBe(true);
    expect(isReservedPath(`${path}/x`)).toBe(false);
  });
});

describe('creating a node', () => {
  test('needs a parent, and that there is none of that name', () => {
    const grower = new Grower();
    grower.create('/a');
    expect(errorOf(() => grower.create('/b/c'))).toBe(ErrorCode.NoNode);
    expect(errorOf(() => grower.create('/a'))).toBe(ErrorCode.NodeExists);
    expect(errorOf(() => grower.create('/'))).toBe(ErrorCode.NodeExists);
    expect(errorOf(() => grower.tree.require('/b'))).toBe(ErrorCode.NoNode);
  });

  test('that fails uses no list', () => {
    const grower = new Grower();
    const before = [...grower.tree.acls.entries()];
    expect(errorOf(() => grower.create('/b/c', { acl: SECRET }))).toBe(ErrorCode.NoNode);
    expect([...grower.tree.acls.entries()]).toEqual(before);
  });

  test('moves the numbers of its parent forward, never back', () => {
    const grower = new Grower();
    const root = grower.tree.require('/');
    grower.create('/a', { parentCVersion: 5 });
    expect(root).toMatchObject({ cversion: 5, pzxid: 1n });
    grower.create('/b', { parentCVersion: 3 });
    expect(root).toMatchObject({ cversion: 5, pzxid: 1n });
    grower.create('/c', { parentCVersion: 6 });
    expect(root).toMatchObject({ cversion: 6, pzxid: 3n });
    proves('ST-5', 'ST-7');
  });

  test('that is there gives it the list that was asked for: in a replay, that is the right one', () => {
    const grower = new Grower();
    const node = grower.create('/a', { acl: SECRET });
    expect(errorOf(() => grower.create('/a', { acl: [...READ_ACL_UNSAFE] }))).toBe(ErrorCode.NodeExists);
    expect(grower.tree.acl(node)).toEqual(READ_ACL_UNSAFE);
    expect([...grower.tree.acls.entries()].map(({ acl }) => acl)).toEqual([READ_ACL_UNSAFE]);
    proves('DT-08', 'DV-18');
  });
});

describe('deleting a node', () => {
  test('tells its parent, also when it is gone already', () => {
    const grower = new Grower();
    grower.create('/a');
    grower.create('/a/b');
    grower.delete('/a/b');
    const parent = grower.tree.require('/a');
    expect(parent).toMatchObject({ cversion: 1, pzxid: 3n, childCount: 0 });
    expect(errorOf(() => grower.delete('/a/b'))).toBe(ErrorCode.NoNode);
    expect(parent.pzxid).toBe(4n);
    expect(errorOf(() => grower.tree.deleteNode('/a/b', zxid(2n)))).toBe(ErrorCode.NoNode);
    expect(parent.pzxid).toBe(4n);
    expect(errorOf(() => grower.delete('/none/b'))).toBe(ErrorCode.NoNode);
    proves('ST-5', 'ST-7');
  });

  test('with children, as only a replay does, leaves nothing of them', () => {
    const grower = new Grower();
    const bytesBefore = grower.tree.approximateDataSizeBytes;
    grower.create('/a', { acl: SECRET });
    grower.create('/a/b', { data: 'xyz' });
    grower.create('/a/b/c', { owner: ALICE });
    grower.create('/a/d', { owner: CONTAINER_OWNER });
    grower.delete('/a');
    expect(grower.tree.nodeCount).toBe(5);
    expect(grower.tree.approximateDataSizeBytes).toBe(bytesBefore);
    expect([...grower.tree.ephemeralOwners()]).toEqual([]);
    expect([...grower.tree.selfDeletingPaths()]).toEqual([]);
    expect([...grower.tree.acls.entries()]).toHaveLength(1);
  });
});

describe('changing a node', () => {
  test('its data and list have versions of their own', () => {
    const grower = new Grower();
    const node = grower.create('/a');
    grower.tree.setData('/a', Buffer.from('new'), 4, zxid(8n), 80);
    expect(node).toMatchObject({ version: 4, aversion: 0, mzxid: 8n, mtime: 80, czxid: 1n, ctime: 1, pzxid: 1n });
    grower.tree.setAcl('/a', SECRET, 6);
    expect(node).toMatchObject({ version: 4, aversion: 6, mzxid: 8n, mtime: 80 });
    expect(grower.tree.acl(node)).toEqual(SECRET);
    grower.tree.setAcl('/a', null, 7);
    expect([grower.tree.acl(node), node.aclId]).toEqual([null, OPEN_UNSAFE_ACL_ID]);
    proves('ST-2', 'ST-3', 'ST-4');
  });

  test('that is not there is an error', () => {
    const { tree } = new Grower();
    expect(errorOf(() => tree.setData('/a', null, 1, zxid(1n), 0))).toBe(ErrorCode.NoNode);
    expect(errorOf(() => tree.setAcl('/a', SECRET, 1))).toBe(ErrorCode.NoNode);
    expect([...tree.acls.entries()]).toHaveLength(1);
  });
});

describe('what a client is told', () => {
  test('children count as created and deleted', () => {
    const grower = new Grower();
    const node = grower.create('/a', { data: 'four' });
    for (const name of ['x', 'y', 'z']) grower.create(`/a/${name}`);
    grower.delete('/a/y');
    expect(node.cversion).toBe(3);
    expect(grower.tree.stat(node)).toMatchObject({ cversion: 4, numChildren: 2, dataLength: 4 });
    expect(grower.tree.stat(grower.tree.setData('/a', null, 1, zxid(9n), 0)).dataLength).toBe(0);
    proves('ST-6', 'ST-9', 'ST-10');
  });

  test('the count of children begins again below zero, as 32 bits do', () => {
    const grower = new Grower();
    const node = grower.create('/a');
    node.cversion = 0x4000_0000;
    expect(grower.tree.stat(node).cversion).toBe(-0x8000_0000);
  });

  test.each<[string, SessionId, boolean, SessionId]>([
    ['an ordinary node', NO_SESSION, true, NO_SESSION],
    ['an ephemeral', ALICE, true, ALICE],
    ['an ephemeral of a server with a high number', sessionId(-5n << 56n), true, sessionId(-5n << 56n)],
    ['a container', CONTAINER_OWNER, true, NO_SESSION],
    ['a container without extended types', CONTAINER_OWNER, false, NO_SESSION],
    ['a node with a time to live', ttlOwner(MAX_TTL_MS), true, NO_SESSION],
    ['the same without extended types', ttlOwner(1), false, ttlOwner(1)],
  ])('the owner of %s', (_name, owner, extendedTypes, shown) => {
    const grower = new Grower({ extendedTypes });
    const node = grower.create('/a', { owner });
    expect(grower.tree.stat(node).ephemeralOwner).toBe(shown);
    proves('EO-5', 'ST-8');
  });
});

describe('the ephemeral nodes of a session', () => {
  test('are known until they are deleted, and a session without any is forgotten', () => {
    const grower = new Grower();
    for (const path of ['/a', '/b']) grower.create(path, { owner: ALICE });
    grower.create('/c', { owner: BOB });
    expect([...grower.tree.ephemerals(ALICE)]).toEqual(['/a', '/b']);
    expect([grower.tree.ephemeralCount, [...grower.tree.ephemeralOwners()]]).toEqual([3, [ALICE, BOB]]);
    for (const path of ['/a', '/b']) grower.delete(path);
    expect([...grower.tree.ephemerals(ALICE)]).toEqual([]);
    expect([...grower.tree.ephemeralOwners()]).toEqual([BOB]);
    proves('DT-09');
  });

  test('go with it, in the order of the list', () => {
    const grower = new Grower();
    for (const path of ['/a', '/b', '/c']) grower.create(path, { owner: ALICE });
    const deleted: string[] = [];
    grower.tree.listener = { ...deaf, nodeDeleted: (path) => deleted.push(path) };
    expect(grower.tree.killSession(ALICE, ['/c', '/a', '/b'], zxid(9n))).toEqual([]);
    expect(deleted).toEqual(['/c', '/a', '/b']);
    expect([...grower.tree.ephemeralOwners()]).toEqual([]);
    expect(grower.tree.require('/').pzxid).toBe(9n);
    proves('DT-09', 'WM-3');
  });

  test('go with it even when the list forgot them; which those are is told', () => {
    const grower = new Grower();
    for (const path of ['/a', '/b']) grower.create(path, { owner: ALICE });
    expect(grower.tree.killSession(ALICE, ['/b', '/never', '/none/x'], zxid(9n))).toEqual(['/a']);
    expect([grower.tree.get('/a'), grower.tree.get('/b')]).toEqual([undefined, undefined]);
    proves('DT-09');
  });

  test('of one session are not those of another', () => {
    const grower = new Grower();
    grower.create('/a', { owner: BOB });
    expect(grower.tree.killSession(ALICE, null, zxid(9n))).toEqual([]);
    expect([...grower.tree.ephemerals(BOB)]).toEqual(['/a']);
  });
});

test('containers and nodes with a time to live are found, without extended types only the containers', () => {
  for (const extendedTypes of [true, false]) {
    const grower = new Grower({ extendedTypes });
    grower.create('/container', { owner: CONTAINER_OWNER });
    grower.create('/ttl', { owner: ttlOwner(5) });
    expect([...grower.tree.selfDeletingPaths()]).toEqual(extendedTypes ? ['/container', '/ttl'] : ['/container']);
    expect(grower.tree.ephemerals(ttlOwner(5)).size).toBe(extendedTypes ? 0 : 1);
    grower.delete('/container');
    grower.delete('/ttl');
    expect([[...grower.tree.selfDeletingPaths()], grower.tree.ephemeralCount]).toEqual([[], 0]);
  }
});

test('everything below a path is counted', () => {
  const grower = new Grower();
  for (const path of ['/a', '/a/b', '/a/b/c', '/a/d', '/ab']) grower.create(path);
  expect(['/a', '/a/b', '/ab', '/none', '/'].map((path) => grower.tree.countDescendants(path))).toEqual([
    3, 1, 0, 0, 8,
  ]);
});

const deaf: TreeListener = { nodeCreated() {}, nodeDeleted() {}, dataChanged() {} };

test('a listener hears of each change with the lists of the node and its parent, after it was made', () => {
  const grower = new Grower();
  const { tree } = grower;
  const heard: unknown[] = [];
  tree.listener = {
    nodeCreated: (path, id, acl, parentAcl) =>
      heard.push(['created', path, id, acl, parentAcl, tree.get(path) != null]),
    nodeDeleted: (path, id, acl, parentAcl) =>
      heard.push(['deleted', path, id, acl, parentAcl, tree.get(path) != null]),
    dataChanged: (path, id, acl) => heard.push(['changed', path, id, acl, tree.require(path).version]),
  };
  grower.create('/a', { acl: SECRET });
  grower.create('/a/b');
  tree.setData('/a', null, 7, zxid(5n), 0);
  tree.setAcl('/a', [...READ_ACL_UNSAFE], 1);
  grower.delete('/a/b');
  grower.delete('/a');
  expect(heard).toEqual([
    ['created', '/a', 1n, SECRET, null, true],
    ['created', '/a/b', 2n, null, SECRET, true],
    ['changed', '/a', 5n, SECRET, 7],
    ['deleted', '/a/b', 3n, null, READ_ACL_UNSAFE, false],
    ['deleted', '/a', 4n, READ_ACL_UNSAFE, null, false],
  ]);
});

describe('restoring', () => {
  const nodeOf = (owner = NO_SESSION, aclId = OPEN_UNSAFE_ACL_ID) =>
    new DataNode(Buffer.from('d'), aclId, newStat(zxid(3n), 3, owner));

  test('a node needs its parent', () => {
    const tree = new DataTree(EXTENDED);
    expect(errorOf(() => tree.restoreNode('/a', nodeOf()))).toBe(ErrorCode.NoNode);
    tree.restoreNode('/', nodeOf());
    tree.restoreNode('/a', nodeOf(ALICE));
    expect([...tree.require('/').children]).toEqual(['a']);
    expect([...tree.ephemerals(ALICE)]).toEqual(['/a']);
  });

  test('a node is there once', () => {
    const tree = new DataTree(EXTENDED);
    tree.restoreNode('/', nodeOf());
    expect(errorOf(() => tree.restoreNode('/', nodeOf()))).toBe(ErrorCode.NodeExists);
    tree.restoreNode('/a', nodeOf());
    expect(errorOf(() => tree.restoreNode('/a', nodeOf()))).toBe(ErrorCode.NodeExists);
    expect(tree.require('/').children).toEqual(['a']);
  });

  test('a node is in one place', () => {
    const tree = new DataTree(EXTENDED);
    tree.restoreNode('/', nodeOf());
    const node = nodeOf();
    tree.restoreNode('/a', node);
    expect(() => tree.restoreNode('/b', node)).toThrow('invariant broken: node-is-in-one-place');
  });

  test('does not touch the numbers of parents', () => {
    const tree = new DataTree(EXTENDED);
    tree.restoreNode('/', nodeOf());
    tree.restoreNode('/a', nodeOf());
    expect(tree.require('/')).toMatchObject({ cversion: 0, pzxid: 3n });
  });

  test('the reserved nodes that an old snapshot lacks are made, the others stay', () => {
    const tree = new DataTree(EXTENDED);
    tree.restoreNode('/', nodeOf());
    tree.restoreNode('/zookeeper', nodeOf());
    tree.createReservedNodes();
    expect(tree.nodeCount).toBe(5);
    expect([tree.require('/').czxid, tree.require('/zookeeper').czxid, tree.require(CONFIG_PATH).czxid]).toEqual([
      3n,
      3n,
      0n,
    ]);
  });

  test('finds limits however deep they lie', () => {
    const tree = DataTree.fresh(EXTENDED);
    let path = '/zookeeper/quota';
    for (let depth = 0; depth < 15_000; depth++) {
      path += '/a';
      tree.restoreNode(path, nodeOf());
    }
    tree.quotas.restore();
    expect(tree.nodeCount).toBe(15_005);
  });

  test('a node whose list is missing is open to nobody', () => {
    const tree = new DataTree(EXTENDED);
    tree.restoreNode('/', nodeOf(NO_SESSION, 17));
    expect(tree.acl(tree.require('/'))).toEqual([{ perms: 0, id: { scheme: 'world', id: 'anyone' } }]);
  });
});
