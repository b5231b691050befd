/**
 * What each operation does to a node, its parent and their stats, and which paths are taken, on our server and on
 * Apache's.
 */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import type { Stat } from '#05-jute/records/data.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import {
  createNode,
  createRequest,
  deleteRequest,
  exists,
  OPEN_ACL,
  setDataRequest,
  statOf,
} from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const zeroStat = {
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  ephemeralOwner: 0n,
  dataLength: 0,
  numChildren: 0,
};

describeServers('a new tree', (server) => {
  const running = startedOnce(server);

  test('holds /zookeeper with quota and config, whose stats are all zero', async () => {
    using session = await openSession(running.port);
    expect(await session.ok('getChildren', { path: '/', watch: false })).toEqual({ children: ['zookeeper'] });
    const { children } = await session.ok('getChildren', { path: '/zookeeper', watch: false });
    expect(children?.sort()).toEqual(['config', 'quota']);
    expect(await session.ok('getData', { path: '/zookeeper/quota', watch: false })).toEqual({
      data: Buffer.alloc(0),
      stat: zeroStat,
    });
    // Its access control list was set once, without counting.
    expect(await session.ok('getData', { path: '/zookeeper/config', watch: false })).toEqual({
      data: Buffer.alloc(0),
      stat: { ...zeroStat, aversion: -1 },
    });
    expect(await statOf(session, '/zookeeper')).toEqual({ ...zeroStat, cversion: -2, numChildren: 2 });
    expect(await statOf(session, '/')).toEqual({ ...zeroStat, cversion: -1, numChildren: 1 });
    proves('DT-06', 'DT-07', 'ST-6');
  });

  test('anybody may read /zookeeper/config, nobody may change it', async () => {
    using session = await openSession(running.port);
    const { acl } = await session.ok('getACL', { path: '/zookeeper/config' });
    expect(acl).toEqual([{ perms: 1, id: { scheme: 'world', id: 'anyone' } }]);
    expect((await session.call('setData', setDataRequest('/zookeeper/config', 'x'))).err).toBe(-102);
    proves('DT-06', 'ER-15');
  });

  test('its root, /zookeeper, quota and config can not be deleted', async () => {
    using session = await openSession(running.port);
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
      expect((await session.call('delete', deleteRequest(path))).err, path).toBe(-8);
    }
    proves('DT-04', 'DT-05', 'ER-09');
  });

  test('the root counts twice among the nodes', async () => {
    expect(await fourLetterWord(running.port, 'srvr')).toContain('Node count: 5\n');
    using session = await openSession(running.port);
    expect(await session.ok('getAllChildrenNumber', { path: '/' })).toEqual({ totalNumber: 3 });
    proves('DT-10');
  });
});

