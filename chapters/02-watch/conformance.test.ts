/**
 * Which changes wake which watches, how often, and where the notifications stand between the replies, on our server
 * and on Apache's.
 */
import { expect, test } from 'vitest';
import { EventType, KeeperState } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import {
  createNode,
  createRequest,
  deleteNode,
  deleteRequest,
  exists,
  OPEN_ACL,
  setData,
  setDataRequest,
} from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const { NodeCreated, NodeDeleted, NodeDataChanged, NodeChildrenChanged } = EventType;

/** Modes of addWatch. */
const PERSISTENT = 0;
const RECURSIVE = 1;

/** Kinds of watches, for checkWatches and removeWatches. */
const CHILDREN = 1;
const DATA = 2;
const ANY = 3;

type Event = [type: number, path: string | null];

/** What a session was told since it was last asked, in order. */
async function told(session: RawSession): Promise<Event[]> {
  return (await session.notificationsSoFar()).map(({ type, path }) => [type, path]);
}

const watchData = (session: RawSession, path: string) => session.ok('getData', { path, watch: true });
const watchExists = (session: RawSession, path: string) => exists(session, path, true);
const watchChildren = (session: RawSession, path: string) => session.ok('getChildren', { path, watch: true });
const watchChildren2 = (session: RawSession, path: string) => session.ok('getChildren2', { path, watch: true });
const addWatch = (session: RawSession, path: string, mode: number) => session.ok('addWatch', { path, mode });

