import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parentPath } from '#01-data-model/node-path.js';
import { WatchManager, WatchMode } from '#02-watch/watch-manager.js';
import { WatchRecorder } from '#02-watch/watch-recorder.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { zxid } from '#06-network-protocol/ids.js';
import { proves } from '#testing/proves.js';

const { standard, persistent, recursive } = WatchMode;
const { NodeDataChanged, NodeDeleted } = EventType;

const change = (manager: WatchManager, path: string) => manager.trigger(path, NodeDataChanged, zxid(1n), null);

const counts = ({ watchCount, pathCount, watcherCount }: WatchManager): number[] => [
  watchCount,
  pathCount,
  watcherCount,
];

describe('a standard watch', () => {
  test('is told once, and then gone', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/a', watcher);
    manager.add('/a', watcher);
    expect(counts(manager)).toEqual([1, 1, 1]);
    expect([...change(manager, '/a')]).toEqual([watcher]);
    expect([...change(manager, '/a')]).toEqual([]);
    expect(watcher.told()).toEqual(['NodeDataChanged /a']);
    expect(counts(manager)).toEqual([0, 0, 0]);
    proves('WM-4');
  });

  test('hears of its path alone', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/a', watcher);
    for (const path of ['/', '/a/b', '/ab', '/b']) change(manager, path);
    expect(watcher.told()).toEqual([]);
  });

  test('may be set again by who is told: that is for the next event', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    watcher.whenTold = () => manager.add('/a', watcher);
    manager.add('/a', watcher);
    change(manager, '/a');
    change(manager, '/a');
    expect(watcher.told()).toEqual(['NodeDataChanged /a', 'NodeDataChanged /a']);
  });
});

test('watchers are told in the order in which they came, with the zxid and the list', () => {
  const manager = new WatchManager();
  const told: string[] = [];
  const watchers = ['a', 'b', 'c'].map((name) => new WatchRecorder(name));
  for (const watcher of watchers) {
    watcher.whenTold = () => told.push(watcher.name);
    manager.add('/x', watcher);
  }
  const acl = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }];
  manager.trigger('/x', NodeDeleted, zxid(77n), acl);
  expect(told).toEqual(['a', 'b', 'c']);
  expect(watchers[1]).toMatchObject({ zxids: [77n], acls: [acl] });
});

test('those who know already are not told, but their standard watches are gone too', () => {
  const manager = new WatchManager();
  const [knowing, other] = [new WatchRecorder(), new WatchRecorder()];
  manager.add('/a', knowing);
  manager.add('/a', other);
  manager.trigger('/a', NodeDeleted, zxid(1n), null, new Set([knowing]));
  expect([knowing.told(), other.told()]).toEqual([[], ['NodeDeleted /a']]);
  expect(manager.watchCount).toBe(0);
});

test('a persistent watch stays', () => {
  const manager = new WatchManager();
  const watcher = new WatchRecorder();
  manager.add('/a', watcher, persistent);
  for (let i = 0; i < 3; i++) change(manager, '/a');
  change(manager, '/a/b');
  expect(watcher.told()).toEqual(new Array(3).fill('NodeDataChanged /a'));
  expect(manager.watchCount).toBe(1);
  proves('WM-4');
});

describe('a recursive watch', () => {
  test('hears of all below it, at any depth, and stays', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/a', watcher, recursive);
    for (const path of ['/a', '/a/b', '/a/b/c/d', '/', '/ab', '/b/a']) change(manager, path);
    expect(watcher.told()).toEqual(['NodeDataChanged /a', 'NodeDataChanged /a/b', 'NodeDataChanged /a/b/c/d']);
    proves('WM-4');
  });

  test('of the root hears of everything', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/', watcher, recursive);
    for (const path of ['/', '/a', '/a/b']) change(manager, path);
    expect(watcher.told()).toHaveLength(3);
  });

  test('beside others of the same watcher: one event is told once', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/', watcher, recursive);
    manager.add('/a', watcher, recursive);
    manager.add('/a', watcher, persistent);
    manager.add('/a', watcher, standard);
    change(manager, '/a');
    expect(watcher.told()).toEqual(['NodeDataChanged /a']);
    expect(manager.contains('/a', watcher, standard)).toBe(false);
    expect(manager.contains('/a', watcher, persistent)).toBe(true);
    proves('WM-4', 'WM-5');
  });

  test('leaves the standard watches on the way up alone', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    manager.add('/a', watcher, recursive);
    manager.add('/a', watcher, standard);
    change(manager, '/a/b');
    expect(manager.contains('/a', watcher, standard)).toBe(true);
  });
});