describeServers('the stat of a node', (server) => {
  const running = startedOnce(server);

  test('create sets everything from its transaction', async () => {
    using session = await openSession(running.port);
    const before = Date.now();
    const { zxid, response } = await session.call('create2', createRequest('/created', { data: 'abc' }));
    const stat = response?.stat as Stat;
    expect(stat).toEqual({
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: stat.ctime,
      mtime: stat.ctime,
      version: 0,
      cversion: 0,
      aversion: 0,
      ephemeralOwner: 0n,
      dataLength: 3,
      numChildren: 0,
    });
    expect(stat.ctime).toBeGreaterThanOrEqual(before);
    expect(stat.ctime).toBeLessThanOrEqual(Date.now());
    expect(await statOf(session, '/created')).toEqual(stat);
    proves('ST-1', 'ST-2', 'ST-3', 'ST-4', 'ST-5', 'ST-7', 'ST-8', 'ST-9', 'ST-10', 'ST-11');
  });

  test('setData moves mzxid, mtime, version and dataLength', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/set', { data: 'abc' });
    const created = await statOf(session, '/set');
    const { zxid, response } = await session.call('setData', setDataRequest('/set', 'hello', 0));
    const stat = response?.stat as Stat;
    expect(stat).toEqual({ ...created, mzxid: zxid, mtime: stat.mtime, version: 1, dataLength: 5 });
    expect(stat.mtime).toBeGreaterThanOrEqual(created.mtime);
    expect((await session.ok('setData', setDataRequest('/set', '', -1))).stat).toMatchObject({
      version: 2,
      dataLength: 0,
    });
    proves('ST-1', 'ST-2', 'ST-3', 'ST-4', 'ST-7', 'ST-9');
  });

  test('setACL moves aversion alone', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/acl');
    const created = await statOf(session, '/acl');
    const request = { path: '/acl', acl: [...OPEN_ACL], version: 0 };
    expect((await session.ok('setACL', request)).stat).toEqual({ ...created, aversion: 1 });
    expect((await session.call('setACL', request)).err).toBe(-103);
    expect((await session.ok('setACL', { ...request, version: -1 })).stat).toEqual({ ...created, aversion: 2 });
    expect(await statOf(session, '/acl')).toEqual({ ...created, aversion: 2 });
    proves('ST-2', 'ST-3', 'ST-4', 'ST-7', 'AL-14');
  });

  test('a child that is created or deleted moves cversion, pzxid and numChildren of its parent', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/parent');
    const created = await statOf(session, '/parent');
    const { zxid: childAt } = await session.call('create', createRequest('/parent/child'));
    expect(await statOf(session, '/parent')).toEqual({ ...created, cversion: 1, pzxid: childAt, numChildren: 1 });
    await session.ok('setData', setDataRequest('/parent/child', 'x'));
    await createNode(session, '/parent/child/grandchild');
    expect(await statOf(session, '/parent'), 'neither the data of a child nor a grandchild shows').toEqual({
      ...created,
      cversion: 1,
      pzxid: childAt,
      numChildren: 1,
    });
    await session.ok('delete', deleteRequest('/parent/child/grandchild'));
    const { zxid: deletedAt } = await session.call('delete', deleteRequest('/parent/child'));
    expect(await statOf(session, '/parent')).toEqual({ ...created, cversion: 2, pzxid: deletedAt, numChildren: 0 });
    proves('ST-1', 'ST-2', 'ST-5', 'ST-6', 'ST-7', 'ST-10');
  });

  test('an ephemeral node names its session', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/ephemeral', { flags: CreateMode.ephemeral });
    expect((await statOf(session, '/ephemeral')).ephemeralOwner).toBe(session.id);
    proves('ST-8', 'CM-2');
  });

  test('no data and null data are two things with one length', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/null', { data: null });
    expect(await session.ok('getData', { path: '/null', watch: false })).toMatchObject({
      data: null,
      stat: { dataLength: 0 },
    });
    await createNode(session, '/empty', { data: '' });
    expect(await session.ok('getData', { path: '/empty', watch: false })).toMatchObject({
      data: Buffer.alloc(0),
      stat: { dataLength: 0 },
    });
    await session.ok('setData', { path: '/empty', data: null, version: -1 });
    expect((await session.ok('getData', { path: '/empty', watch: false })).data).toBeNull();
    proves('ST-9', 'JU-03');
  });

  test('reads tell the same stat', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/read', { data: 'abc' });
    await createNode(session, '/read/kid');
    const stat = await statOf(session, '/read');
    expect((await session.ok('getData', { path: '/read', watch: false })).stat).toEqual(stat);
    expect((await session.ok('getChildren2', { path: '/read', watch: false })).stat).toEqual(stat);
    expect((await session.ok('getACL', { path: '/read' })).stat).toEqual(stat);
    proves('OP-04', 'OP-05', 'OP-07', 'OP-12');
  });
});