describeServers('a standard watch', (server) => {
  const running = startedOnce(server);

  type Act = (session: RawSession, path: string) => Promise<unknown>;
  const makeIt: Act = (session, path) => createNode(session, path);
  const setIt: Act = (session, path) => setData(session, path, 'x');
  const deleteIt: Act = (session, path) => deleteNode(session, path);
  const protectIt: Act = (session, path) => session.ok('setACL', { path, acl: [...OPEN_ACL], version: -1 });
  const makeChild: Act = (session, path) => createNode(session, `${path}/kid`);
  const makeBoth: Act = async (session, path) => {
    await makeIt(session, path);
    await makeChild(session, path);
  };
  const nothing: Act = async () => {};

  const cases: { title: string; before: Act; watch: Act; change: Act; events: (path: string) => Event[] }[] = [
    {
      title: 'of getData: setData',
      before: makeIt,
      watch: watchData,
      change: setIt,
      events: (path) => [[NodeDataChanged, path]],
    },
    {
      title: 'of getData: delete',
      before: makeIt,
      watch: watchData,
      change: deleteIt,
      events: (path) => [[NodeDeleted, path]],
    },
    { title: 'of getData: not a child', before: makeIt, watch: watchData, change: makeChild, events: () => [] },
    { title: 'of getData: not setACL', before: makeIt, watch: watchData, change: protectIt, events: () => [] },
    {
      title: 'of exists: setData',
      before: makeIt,
      watch: watchExists,
      change: setIt,
      events: (path) => [[NodeDataChanged, path]],
    },
    {
      title: 'of exists: delete',
      before: makeIt,
      watch: watchExists,
      change: deleteIt,
      events: (path) => [[NodeDeleted, path]],
    },
    {
      title: 'of exists: create',
      before: nothing,
      watch: watchExists,
      change: makeIt,
      events: (path) => [[NodeCreated, path]],
    },
    {
      title: 'of getChildren: a new child',
      before: makeIt,
      watch: watchChildren,
      change: makeChild,
      events: (path) => [[NodeChildrenChanged, path]],
    },
    {
      title: 'of getChildren: a child deleted',
      before: makeBoth,
      watch: watchChildren,
      change: (session, path) => deleteNode(session, `${path}/kid`),
      events: (path) => [[NodeChildrenChanged, path]],
    },
    {
      title: 'of getChildren: delete',
      before: makeIt,
      watch: watchChildren,
      change: deleteIt,
      events: (path) => [[NodeDeleted, path]],
    },
    { title: 'of getChildren: not setData', before: makeIt, watch: watchChildren, change: setIt, events: () => [] },
    {
      title: 'of getChildren: not the data of a child',
      before: makeBoth,
      watch: watchChildren,
      change: (session, path) => setData(session, `${path}/kid`, 'x'),
      events: () => [],
    },
    {
      title: 'of getChildren: not a grandchild',
      before: makeBoth,
      watch: watchChildren,
      change: (session, path) => createNode(session, `${path}/kid/kid`),
      events: () => [],
    },
    {
      title: 'of getChildren2: a new child',
      before: makeIt,
      watch: watchChildren2,
      change: makeChild,
      events: (path) => [[NodeChildrenChanged, path]],
    },
    {
      title: 'of data and one of children: delete is told once',
      before: makeIt,
      watch: async (session, path) => [await watchData(session, path), await watchChildren(session, path)],
      change: deleteIt,
      events: (path) => [[NodeDeleted, path]],
    },
    {
      title: 'that is set twice tells once',
      before: makeIt,
      watch: async (session, path) => [await watchData(session, path), await watchExists(session, path)],
      change: setIt,
      events: (path) => [[NodeDataChanged, path]],
    },
    {
      title: 'tells once, however often something changes',
      before: makeIt,
      watch: watchData,
      change: async (session, path) => [
        await setIt(session, path),
        await setIt(session, path),
        await deleteIt(session, path),
      ],
      events: (path) => [[NodeDataChanged, path]],
    },
  ];
  for (const [number, { title, before, watch, change, events }] of cases.entries()) {
    test(title, async () => {
      using watcher = await openSession(running.port);
      using other = await openSession(running.port);
      const path = `/standard-${number}`;
      await before(other, path);
      await watch(watcher, path);
      await change(other, path);
      expect(await told(watcher)).toEqual(events(path));
      proves('WM-1', 'WM-2', 'WM-3', 'WM-4', 'WE-1');
    });
  }

  test('of getData on a node that is not there is not set', async () => {
    using session = await openSession(running.port);
    expect((await session.call('getData', { path: '/unset', watch: true })).err).toBe(-101);
    await createNode(session, '/unset');
    expect(await told(session)).toEqual([]);
    proves('WM-1');
  });

  test('of a node and of its parent: the node is told of first', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(other, '/order');
    await watchChildren(watcher, '/order');
    await watchExists(watcher, '/order/kid');
    await createNode(other, '/order/kid');
    expect(await told(watcher)).toEqual([
      [NodeCreated, '/order/kid'],
      [NodeChildrenChanged, '/order'],
    ]);
    await watchChildren(watcher, '/order');
    await watchData(watcher, '/order/kid');
    await deleteNode(other, '/order/kid');
    expect(await told(watcher)).toEqual([
      [NodeDeleted, '/order/kid'],
      [NodeChildrenChanged, '/order'],
    ]);
    proves('WM-2');
  });

  test('a notification has the number -1, no error and the state of a connected client', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/header');
    await watchData(session, '/header');
    const { zxid } = await session.call('setData', setDataRequest('/header', 'x'));
    const { header, type, state, path } = await session.nextNotification();
    expect({ type, state, path }).toEqual({ type: NodeDataChanged, state: KeeperState.SyncConnected, path: '/header' });
    expect(header).toEqual({ xid: -1, zxid: server.has('3.9.0') ? zxid : -1n, err: 0 });
    proves('XID-1', 'WE-1', 'WE-2', 'DV-01', 'JR-37');
  });

  test('a session hears of its own change before the reply to it', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/own');
    await watchData(session, '/own');
    const xid = session.send('setData', setDataRequest('/own', 'x'));
    const next = session.send('exists', { path: '/own', watch: false });
    await session.reply();
    await session.reply();
    expect(session.transcript.slice(-3)).toEqual(['event /own', `reply ${xid}`, `reply ${next}`]);
    proves('FR-05', 'CL-18');
  });

  test('a session hears of a change before it can see it', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(other, '/seen');
    await watchData(watcher, '/seen');
    other.send('setData', setDataRequest('/seen', 'x'));
    let version = 0;
    while (version === 0) version = (await watcher.ok('getData', { path: '/seen', watch: false })).stat.version;
    expect(watcher.transcript.at(-2)).toBe('event /seen');
    proves('CL-18');
  });

  test('a read that sees the new data sets a watch for what comes after it', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/again');
    session.send('getData', { path: '/again', watch: true });
    session.send('setData', setDataRequest('/again', '1'));
    session.send('getData', { path: '/again', watch: true });
    session.send('setData', setDataRequest('/again', '2'));
    for (let i = 0; i < 4; i++) await session.reply();
    expect(session.transcript.slice(-6)).toEqual([
      'reply 2',
      'event /again',
      'reply 3',
      'reply 4',
      'event /again',
      'reply 5',
    ]);
    proves('WM-4', 'FR-05');
  });

  test('a multi tells of its steps in their order', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(other, '/multi');
    await createNode(other, '/multi/a');
    await watchData(watcher, '/multi/a');
    await watchExists(watcher, '/multi/b');
    await watchChildren(watcher, '/multi');
    await other.ok('multi', [
      { type: OpCode.create, record: createRequest('/multi/b') },
      { type: OpCode.setData, record: setDataRequest('/multi/a', 'x') },
      { type: OpCode.delete, record: deleteRequest('/multi/b') },
    ]);
    expect(await told(watcher)).toEqual([
      [NodeCreated, '/multi/b'],
      [NodeChildrenChanged, '/multi'],
      [NodeDataChanged, '/multi/a'],
    ]);
    await watchData(watcher, '/multi/a');
    const failed = await other.ok('multi', [
      { type: OpCode.setData, record: setDataRequest('/multi/a', 'y') },
      { type: OpCode.delete, record: deleteRequest('/multi/none') },
    ]);
    expect(failed.map((result) => result.type)).toEqual([OpCode.error, OpCode.error]);
    expect(await told(watcher)).toEqual([]);
    proves('WM-2', 'PR-04');
  });

  test('ends with its connection, even when the session goes on', async () => {
    using before = await openSession(running.port);
    await createNode(before, '/gone');
    await watchData(before, '/gone');
    using after = await openSession(running.port, { sessionId: before.id, password: before.password });
    await setData(after, '/gone', 'x');
    expect(await told(after)).toEqual([]);
    proves('WM-11');
  });

  test('the ephemeral nodes of a closed session are told of as deleted', async () => {
    using watcher = await openSession(running.port);
    using closing = await openSession(running.port);
    await createNode(watcher, '/home');
    await createNode(closing, '/home/brief', { flags: 1 });
    await watchData(watcher, '/home/brief');
    await watchChildren(watcher, '/home');
    await closing.close();
    expect(await told(watcher)).toEqual([
      [NodeDeleted, '/home/brief'],
      [NodeChildrenChanged, '/home'],
    ]);
    proves('WM-3');
  });
});