describe('removing', () => {
  test('takes one kind and leaves the others', () => {
    const manager = new WatchManager();
    const watcher = new WatchRecorder();
    for (const mode of [standard, persistent, recursive]) manager.add('/a', watcher, mode);
    expect(manager.watchCount).toBe(1);
    expect(manager.remove('/a', watcher, recursive)).toBe(true);
    expect(manager.remove('/a', watcher, recursive)).toBe(false);
    change(manager, '/a/b');
    expect(watcher.told()).toEqual([]);
    expect(manager.contains('/a', watcher, standard | persistent)).toBe(true);
    expect(manager.remove('/a', watcher)).toBe(true);
    expect(counts(manager)).toEqual([0, 0, 0]);
    proves('WM-6');
  });

  test('what is not there is harmless', () => {
    const manager = new WatchManager();
    expect(manager.remove('/a', new WatchRecorder())).toBe(false);
    manager.removeWatcher(new WatchRecorder());
  });

  test('a connection takes all its watches, and nobody else’s', () => {
    const manager = new WatchManager();
    const [gone, stays] = [new WatchRecorder(), new WatchRecorder()];
    for (const path of ['/a', '/a/b', '/c']) {
      for (const mode of [standard, persistent, recursive]) manager.add(path, gone, mode);
    }
    manager.add('/a', stays);
    manager.removeWatcher(gone);
    expect(counts(manager)).toEqual([1, 1, 1]);
    for (const path of ['/a', '/a/b', '/c', '/a/b/c']) change(manager, path);
    expect([gone.told(), stays.told()]).toEqual([[], ['NodeDataChanged /a']]);
  });

  test('a connection while an event is told keeps the tables in order', () => {
    const manager = new WatchManager();
    const [first, second] = [new WatchRecorder(), new WatchRecorder()];
    for (const watcher of [first, second]) {
      manager.add('/a', watcher);
      manager.add('/b', watcher, persistent);
    }
    first.whenTold = () => manager.removeWatcher(second);
    change(manager, '/a');
    expect(counts(manager)).toEqual([1, 1, 1]);
    change(manager, '/b');
    expect(first.told()).toEqual(['NodeDataChanged /a', 'NodeDataChanged /b']);
  });
});

type Action = readonly [does: 'add' | 'remove' | 'change' | 'close', path: string, watcher: number, modes: number];

test('whatever is done, watchers hear what one would expect from a list of (path, watcher, kind)', () => {
  const path = fc.constantFrom('/', '/a', '/a/a', '/a/a/a', '/b');
  const action: fc.Arbitrary<Action> = fc.tuple(
    fc.constantFrom('add', 'add', 'remove', 'change', 'change', 'close'),
    path,
    fc.nat(2),
    fc.integer({ min: 1, max: 7 }),
  );
  fc.assert(
    fc.property(fc.array(action), (actions) => {
      const manager = new WatchManager();
      const watchers = [new WatchRecorder(), new WatchRecorder(), new WatchRecorder()];
      let list: { at: string; watcher: WatchRecorder; mode: number }[] = [];
      for (const [does, at, index, modes] of actions) {
        const watcher = watchers[index] as WatchRecorder;
        const kinds = [standard, persistent, recursive].filter((mode) => (modes & mode) !== 0);
        const isMeant = (each: (typeof list)[number]): boolean =>
          each.at === at && each.watcher === watcher && kinds.includes(each.mode as never);
        const expected = new Set<WatchRecorder>();
        if (does === 'add') {
          for (const mode of kinds) {
            manager.add(at, watcher, mode);
            if (!list.some((each) => isMeant(each) && each.mode === mode)) list.push({ at, watcher, mode });
          }
        } else if (does === 'remove') {
          expect(manager.contains(at, watcher, modes)).toBe(list.some(isMeant));
          expect(manager.remove(at, watcher, modes)).toBe(list.some(isMeant));
          list = list.filter((each) => !isMeant(each));
        } else if (does === 'close') {
          manager.removeWatcher(watcher);
          list = list.filter((each) => each.watcher !== watcher);
        } else {
          for (const each of list) {
            if (each.at === at || (each.mode === recursive && pathsAbove(at).includes(each.at)))
              expected.add(each.watcher);
          }
          list = list.filter((each) => each.mode !== standard || each.at !== at);
          change(manager, at);
        }
        for (const each of watchers) expect(each.told().length).toBe(expected.has(each) ? 1 : 0);
        expect(manager.watchCount).toBe(
          new Set(list.map((each) => `${each.at} ${watchers.indexOf(each.watcher)}`)).size,
        );
        expect(manager.pathCount).toBe(new Set(list.map((each) => each.at)).size);
        expect(manager.watcherCount).toBe(new Set(list.map((each) => each.watcher)).size);
      }
    }),
    { numRuns: 300 },
  );
});

const pathsAbove = (path: string): string[] =>
  path === '/' ? [] : [parentPath(path), ...pathsAbove(parentPath(path))];
