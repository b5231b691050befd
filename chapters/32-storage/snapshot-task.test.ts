import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { newStat } from '#01-data-model/data-node.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import { anyChoice, type Choice, describeTree, ModelTree } from '#01-data-model/model-tree.js';
import type { ACL } from '#05-jute/records/data.js';
import { NO_SESSION, sessionId, zxid } from '#06-network-protocol/ids.js';
import { readSnapshot } from '#20-data-files/snapshot-reader.js';
import { removeUnfinishedSnapshots, takeSnapshot } from '#32-storage/snapshot-task.js';
import { applyAll, newTree, SNAPSHOTS, StoredData } from '#32-storage/stored-data.js';
import { proves } from '#testing/proves.js';

const WITH_LAST_ZXID = { lastZxid: true };

/** As much as is written before others get their turn. */
const SLICE_BYTES = 0x4_0000;

let stored: StoredData;

beforeEach(() => {
  stored = new StoredData();
});

/** A transaction of its own. Its data fill a slice, so that each node is written alone. */
function create(tree: DataTree, path: string, text = path): void {
  const id = next(tree);
  tree.createNode(path, Buffer.alloc(SLICE_BYTES, text), null, newStat(zxid(id), 0, NO_SESSION), -1);
}

const next = (tree: DataTree): bigint => {
  tree.lastProcessedZxid = zxid(tree.lastProcessedZxid + 1n);
  return tree.lastProcessedZxid;
};

/** The nodes that a server finds that has no log, with the first letters of their data. */
function found(): Record<string, string> {
  const { tree } = stored.recoverAfterCrash();
  return Object.fromEntries(
    Object.entries(describeTree(tree).nodes)
      .filter(([path]) => path !== '/' && !path.startsWith('/zookeeper'))
      .map(([path, { data }]) => [path, (data ?? '').slice(0, path.length)]),
  );
}

const names = (): string[] => stored.disk.list(SNAPSHOTS);

/** Takes a snapshot; after as many slices as `changes` has keys, the tree is changed. */
async function takeWhile(tree: DataTree, changes: Record<number, () => void>): Promise<void> {
  let slices = 0;
  const stop = stored.simulation.onEvent((event) => {
    if (event.kind === 'write') changes[++slices]?.();
  });
  await stored.writeSnapshot(tree);
  stop();
  expect(slices).toBeGreaterThan(Math.max(...Object.keys(changes).map(Number)));
}

describe('a snapshot', () => {
  test('is the tree and the sessions, under the name of the last zxid', async () => {
    const tree = newTree();
    create(tree, '/a');
    create(tree, '/a/b');
    const sessions = new Map([[sessionId(7n), 4000]]);
    const taken = await stored.writeSnapshot(tree, sessions);
    expect(taken).toEqual({ path: `${SNAPSHOTS}/snapshot.2`, sizeBytes: stored.disk.readFile(taken.path).length });
    const recovered = stored.recoverAfterCrash();
    expect(describeTree(recovered.tree)).toEqual(describeTree(tree));
    expect(recovered.sessionTimeoutsMs).toEqual(sessions);
    proves('SE-20');
  });

  test('replaces an older one of the same name in one step', async () => {
    const tree = newTree();
    await stored.writeSnapshot(tree);
    const before = stored.disk.readFile(`${SNAPSHOTS}/snapshot.0`);
    const second = takeSnapshot(stored.disk, SNAPSHOTS, tree, new Map([[sessionId(1n), 1]]), WITH_LAST_ZXID);
    await stored.simulation.step();
    expect(stored.disk.readFile(`${SNAPSHOTS}/snapshot.0`)).toEqual(before);
    await stored.simulation.settle(second);
    expect(stored.recoverAfterCrash().sessionTimeoutsMs.size).toBe(1);
    expect(names()).toEqual(['snapshot.0']);
  });
});