describeServers('addWatch', (server) => {
  const running = startedOnce(server);

  test('persistent: every change of the node and of its children, again and again', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    expect(await addWatch(watcher, '/p', PERSISTENT)).toEqual({ err: 0 });
    await createNode(other, '/p');
    await setData(other, '/p', '1');
    await setData(other, '/p', '2');
    await createNode(other, '/p/kid');
    await setData(other, '/p/kid', '1');
    await deleteNode(other, '/p/kid');
    await deleteNode(other, '/p');
    await createNode(other, '/p');
    expect(await told(watcher)).toEqual([
      [NodeCreated, '/p'],
      [NodeDataChanged, '/p'],
      [NodeDataChanged, '/p'],
      [NodeChildrenChanged, '/p'],
      [NodeChildrenChanged, '/p'],
      [NodeDeleted, '/p'],
      [NodeCreated, '/p'],
    ]);
    proves('WE-4', 'WM-1', 'WM-4', 'OP-29', 'JR-36', 'JR-38');
  });

  test('recursive: every node below too, and no word of children', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await addWatch(watcher, '/r', RECURSIVE);
    await createNode(other, '/r');
    await createNode(other, '/r/a');
    await createNode(other, '/r/a/b');
    await setData(other, '/r/a/b', '1');
    await deleteNode(other, '/r/a/b');
    await createNode(other, '/right-beside');
    await deleteNode(other, '/r/a');
    expect(await told(watcher)).toEqual([
      [NodeCreated, '/r'],
      [NodeCreated, '/r/a'],
      [NodeCreated, '/r/a/b'],
      [NodeDataChanged, '/r/a/b'],
      [NodeDeleted, '/r/a/b'],
      [NodeDeleted, '/r/a'],
    ]);
    proves('WE-4', 'WM-4', 'OP-29');
  });

  test('a mode that means nothing is refused with -5', async () => {
    using session = await openSession(running.port);
    expect((await session.call('addWatch', { path: '/mode', mode: 2 })).err).toBe(-5);
    proves('WE-4');
  });

  test('standard and persistent on one path', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(other, '/both');
    await addWatch(watcher, '/both', PERSISTENT);
    await watchData(watcher, '/both');
    await setData(other, '/both', '1');
    await setData(other, '/both', '2');
    const events = await told(watcher);
    // Before 3.9 the later one takes the place of the earlier.
    const times = server.has('3.9.0') ? 2 : 1;
    expect(events).toEqual(Array.from({ length: times }, () => [NodeDataChanged, '/both']));
    proves('WM-5', 'DV-05');
  });

  test('who may not read a node is not told of it', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    await addWatch(watcher, '/secret', PERSISTENT);
    const allButRead = [{ perms: 31 & ~1, id: { scheme: 'world', id: 'anyone' } }];
    await createNode(other, '/secret', { acl: allButRead });
    await setData(other, '/secret', 'x');
    expect(await told(watcher)).toEqual([]);
    // Debian's 3.8.0 has this mend of 3.8.4 and 3.9.2 too.
    proves('WE-6', 'DV-02');
  });

  test('exists needs the right to read', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/no-read', { acl: [{ perms: 31 & ~1, id: { scheme: 'world', id: 'anyone' } }] });
    const { err } = await session.call('exists', { path: '/no-read', watch: false });
    // This mend Debian's 3.8.0 does not have.
    expect(err).toBe(server.has('3.8.4/3.9.2') ? -102 : 0);
    proves('AL-05', 'DV-02');
  });
});