describeServers('sequential nodes', (server) => {
  const running = startedOnce(server);
  const sequential = (session: RawSession, path: string) =>
    createNode(session, path, { flags: CreateMode.persistentSequential });

  test('take the number of children created before them, whatever their kind, name and fate', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/q');
    expect(await sequential(session, '/q/n-')).toBe('/q/n-0000000000');
    expect(await sequential(session, '/q/m-')).toBe('/q/m-0000000001');
    await createNode(session, '/q/plain');
    await session.ok('delete', deleteRequest('/q/n-0000000000'));
    expect(await sequential(session, '/q/n-')).toBe('/q/n-0000000003');
    proves('DT-01', 'CM-3');
  });

  test('may have no name but their number', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/bare');
    expect(await sequential(session, '/bare/')).toBe('/bare/0000000000');
    proves('DT-02');
  });

  test('count from several sessions at once without a gap', async () => {
    using one = await openSession(running.port);
    using two = await openSession(running.port);
    await createNode(one, '/both');
    const request = createRequest('/both/n', { flags: CreateMode.persistentSequential });
    for (let i = 0; i < 20; i++) for (const session of [one, two]) session.send('create', request);
    const paths: string[] = [];
    for (let i = 0; i < 20; i++) {
      for (const session of [one, two])
        paths.push(session.answer('create', await session.reply()).response?.path ?? '');
    }
    const expected = Array.from({ length: 40 }, (_, i) => `/both/n${String(i).padStart(10, '0')}`);
    expect(paths.sort()).toEqual(expected);
    proves('DT-01');
  });
});

describeServers('what create, setData and delete refuse', (server) => {
  const running = startedOnce(server);

  const refusals: {
    what: string;
    err: number;
    rows: string[];
    ask: (session: RawSession, base: string) => Promise<{ err: number }>;
  }[] = [
    {
      what: 'create a node that is there',
      err: -110,
      rows: ['ER-18'],
      ask: (s, base) => s.call('create', createRequest(base)),
    },
    { what: 'create the root', err: -110, rows: ['ER-18'], ask: (s) => s.call('create', createRequest('/')) },
    {
      what: 'create without a parent',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('create', createRequest(`${base}/no/x`)),
    },
    {
      what: 'create below an ephemeral node',
      err: -108,
      rows: ['ER-17', 'DT-03'],
      ask: (s, base) => s.call('create', createRequest(`${base}/brief/x`)),
    },
    {
      what: 'create without an access control list',
      err: -114,
      rows: ['ER-22', 'AL-03'],
      ask: (s, base) => s.call('create', createRequest(`${base}/x`, { acl: [] })),
    },
    {
      what: 'create with a null access control list',
      err: -114,
      rows: ['ER-22', 'AL-03'],
      ask: (s, base) => s.call('create', createRequest(`${base}/x`, { acl: null })),
    },
    {
      what: 'create for a scheme that is unknown',
      err: -114,
      rows: ['AL-03'],
      ask: (s, base) =>
        s.call('create', createRequest(`${base}/x`, { acl: [{ perms: 31, id: { scheme: 'nonsense', id: 'x' } }] })),
    },
    {
      what: 'setData of a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('setData', setDataRequest(`${base}/no`, '')),
    },
    {
      what: 'setData of another version',
      err: -103,
      rows: ['ER-16', 'ST-3'],
      ask: (s, base) => s.call('setData', setDataRequest(base, '', 1)),
    },
    {
      what: 'delete a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('delete', deleteRequest(`${base}/no`)),
    },
    {
      what: 'delete another version',
      err: -103,
      rows: ['ER-16', 'DT-04'],
      ask: (s, base) => s.call('delete', deleteRequest(`${base}/brief`, 1)),
    },
    {
      what: 'delete a node with children',
      err: -111,
      rows: ['ER-19', 'DT-04'],
      ask: (s, base) => s.call('delete', deleteRequest(base)),
    },
    {
      what: 'delete a node with children, of another version',
      err: -103,
      rows: ['DT-04'],
      ask: (s, base) => s.call('delete', deleteRequest(base, 5)),
    },
    {
      what: 'getData of a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('getData', { path: `${base}/no`, watch: false }),
    },
    {
      what: 'getChildren of a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('getChildren', { path: `${base}/no`, watch: false }),
    },
    {
      what: 'getACL of a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('getACL', { path: `${base}/no` }),
    },
    {
      what: 'setACL of a node that is not there',
      err: -101,
      rows: ['ER-14'],
      ask: (s, base) => s.call('setACL', { path: `${base}/no`, acl: [...OPEN_ACL], version: -1 }),
    },
    {
      what: 'setACL of another version',
      err: -103,
      rows: ['ER-16', 'AL-14'],
      ask: (s, base) => s.call('setACL', { path: base, acl: [...OPEN_ACL], version: 4 }),
    },
  ];
  for (const [number, { what, err, rows, ask }] of refusals.entries()) {
    test(`${what}: ${err}`, async () => {
      using session = await openSession(running.port);
      const base = `/refused-${number}`;
      await createNode(session, base);
      await createNode(session, `${base}/brief`, { flags: CreateMode.ephemeral });
      const before = await statOf(session, base);
      expect((await ask(session, base)).err).toBe(err);
      expect(await statOf(session, base)).toEqual(before);
      proves(...rows);
    });
  }
});

