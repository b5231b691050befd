import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import { newStat } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { type LostWatches, setWatches } from '#02-watch/set-watches.js';
import { TreeWatches, WatcherType } from '#02-watch/watch-manager.js';
import { WatchRecorder } from '#02-watch/watch-recorder.js';
import type { ACL } from '#05-jute/records/data.js';
import { NO_SESSION, zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

let tree: DataTree;
let watches: TreeWatches;
let watcher: WatchRecorder;
let lastZxid: bigint;

beforeEach(() => {
  tree = DataTree.fresh({ extendedTypes: false });
  watches = new TreeWatches();
  tree.listener = watches;
  watcher = new WatchRecorder();
  lastZxid = 0n;
});

/** Each is a transaction of its own. */
function next(): bigint {
  tree.lastProcessedZxid = zxid(++lastZxid);
  return lastZxid;
}
function create(path: string, acl: ACL[] | null = null): void {
  tree.createNode(path, Buffer.alloc(0), acl, newStat(zxid(next()), 0, NO_SESSION), -1);
}
const setData = (path: string) => tree.setData(path, null, 1, zxid(next()), 0);
const remove = (path: string): void => tree.deleteNode(path, zxid(next()));

const list = (id: string): ACL[] => [{ perms: 31, id: { scheme: 'digest', id } }];

describe('which change wakes which watch', () => {
  beforeEach(() => {
    create('/a');
    create('/a/b');
  });

  test('a data watch: the data, and the end of the node', () => {
    watches.data.add('/a', watcher);
    create('/a/c');
    tree.setAcl('/a', list('x'), 1);
    expect(watcher.told()).toEqual([]);
    setData('/a');
    expect(watcher.told()).toEqual(['NodeDataChanged /a']);
    watches.data.add('/a/b', watcher);
    remove('/a/b');
    expect(watcher.told()).toEqual(['NodeDeleted /a/b']);
    proves('WM-1', 'WM-2', 'WM-3');
  });

  test('a persistent watch is two, one for the data and one for the children', () => {
    watches.addPersistent('/a', watcher);
    watches.addRecursive('/a', watcher);
    watches.data.add('/a/b', watcher);
    expect([watches.data.watchCount, watches.children.watchCount]).toEqual([2, 1]);
    proves('WM-10');
  });

  test('a data watch where there is no node: its creation', () => {
    watches.data.add('/a/new', watcher);
    create('/a/new');
    expect(watcher.told()).toEqual(['NodeCreated /a/new']);
    proves('WM-2');
  });

  test('a child watch: children that come and go, and the end of the node', () => {
    for (const change of [() => create('/a/c'), () => remove('/a/c'), () => create('/a/d')]) {
      watches.children.add('/a', watcher);
      change();
      expect(watcher.told()).toEqual(['NodeChildrenChanged /a']);
    }
    watches.children.add('/a', watcher);
    setData('/a');
    setData('/a/b');
    create('/a/b/c');
    expect(watcher.told()).toEqual([]);
    watches.children.add('/a/b/c', watcher);
    remove('/a/b/c');
    expect(watcher.told()).toEqual(['NodeDeleted /a/b/c']);
    proves('WM-1', 'WM-2');
  });

  test('a child watch of the root', () => {
    watches.children.add('/', watcher);
    create('/z');
    expect(watcher.told()).toEqual(['NodeChildrenChanged /']);
  });

  test('both at a node that is deleted: told once; and its parent apart from that', () => {
    watches.data.add('/a/b', watcher);
    watches.children.add('/a/b', watcher);
    watches.children.add('/a', watcher);
    remove('/a/b');
    expect(watcher.told()).toEqual(['NodeDeleted /a/b', 'NodeChildrenChanged /a']);
    expect([watches.data.watchCount, watches.children.watchCount]).toEqual([0, 0]);
    proves('WM-2');
  });

  test('a persistent watch: as both, again and again', () => {
    watches.addPersistent('/a', watcher);
    setData('/a');
    create('/a/c');
    remove('/a/c');
    setData('/a/b');
    remove('/a/b');
    remove('/a');
    expect(watcher.told()).toEqual([
      'NodeDataChanged /a',
      'NodeChildrenChanged /a',
      'NodeChildrenChanged /a',
      'NodeChildrenChanged /a',
      'NodeDeleted /a',
    ]);
    proves('WM-1', 'WM-4');
  });

  test('a recursive watch: the nodes themselves, never a list of children', () => {
    watches.addRecursive('/a', watcher);
    setData('/a');
    create('/a/b/c');
    remove('/a/b/c');
    remove('/a/b');
    remove('/a');
    create('/a');
    create('/ab');
    expect(watcher.told()).toEqual([
      'NodeDataChanged /a',
      'NodeCreated /a/b/c',
      'NodeDeleted /a/b/c',
      'NodeDeleted /a/b',
      'NodeDeleted /a',
      'NodeCreated /a',
    ]);
    proves('WM-1', 'WM-4');
  });

  test('a recursive watch above, and a child watch at the node: its end is told once', () => {
    watches.addRecursive('/a', watcher);
    watches.children.add('/a/b', watcher);
    remove('/a/b');
    expect(watcher.told()).toEqual(['NodeDeleted /a/b']);
  });
});

test('who may read the node decides over its events, and who may read its parent over those of the children', () => {
  create('/a', list('parent'));
  watches.data.add('/a/b', watcher);
  watches.children.add('/a', watcher);
  create('/a/b', list('child'));
  expect(watcher.acls).toEqual([list('child'), list('parent')]);
  expect(watcher.zxids).toEqual([2n, 2n]);
  proves('WE-6');
});

describe('asking for watches by their kind', () => {
  const kinds = Object.entries(WatcherType);
  const set = {
    children: () => watches.children.add('/a', watcher),
    data: () => watches.data.add('/a', watcher),
    persistent: () => watches.addPersistent('/a', watcher),
    persistentRecursive: () => watches.addRecursive('/a', watcher),
  };
  const found = (): string[] => kinds.filter(([, type]) => watches.contains('/a', type, watcher)).map(([name]) => name);

  test.each(Object.keys(set) as (keyof typeof set)[])('a %s watch is found as that, and as any', (kind) => {
    set[kind]();
    expect(found().sort()).toEqual(['any', kind].sort());
    expect(watches.contains('/b', WatcherType.any, watcher)).toBe(false);
    expect(watches.contains('/a', WatcherType.any, new WatchRecorder())).toBe(false);
  });

  test.each(Object.keys(set) as (keyof typeof set)[])('removing the %s one leaves the others', (kind) => {
    for (const add of Object.values(set)) add();
    expect(watches.remove('/a', WatcherType[kind], watcher)).toBe(true);
    expect(watches.remove('/a', WatcherType[kind], watcher)).toBe(false);
    expect(found().sort()).toEqual(['any', ...Object.keys(set).filter((other) => other !== kind)].sort());
    proves('WM-6');
  });

  test('removing any removes all', () => {
    for (const add of Object.values(set)) add();
    expect(watches.remove('/a', WatcherType.any, watcher)).toBe(true);
    expect(watches.remove('/a', WatcherType.any, watcher)).toBe(false);
    expect([found(), watches.data.watchCount, watches.children.watchCount]).toEqual([[], 0, 0]);
  });

  test('a connection that is gone has none', () => {
    for (const add of Object.values(set)) add();
    watches.removeWatcher(watcher);
    expect([found(), watches.data.watcherCount, watches.children.watcherCount]).toEqual([[], 0, 0]);
  });
});

describe('a client that comes back', () => {
  const lost = (seen: bigint, given: Partial<LostWatches>): LostWatches => ({
    relativeZxid: zxid(seen),
    dataWatches: [],
    existWatches: [],
    childWatches: [],
    ...given,
  });
  const comesBack = (seen: bigint, given: Partial<LostWatches>) =>
    setWatches(tree, watches, lost(seen, given), watcher);

  test('is told what it missed, and watches the rest', () => {
    for (const path of ['/same', '/changed', '/gone']) create(path);
    const seen = lastZxid;
    setData('/changed');
    create('/changed/kid');
    remove('/gone');
    create('/new');
    const paths = ['/same', '/changed', '/gone', '/new', '/never'];
    comesBack(seen, { dataWatches: paths });
    expect(watcher.told()).toEqual([
      'NodeDataChanged /changed',
      'NodeDeleted /gone',
      'NodeDataChanged /new',
      'NodeDeleted /never',
    ]);
    comesBack(seen, { existWatches: paths });
    expect(watcher.told()).toEqual(['NodeCreated /same', 'NodeCreated /changed', 'NodeCreated /new']);
    comesBack(seen, { childWatches: paths });
    expect(watcher.told()).toEqual([
      'NodeChildrenChanged /changed',
      'NodeDeleted /gone',
      'NodeChildrenChanged /new',
      'NodeDeleted /never',
    ]);
    expect(paths.filter((path) => watches.data.contains(path, watcher))).toEqual(['/same', '/gone', '/never']);
    expect(paths.filter((path) => watches.children.contains(path, watcher))).toEqual(['/same']);
    proves('WE-5');
  });

  test('has missed nothing at the very zxid that it has seen', () => {
    create('/a');
    create('/a/b');
    setData('/a');
    comesBack(lastZxid, { dataWatches: ['/a'], childWatches: ['/a'] });
    expect(watcher.told()).toEqual([]);
    comesBack(lastZxid - 1n, { dataWatches: ['/a'] });
    expect(watcher.told()).toEqual(['NodeDataChanged /a']);
  });

  test('is told with the list of the node, and without a zxid', () => {
    create('/a', list('x'));
    create('/b');
    comesBack(0n, { dataWatches: ['/a'], childWatches: ['/none'] });
    expect([watcher.acls, watcher.zxids]).toEqual([
      [list('x'), null],
      [-1n, -1n],
    ]);
  });

  test('gets its persistent watches back, and nothing of what they missed', () => {
    create('/a');
    setData('/a');
    comesBack(0n, { persistentWatches: ['/a'], persistentRecursiveWatches: ['/b'] });
    expect(watcher.told()).toEqual([]);
    create('/b');
    create('/b/c');
    create('/a/d');
    expect(watcher.told()).toEqual(['NodeCreated /b', 'NodeCreated /b/c', 'NodeChildrenChanged /a']);
    proves('WE-5');
  });

  test('has to send a path where a path should be, and a list where a list should be', () => {
    const given: Partial<LostWatches>[] = [
      { dataWatches: [null] },
      { childWatches: null },
      { persistentWatches: null },
    ];
    for (const wrong of given) expect(() => comesBack(0n, wrong)).toThrow('MarshallingError');
    expect(watcher.told()).toEqual([]);
    expect([watches.data.watchCount, watches.children.watchCount]).toEqual([0, 0]);
  });
});