describeServers('checkWatches and removeWatches', (server) => {
  const running = startedOnce(server);
  const kinds = [CHILDREN, DATA, ANY];
  const found = async (session: RawSession, path: string): Promise<number[]> => {
    const types: number[] = [];
    for (const type of kinds) if ((await session.call('checkWatches', { path, type })).err === 0) types.push(type);
    return types;
  };

  test('find a watch by path and kind, or answer -121', async () => {
    using session = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(session, '/check');
    expect((await session.call('checkWatches', { path: '/check', type: ANY })).err).toBe(-121);
    await watchData(session, '/check');
    expect(await found(session, '/check')).toEqual([DATA, ANY]);
    await watchChildren(session, '/check');
    expect(await found(session, '/check')).toEqual([CHILDREN, DATA, ANY]);
    // Before 3.9 a watch is found whoever set it.
    expect(await found(other, '/check')).toEqual(server.has('3.9.0') ? [] : [CHILDREN, DATA, ANY]);
    proves('OP-17', 'WE-3', 'ER-27', 'JR-48');
  });

  for (const [type, left] of [
    [CHILDREN, [DATA, ANY]],
    [DATA, [CHILDREN, ANY]],
    [ANY, []],
  ] as const) {
    test(`removeWatches of kind ${type} takes away that kind`, async () => {
      using session = await openSession(running.port);
      const path = `/remove-${type}`;
      await createNode(session, path);
      await watchData(session, path);
      await watchChildren(session, path);
      expect((await session.call('removeWatches', { path, type })).err).toBe(0);
      expect(await found(session, path)).toEqual(left);
      expect((await session.call('removeWatches', { path, type })).err).toBe(-121);
      await setData(session, path, 'x');
      await createNode(session, `${path}/kid`);
      const events: Event[] = [];
      if (left.includes(DATA as never)) events.push([NodeDataChanged, path]);
      if (left.includes(CHILDREN as never)) events.push([NodeChildrenChanged, path]);
      expect(await told(session)).toEqual(events);
      proves('OP-18', 'WE-3', 'WM-6', 'ER-27', 'JR-49');
    });
  }

  test('wchs counts the data watches, with their connections and paths', async () => {
    using session = await openSession(running.port);
    const before = await fourLetterWord(running.port, 'wchs');
    expect(before).toMatch(/^\d+ connections watching \d+ paths\nTotal watches:\d+\n$/);
    await createNode(session, '/counted');
    await watchData(session, '/counted');
    await watchExists(session, '/not-counted-yet');
    await watchChildren(session, '/counted');
    using other = await openSession(running.port);
    await watchData(other, '/counted');
    const [connections, paths, total] = numbersIn(await fourLetterWord(running.port, 'wchs'));
    const [connectionsBefore = 0, pathsBefore = 0, totalBefore = 0] = numbersIn(before);
    expect([connections, paths, total]).toEqual([connectionsBefore + 2, pathsBefore + 2, totalBefore + 3]);
    proves('FL-13');
  });

  const numbersIn = (text: string): number[] => [...text.matchAll(/\d+/g)].map(Number);
});

