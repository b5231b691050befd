import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { SetWatches, SetWatches2 } from '#05-jute/records/proto.js';
import type { EventTypeName } from '#06-network-protocol/event-types.js';
import { zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Chroot } from '#10-client-cnxn/chroot.js';
import { ClientWatchRegistry, type WatchKind, watchKinds } from '#10-client-cnxn/client-watch-registry.js';
import { type SetWatchesBatch, setWatchesBatches } from '#10-client-cnxn/set-watches-batches.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';
import { proves } from '#testing/proves.js';

/** A registry with one watcher of each kind at a path, called by its kind. */
function withAllKinds(path: string): { watches: ClientWatchRegistry; named: Map<Watcher, string> } {
  const watches = new ClientWatchRegistry(null);
  const named = new Map<Watcher, string>();
  for (const kind of watchKinds) {
    const watcher = () => {};
    named.set(watcher, kind);
    watches.register(kind, path, watcher);
  }
  return { watches, named };
}

const kindsOf = (watchers: Set<Watcher>, named: Map<Watcher, string>) => [...watchers].map((one) => named.get(one));

describe('an event', () => {
  test.each<[EventTypeName, WatchKind[]]>([
    ['NodeCreated', ['data', 'exist', 'persistent', 'persistentRecursive']],
    ['NodeDataChanged', ['data', 'exist', 'persistent', 'persistentRecursive']],
    ['NodeDeleted', ['data', 'exist', 'child', 'persistent', 'persistentRecursive']],
    ['NodeChildrenChanged', ['child', 'persistent']],
  ])('%s is for %j, and takes the one-shot ones away', (type, expected) => {
    const { watches, named } = withAllKinds('/a');
    expect(kindsOf(watches.materialize(type, '/b'), named)).toEqual([]);
    expect(kindsOf(watches.materialize(type, '/a'), named)).toEqual(expected);
    const staying = expected.filter((kind) => kind.startsWith('persistent'));
    expect(kindsOf(watches.materialize(type, '/a'), named)).toEqual(staying);
    proves('CL-12');
  });

  test('below a recursive watch is for it, however deep; beside it is not', () => {
    const watches = new ClientWatchRegistry(null);
    const [root, a] = [() => {}, () => {}];
    watches.register('persistentRecursive', '/', root);
    watches.register('persistentRecursive', '/a', a);
    expect(watches.materialize('NodeCreated', '/a/b/c')).toEqual(new Set([a, root]));
    expect(watches.materialize('NodeCreated', '/ab')).toEqual(new Set([root]));
    expect(watches.materialize('NodeDataChanged', '/')).toEqual(new Set([root]));
    proves('CL-12');
  });

  test('names a function once, however often it is there', () => {
    const watches = new ClientWatchRegistry(null);
    const watcher = () => {};
    for (const kind of watchKinds) watches.register(kind, '/a', watcher);
    watches.register('data', '/a', watcher);
    expect(watches.materialize('NodeDeleted', '/a').size).toBe(1);
    proves('CL-13');
  });

  test('of the connection is for everybody', () => {
    const { watches, named } = withAllKinds('/a');
    const byDefault = () => {};
    watches.defaultWatcher = byDefault;
    expect(watches.all().size).toBe(named.size + 1);
    expect(watches.all().has(byDefault)).toBe(true);
  });
});

describe('setting watches again', () => {
  const bytesOf = (batch: SetWatchesBatch): Buffer => {
    const archive = new BinaryOutputArchive();
    batch.writeBody(archive);
    return Buffer.from(archive.bytes());
  };

  test('without any needs no request', () => {
    expect([...setWatchesBatches(new ClientWatchRegistry(null), zxid(1n), new Chroot(''))]).toEqual([]);
  });

  test('goes below the chroot', () => {
    const { watches } = withAllKinds('/a');
    const batches = [...setWatchesBatches(watches, zxid(9n), new Chroot('/app'))];
    expect(batches.map(({ type }) => type)).toEqual([OpCode.setWatches2]);
    expect(SetWatches2.read(new BinaryInputArchive(bytesOf(batches[0] as SetWatchesBatch)))).toEqual({
      relativeZxid: 9n,
      dataWatches: ['/app/a'],
      existWatches: ['/app/a'],
      childWatches: ['/app/a'],
      persistentWatches: ['/app/a'],
      persistentRecursiveWatches: ['/app/a'],
    });
  });

  test('of many goes in batches of at most 128 KiB, each path once', () => {
    const watches = new ClientWatchRegistry(null);
    const expected: string[] = [];
    for (let i = 0; i < 4000; i++) {
      const path = `/${String(i).padStart(100, 'ü')}`;
      watches.register(i % 2 === 0 ? 'data' : 'child', path, () => {});
      expected.push(path);
    }
    const batches = [...setWatchesBatches(watches, zxid(9n), new Chroot(''))];
    const paths: (string | null)[] = [];
    for (const batch of batches) {
      expect(batch.type).toBe(OpCode.setWatches);
      const bytes = bytesOf(batch);
      expect(bytes.length).toBeLessThanOrEqual(128 * 1024);
      const { dataWatches, childWatches } = SetWatches.read(new BinaryInputArchive(bytes));
      paths.push(...(dataWatches ?? []), ...(childWatches ?? []));
    }
    expect(batches.length).toBeGreaterThan(5);
    expect(batches.length).toBeLessThan(9);
    expect(paths.sort()).toEqual(expected.sort());
    proves('CL-10');
  });
});