describe('while a snapshot is taken', () => {
  let tree: DataTree;

  beforeEach(() => {
    tree = newTree();
    for (const path of ['/a', '/b', '/b/c']) create(tree, path);
  });

  // A slice ends after each of them.
  test('the nodes stand in the file as they were when their turn came', async () => {
    await takeWhile(tree, {
      1: () => {
        tree.setData('/a', Buffer.alloc(SLICE_BYTES, 'late'), 1, zxid(next(tree)), 0);
        tree.setData('/b', Buffer.alloc(SLICE_BYTES, '!b'), 1, zxid(next(tree)), 0);
      },
    });
    expect(found()).toEqual({ '/a': '/a', '/b': '!b', '/b/c': '/b/c' });
    expect(names()).toEqual(['snapshot.3']);
  });

  test('a node that is deleted before its turn is not in it', async () => {
    await takeWhile(tree, { 1: () => tree.deleteNode('/b/c', zxid(next(tree))) });
    expect(found()).toEqual({ '/a': '/a', '/b': '/b' });
  });

  test('a node that is deleted after its turn is', async () => {
    await takeWhile(tree, { 1: () => tree.deleteNode('/a', zxid(next(tree))) });
    expect(found()).toEqual({ '/a': '/a', '/b': '/b', '/b/c': '/b/c' });
  });

  test('a node that is created is left to the log, wherever it is', async () => {
    await takeWhile(tree, {
      1: () => {
        create(tree, '/a/new');
        create(tree, '/b/new');
      },
    });
    expect(found()).toEqual({ '/a': '/a', '/b': '/b', '/b/c': '/b/c' });
  });

  test('so is one that is deleted and made again before its turn', async () => {
    await takeWhile(tree, {
      1: () => {
        tree.deleteNode('/b/c', zxid(next(tree)));
        create(tree, '/b/c', '+c');
      },
    });
    expect(found()).toEqual({ '/a': '/a', '/b': '/b' });
  });

  test('no node names a list that is not in the file: the log gives it the new one', async () => {
    const owner: ACL[] = [{ perms: 1, id: { scheme: 'ip', id: '192.0.2.1' } }];
    const last: ACL[] = [{ perms: 2, id: { scheme: 'ip', id: '192.0.2.1' } }];
    tree.setAcl('/b/c', owner, 1);
    next(tree);
    await takeWhile(tree, {
      1: () => {
        tree.setAcl('/b', last, 1);
        next(tree);
      },
    });
    const lists = new Map<bigint, readonly ACL[]>();
    const named: Record<string, bigint> = {};
    const file = stored.disk.open(`${SNAPSHOTS}/snapshot.4`, 'read');
    readSnapshot(file, {
      session() {},
      acl: (id, acl) => lists.set(id, acl),
      node: (path, _, aclId) => (named[path] = aclId),
    });
    file.close();
    expect(lists.get(named['/b/c'] ?? 0n)).toEqual(owner);
    expect(named['/b']).toBe(-1n);
    expect(Object.values(named).filter((id) => id !== -1n && !lists.has(id))).toEqual([]);
  });

  test('a whole branch may go', async () => {
    await takeWhile(tree, {
      1: () => {
        tree.deleteNode('/b/c', zxid(next(tree)));
        tree.deleteNode('/b', zxid(next(tree)));
      },
    });
    expect(found()).toEqual({ '/a': '/a' });
  });
});

/** Some nodes fill a slice, so that other transactions come in between. */
const enlarge = (choice: Choice): Choice => {
  if (choice.does !== 'create' && choice.does !== 'setData') return choice;
  return choice.data.length > 1 ? { ...choice, data: choice.data.padEnd(SLICE_BYTES, '.') } : choice;
};