describeServers('setWatches', (server) => {
  const running = startedOnce(server);
  const none = { dataWatches: [], existWatches: [], childWatches: [] };

  /** A tree of a node each that stayed, changed and went since a zxid. */
  async function prepare(session: RawSession, base: string): Promise<Zxid> {
    await createNode(session, base);
    for (const name of ['same', 'changed', 'gone', 'late-gone']) await createNode(session, `${base}/${name}`);
    const { zxid } = await session.call('ping', null);
    await setData(session, `${base}/changed`, 'x');
    await createNode(session, `${base}/changed/kid`);
    await deleteNode(session, `${base}/gone`);
    await createNode(session, `${base}/new`);
    return zxid;
  }

  test('data watches: told of what happened since, set for what will', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/d');
    const dataWatches = ['/d/same', '/d/changed', '/d/gone'];
    expect((await watcher.call('setWatches', { ...none, relativeZxid, dataWatches })).err).toBe(0);
    expect(await told(watcher)).toEqual([
      [NodeDataChanged, '/d/changed'],
      [NodeDeleted, '/d/gone'],
    ]);
    await setData(other, '/d/changed', 'y');
    await setData(other, '/d/same', 'y');
    expect(await told(watcher), 'what was told at once is not set again').toEqual([[NodeDataChanged, '/d/same']]);
    proves('WE-5', 'OP-24', 'JR-08');
  });

  test('exist watches: told when the node is there', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/e');
    const existWatches = ['/e/new', '/e/gone'];
    expect((await watcher.call('setWatches', { ...none, relativeZxid, existWatches })).err).toBe(0);
    expect(await told(watcher)).toEqual([[NodeCreated, '/e/new']]);
    await createNode(other, '/e/gone');
    expect(await told(watcher)).toEqual([[NodeCreated, '/e/gone']]);
    proves('WE-5');
  });

  test('child watches: told when a child came or went, or the node is gone', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/c');
    const childWatches = ['/c/same', '/c/changed', '/c/gone'];
    expect((await watcher.call('setWatches', { ...none, relativeZxid, childWatches })).err).toBe(0);
    expect(await told(watcher)).toEqual([
      [NodeChildrenChanged, '/c/changed'],
      [NodeDeleted, '/c/gone'],
    ]);
    await createNode(other, '/c/same/kid');
    expect(await told(watcher)).toEqual([[NodeChildrenChanged, '/c/same']]);
    proves('WE-5');
  });

  test('what a client has missed is told without a zxid, and only to who may read the node', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/z');
    await other.ok('setACL', {
      path: '/z/changed',
      acl: [{ perms: 30, id: { scheme: 'world', id: 'anyone' } }],
      version: -1,
    });
    const dataWatches = ['/z/changed', '/z/gone'];
    expect((await watcher.call('setWatches', { ...none, relativeZxid, dataWatches })).err).toBe(0);
    const events = await watcher.notificationsSoFar();
    expect(events.map(({ header }) => header.zxid)).toEqual(events.map(() => -1n));
    const paths = server.name === 'zoowalk' ? ['/z/gone'] : ['/z/changed', '/z/gone'];
    expect(events.map(({ path }) => path)).toEqual(paths);
    proves('WE-8');
  });

  test('the notifications come before the reply', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/o');
    const { err } = await watcher.call('setWatches', { ...none, relativeZxid, dataWatches: ['/o/changed'] });
    expect(err).toBe(0);
    expect(watcher.transcript).toEqual(['event /o/changed', 'reply 1']);
    proves('WE-5', 'FR-05');
  });

  test('setWatches2: persistent and recursive ones are set, and what they missed is lost', async () => {
    using watcher = await openSession(running.port);
    using other = await openSession(running.port);
    const relativeZxid = await prepare(other, '/2');
    const request = {
      ...none,
      relativeZxid,
      dataWatches: ['/2/changed'],
      persistentWatches: ['/2/changed', '/2/same', '/2/gone'],
      persistentRecursiveWatches: ['/2/new'],
    };
    expect((await watcher.call('setWatches2', request)).err).toBe(0);
    expect(await told(watcher)).toEqual([[NodeDataChanged, '/2/changed']]);
    for (let i = 0; i < 2; i++) await setData(other, '/2/same', 'y');
    await createNode(other, '/2/new/kid');
    await createNode(other, '/2/gone');
    expect(await told(watcher)).toEqual([
      [NodeDataChanged, '/2/same'],
      [NodeDataChanged, '/2/same'],
      [NodeCreated, '/2/new/kid'],
      [NodeCreated, '/2/gone'],
    ]);
    proves('WE-5', 'OP-28', 'JR-09');
  });

  test('over reconnects no change is lost and none is told twice, and each stands before what was read after it', async () => {
    using other = await openSession(running.port);
    const names = Array.from({ length: 8 }, (_, i) => `/r/${i}`);
    await createNode(other, '/r');
    for (const path of names) await createNode(other, path);
    let watcher = await openSession(running.port);
    const { id, password } = watcher;
    for (const path of names) await watcher.ok('getData', { path, watch: true });
    /** What the client has watched, and not heard of. */
    const armed = new Set(names);
    for (let round = 1; round <= 6; round++) {
      const { zxid: relativeZxid } = await watcher.call('ping', null);
      watcher[Symbol.dispose]();
      const changed = names.filter((_, i) => (i * round) % 3 === 0);
      for (const path of changed) await setData(other, path, `${round}`);
      watcher = await openSession(running.port, { sessionId: id, password, lastZxidSeen: relativeZxid });
      // As a client does it: the watches first, and right behind them what it wants to read.
      const dataWatches = [...armed];
      watcher.send('setWatches', { ...none, relativeZxid, dataWatches }, 1);
      for (const [i, path] of dataWatches.entries()) watcher.send('getData', { path, watch: true }, 2 + i);
      for (let i = 0; i <= dataWatches.length; i++) await watcher.reply();
      const missed = dataWatches.filter((path) => changed.includes(path));
      expect(watcher.transcript).toEqual([
        ...missed.map((path) => `event ${path}`),
        ...[0, ...dataWatches.keys()].slice(0, dataWatches.length + 1).map((_, i) => `reply ${1 + i}`),
      ]);
      // Read again, and so watched again.
      await told(watcher);
    }
    for (const path of names) await setData(other, path, 'last');
    expect(await told(watcher)).toEqual(names.map((path) => [NodeDataChanged, path]));
    expect(await told(watcher)).toEqual([]);
    watcher[Symbol.dispose]();
    proves('WE-5', 'WM-11', 'FR-05', 'HS-6');
  });
});