describeServers('paths', (server) => {
  const running = startedOnce(server);

  // What is wrong with the name of the node itself, below a parent that is there.
  const bad: { path: string; rows: string[] }[] = [
    { path: '', rows: ['PA-1'] },
    { path: 'a', rows: ['PA-1'] },
    { path: '//', rows: ['PA-1', 'PA-2'] },
    { path: '//a', rows: ['PA-2'] },
    { path: '/there/', rows: ['PA-1'] },
    { path: '/there/.', rows: ['PA-2'] },
    { path: '/there/..', rows: ['PA-2'] },
    { path: '/.', rows: ['PA-2'] },
    { path: '/..', rows: ['PA-2'] },
    { path: '/a\u0000', rows: ['PA-3', 'PA-4'] },
    { path: '/no\u0000parent/a', rows: ['PA-4'] },
    { path: '/a\u0001', rows: ['PA-3'] },
    { path: '/a\u001f', rows: ['PA-3'] },
    { path: '/a\u007f', rows: ['PA-3'] },
    { path: '/a\u009f', rows: ['PA-3'] },
    { path: '/a\uf8ff', rows: ['PA-3'] },
    { path: '/a\ue000', rows: ['PA-3'] },
    { path: '/a\ufff0', rows: ['PA-3'] },
    { path: '/a\uffff', rows: ['PA-3'] },
  ];
  for (const { path, rows } of bad) {
    test(`create ${JSON.stringify(path)} is refused with -8`, async () => {
      using session = await openSession(running.port);
      await session.call('create', createRequest('/there'));
      expect((await session.call('create', createRequest(path))).err).toBe(-8);
      expect((await session.call('ping', null)).err).toBe(0);
      proves(...rows);
    });
  }

  for (const path of ['a/b', '/none/', '/./a', '/../a', '/there//a', '/none/\u0001']) {
    test(`create ${JSON.stringify(path)} is refused with -101: the parent is looked up first`, async () => {
      using session = await openSession(running.port);
      await session.call('create', createRequest('/there'));
      expect((await session.call('create', createRequest(path))).err).toBe(-101);
      proves('PA-4');
    });
  }

  test('create without a path at all is refused with -5', async () => {
    using session = await openSession(running.port);
    expect((await session.call('create', createRequest(null))).err).toBe(-5);
    expect((await session.call('ping', null)).err).toBe(0);
    proves('PA-1', 'ER-06');
  });

  for (const path of [
    '/...',
    '/.a',
    '/a..',
    '/a b',
    '/\u00a0',
    '/\u0020',
    '/é',
    '/\ufeff',
    '/\uffef',
    '/\uf900',
    '/中文',
    '/%2F',
    '/-',
  ]) {
    test(`create ${JSON.stringify(path)} is taken`, async () => {
      using session = await openSession(running.port);
      expect(await createNode(session, path)).toBe(path);
      const { children } = await session.ok('getChildren', { path: '/', watch: false });
      expect(children).toContain(path.slice(1));
      proves('PA-2', 'PA-3');
    });
  }

  test('reads look a path up without checking it', async () => {
    using session = await openSession(running.port);
    for (const path of ['a', '/a/', '//', '/no/../such', '/\u0001']) {
      expect((await session.call('getData', { path, watch: false })).err, path).toBe(-101);
      expect(await exists(session, path), path).toBeNull();
      expect((await session.call('getChildren', { path, watch: false })).err, path).toBe(-101);
    }
    proves('PA-4');
  });
});