test('with the log since it was begun, it gives the exact tree back after a power cut, wherever others came in between', async () => {
  const choices = fc.array(anyChoice.map(enlarge), { maxLength: 15 });
  const later = fc.array(fc.tuple(anyChoice.map(enlarge), fc.nat(3)), { maxLength: 25 });
  let digests = 0;
  await fc.assert(
    fc.asyncProperty(choices, later, async (before, during) => {
      stored = new StoredData();
      const { simulation } = stored;
      const model = new ModelTree();
      const tree = applyAll(
        newTree(),
        before.map((choice) => model.next(choice)),
      );
      const log = stored.newLog();
      const taken = takeSnapshot(stored.disk, SNAPSHOTS, tree, new Map(), WITH_LAST_ZXID);
      for (const [choice, steps] of during) {
        const transaction = model.next(choice);
        log.append(transaction);
        log.commitNow();
        applyAll(tree, [transaction]);
        for (let i = 0; i < steps; i++) await simulation.step();
      }
      await simulation.settle(taken);
      const recovered = stored.recoverAfterCrash();
      expect(describeTree(recovered.tree)).toEqual(describeTree(tree));
      expect(recovered.replayed).toBe(during.length);
      // Up to the transaction that the snapshot ends with, nothing can be compared; from there on everything.
      expect(recovered.digestMismatches).toBe(0);
      digests += recovered.digestsCompared;
      expect(stored.warnings).toEqual([]);
    }),
    { numRuns: 100 },
  );
  expect(digests).toBeGreaterThan(0);
  proves('SN-13', 'DG-5');
});

describe('a snapshot that comes to nothing', () => {
  const large = (): DataTree => {
    const tree = newTree();
    for (const path of ['/a', '/b', '/c']) create(tree, path);
    return tree;
  };

  test('for a power cut at any moment leaves nothing that a server takes for one', async () => {
    const whole = new Set<boolean>();
    for (let seed = 0; seed < 60; seed++) {
      stored = new StoredData(seed);
      await stored.writeSnapshot(newTree());
      const taken = takeSnapshot(stored.disk, SNAPSHOTS, large(), new Map(), WITH_LAST_ZXID);
      taken.catch(() => {});
      const steps = stored.simulation.random.integer(7);
      for (let i = 0; i < steps; i++) await stored.simulation.step();
      const nodes = Object.keys(found()).sort();
      whole.add(nodes.length > 0);
      if (nodes.length > 0) expect(nodes).toEqual(['/a', '/b', '/c']);
    }
    expect(whole).toEqual(new Set([true, false]));
  });

  test.each(['failWrites', 'failSyncs', 'failNameChanges'] as const)('for %s leaves nothing at all', async (fault) => {
    await stored.writeSnapshot(newTree());
    stored.machine.disk.faults[fault] = 1;
    await expect(stored.writeSnapshot(large())).rejects.toMatchObject({ code: 'EIO' });
    expect(names()).toEqual(['snapshot.0']);
    expect(found()).toEqual({});
  });

  test('for a full disk gives its room back', async () => {
    await stored.writeSnapshot(newTree());
    const { usedBytes } = stored.machine.disk;
    stored.machine.disk.faults.limitBytes = usedBytes + 2 * SLICE_BYTES;
    await expect(stored.writeSnapshot(large())).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(stored.machine.disk.usedBytes).toBe(usedBytes);
  });

  test('is cleared away at the next start', () => {
    for (const name of ['unfinished.snapshot.5', 'snapshot.2', 'log.1', 'notes']) {
      stored.disk.open(`${SNAPSHOTS}/${name}`, 'create').close();
    }
    removeUnfinishedSnapshots(stored.disk, SNAPSHOTS);
    expect(names()).toEqual(['log.1', 'notes', 'snapshot.2']);
  });

  test('is no reason not to start when it can not be cleared away', () => {
    stored.disk.open(`${SNAPSHOTS}/unfinished.snapshot.5`, 'create').close();
    stored.machine.disk.faults.failNameChanges = 1;
    removeUnfinishedSnapshots(stored.disk, SNAPSHOTS);
    expect(names()).toEqual(['unfinished.snapshot.5']);
  });
});
