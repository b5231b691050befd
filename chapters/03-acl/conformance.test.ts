/**
 * Who may do what, on our server and on Apache's: schemes, permissions of every operation, and what others see of a
 * list.
 */
import { Buffer } from 'node:buffer';
import { expect, test } from 'vitest';
import { digestOf } from '#03-acl/auth-providers.js';
import type { ACL } from '#05-jute/records/data.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { proves } from '#testing/proves.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, deleteRequest, setDataRequest } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

const READ = 1;
const WRITE = 2;
const CREATE = 4;
const DELETE = 8;
const ADMIN = 16;
const ALL = 31;
const NO_AUTH = -102;
const INVALID_ACL = -114;

const world = (perms: number): ACL => ({ perms, id: { scheme: 'world', id: 'anyone' } });
const digest = (perms: number, id: string): ACL => ({ perms, id: { scheme: 'digest', id } });
const ip = (perms: number, id: string): ACL => ({ perms, id: { scheme: 'ip', id } });
const auth: ACL = { perms: ALL, id: { scheme: 'auth', id: '' } };

const prove = (session: RawSession, scheme: string, text: string) =>
  session.call('auth', { type: 0, scheme, auth: Buffer.from(text) });
const aclOf = async (session: RawSession, path: string): Promise<ACL[] | null> =>
  (await session.ok('getACL', { path })).acl;

describeServers('the digest scheme', (server) => {
  const running = startedOnce(server);

  test('what a user created with auth is open to him, and to nobody else', async () => {
    using w1 = await openSession(running.port);
    using w2 = await openSession(running.port);
    expect((await prove(w1, 'digest', 'w1:secret')).err).toBe(0);
    await createNode(w1, '/private', { acl: [auth], data: 'x' });
    expect((await w2.call('getData', { path: '/private', watch: false })).err).toBe(NO_AUTH);
    expect((await w1.ok('getData', { path: '/private', watch: false })).data?.toString()).toBe('x');
    expect(await aclOf(w1, '/private')).toEqual([digest(ALL, digestOf('w1:secret'))]);
    expect((await prove(w2, 'digest', 'w1:wrong')).err, 'a wrong password proves another identity').toBe(0);
    expect((await w2.call('getData', { path: '/private', watch: false })).err).toBe(NO_AUTH);
    expect((await prove(w2, 'digest', 'w1:secret')).err).toBe(0);
    expect((await w2.call('getData', { path: '/private', watch: false })).err).toBe(0);
    proves('AU-1', 'AU-2', 'SC-2', 'SC-3', 'AL-02', 'XID-4', 'OP-23', 'JR-05');
  });

  test('the hash is that of the bytes of user and password in UTF-8', async () => {
    using session = await openSession(running.port);
    await prove(session, 'digest', 'jürgen:pässwörd:with:colons');
    await createNode(session, '/umlauts', { acl: [auth] });
    expect(await aclOf(session, '/umlauts')).toEqual([digest(ALL, digestOf('jürgen:pässwörd:with:colons'))]);
    proves('AL-02');
  });

  test('who proved several identities has the rights of all of them, and auth stands for each', async () => {
    using session = await openSession(running.port);
    await prove(session, 'digest', 'a:1');
    await prove(session, 'digest', 'b:2');
    await createNode(session, '/two', { acl: [auth] });
    expect(await aclOf(session, '/two')).toEqual([digest(ALL, digestOf('a:1')), digest(ALL, digestOf('b:2'))]);
    using other = await openSession(running.port);
    await prove(other, 'digest', 'b:2');
    expect((await other.call('getData', { path: '/two', watch: false })).err).toBe(0);
    proves('AU-2', 'SC-2');
  });

  test('who may read but not administer sees no hashes', async () => {
    using session = await openSession(running.port);
    const entries = [digest(ALL, digestOf('boss:1')), world(READ)];
    await createNode(session, '/masked', { acl: entries });
    expect(await aclOf(session, '/masked')).toEqual([digest(ALL, 'boss:x'), world(READ)]);
    await prove(session, 'digest', 'boss:1');
    expect(await aclOf(session, '/masked')).toEqual(entries);
    proves('AL-06');
  });

  test('requests that were sent before the proof do not have its rights', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/late', { acl: [digest(ALL, digestOf('late:1'))] });
    session.send('setData', setDataRequest('/late', 'x'));
    session.send('auth', { type: 0, scheme: 'digest', auth: Buffer.from('late:1') });
    session.send('setData', setDataRequest('/late', 'y'));
    const errors = new Map<number, number>();
    for (let i = 0; i < 3; i++) {
      const { header } = await session.reply();
      errors.set(header.xid, header.err);
    }
    expect([...errors].sort(([a], [b]) => a - b)).toEqual([
      [-4, 0],
      [2, NO_AUTH],
      [3, 0],
    ]);
    proves('AU-2');
  });
});

describeServers('an auth packet that proves nothing', (server) => {
  const running = startedOnce(server);

  for (const scheme of ['world', 'kerberos', '']) {
    test(`scheme "${scheme}": −115, and the connection ends`, async () => {
      using session = await openSession(running.port);
      expect((await prove(session, scheme, 'anyone')).err).toBe(-115);
      await session.connection.closed;
      proves('AU-1', 'ER-21');
    });
  }

  test('the scheme ip is there without asking', async () => {
    using session = await openSession(running.port);
    expect((await prove(session, 'ip', '')).err).toBe(0);
    expect((await session.call('whoAmI', null)).response?.clientInfo).toEqual([
      { authScheme: 'ip', user: running.host },
    ]);
    proves('SC-4', 'OP-30');
  });
});

describeServers('the ip scheme', (server) => {
  const running = startedOnce(server);
  const cases: [id: string, expected: number][] = [
    ['127.0.0.1', 0],
    ['127.0.0.2', NO_AUTH],
    ['127.0.0.0/8', 0],
    ['127.0.0.0/32', NO_AUTH],
    ['126.0.0.0/7', 0],
    ['10.0.0.0/0', 0],
    ['10.0.0.0/8', NO_AUTH],
  ];
  for (const [id, expected] of cases) {
    test(`${id} ${expected === 0 ? 'lets' : 'does not let'} 127.0.0.1 in`, async () => {
      using session = await openSession(running.port);
      const path = `/ip-${id.replace('/', '-')}`;
      await createNode(session, path, { acl: [ip(READ, id)] });
      expect((await session.call('getData', { path, watch: false })).err).toBe(expected);
      proves('SC-4');
    });
  }

  for (const id of ['localhost', '127.0.0', '127.0.0.256', '127.0.0.1/33', '127.0.0.1/-1', '']) {
    test(`"${id}" is no address`, async () => {
      using session = await openSession(running.port);
      const request = createRequest('/no-address', { acl: [ip(READ, id)] });
      expect((await session.call('create', request)).err).toBe(INVALID_ACL);
      proves('AL-03');
    });
  }
});

describeServers('lists', (server) => {
  const running = startedOnce(server);
  const invalid: [what: string, acl: ACL[] | null][] = [
    ['no list', null],
    ['an empty list', []],
    ['an unknown scheme', [{ perms: ALL, id: { scheme: 'nobody', id: 'x' } }]],
    ['no scheme', [{ perms: ALL, id: { scheme: null, id: 'anyone' } }]],
    ['world without anyone', [{ perms: ALL, id: { scheme: 'world', id: 'me' } }]],
    ['a digest without a colon', [digest(ALL, 'user')]],
    ['auth of nobody', [auth]],
  ];
  for (const [what, acl] of invalid) {
    test(`${what} is refused`, async () => {
      using session = await openSession(running.port);
      expect((await session.call('create', createRequest('/refused', { acl }))).err).toBe(INVALID_ACL);
      await createNode(session, '/is-there').catch(() => undefined);
      expect((await session.call('setACL', { path: '/is-there', acl, version: -1 })).err).toBe(INVALID_ACL);
      proves('AL-03', 'ER-20');
    });
  }

  test('an id that is missing can not be understood', async () => {
    using session = await openSession(running.port);
    for (const scheme of ['world', 'digest', 'ip']) {
      const acl = [{ perms: ALL, id: { scheme, id: null } }];
      expect((await session.call('create', createRequest('/nobody', { acl }))).err, scheme).toBe(-5);
    }
    const acl = [{ perms: ALL, id: { scheme: 'no scheme', id: null } }];
    expect((await session.call('create', createRequest('/nobody', { acl }))).err).toBe(INVALID_ACL);
    proves('AL-03');
  });

  test('duplicates go, the order stays', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/doubled', { acl: [world(READ), ip(ALL, '127.0.0.1'), world(READ), world(ADMIN)] });
    expect(await aclOf(session, '/doubled')).toEqual([world(READ), ip(ALL, '127.0.0.1'), world(ADMIN)]);
    proves('AL-03');
  });

  test('a child has its own list, not that of its parent', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/closed', { acl: [world(CREATE)] });
    await createNode(session, '/closed/open');
    expect((await session.call('getData', { path: '/closed', watch: false })).err).toBe(NO_AUTH);
    expect((await session.call('getData', { path: '/closed/open', watch: false })).err).toBe(0);
    expect((await session.call('delete', deleteRequest('/closed/open'))).err).toBe(NO_AUTH);
    proves('AL-07');
  });
});

describeServers('what each operation needs', (server) => {
  const running = startedOnce(server);
  const node = '/needs/node';
  const operations: {
    name: string;
    needs: number;
    of: 'node' | 'parent';
    run: (session: RawSession) => Promise<number>;
  }[] = [
    {
      name: 'getData',
      needs: READ,
      of: 'node',
      run: async (s) => (await s.call('getData', { path: node, watch: false })).err,
    },
    {
      name: 'getChildren',
      needs: READ,
      of: 'node',
      run: async (s) => (await s.call('getChildren', { path: node, watch: false })).err,
    },
    {
      name: 'getChildren2',
      needs: READ,
      of: 'node',
      run: async (s) => (await s.call('getChildren2', { path: node, watch: false })).err,
    },
    {
      name: 'getAllChildrenNumber',
      needs: READ,
      of: 'node',
      run: async (s) => (await s.call('getAllChildrenNumber', { path: node })).err,
    },
    {
      name: 'setData',
      needs: WRITE,
      of: 'node',
      run: async (s) => (await s.call('setData', setDataRequest(node, ''))).err,
    },
    { name: 'getACL', needs: READ | ADMIN, of: 'node', run: async (s) => (await s.call('getACL', { path: node })).err },
    {
      name: 'create',
      needs: CREATE,
      of: 'parent',
      run: async (s) => (await s.call('create', createRequest('/needs/new'))).err,
    },
    {
      name: 'delete',
      needs: DELETE,
      of: 'parent',
      run: async (s) => (await s.call('delete', deleteRequest(node))).err,
    },
    {
      name: 'addWatch',
      needs: 0,
      of: 'node',
      run: async (s) => (await s.call('addWatch', { path: node, mode: 0 })).err,
    },
    { name: 'sync', needs: 0, of: 'node', run: async (s) => (await s.call('sync', { path: node })).err },
  ];
  const bits = [READ, WRITE, CREATE, DELETE, ADMIN];

  for (const { name, needs, of, run } of operations) {
    test(`${name} needs ${needs === 0 ? 'nothing' : `${needs} of the ${of}`}`, async () => {
      using session = await openSession(running.port);
      await prove(session, 'digest', 'owner:1');
      const owner = digest(ALL, digestOf('owner:1'));
      using anyone = await openSession(running.port);
      for (const bit of bits) {
        const list = (kind: 'node' | 'parent') => [owner, world(of === kind ? bit : ALL)];
        await createNode(session, '/needs', { acl: list('parent') });
        await createNode(session, node, { acl: list('node') });
        const allowed = needs === 0 || (needs & bit) !== 0;
        expect(await run(anyone), `permission ${bit}`).toBe(allowed ? 0 : NO_AUTH);
        for (const path of [node, '/needs/new', '/needs']) await session.call('delete', deleteRequest(path));
      }
      proves('AL-01', 'AL-05', 'AL-08');
    });
  }

  test('setACL needs ADMIN, and counts aversion', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/administered', { acl: [world(ALL & ~ADMIN)] });
    const acl = [world(ALL)];
    expect((await session.call('setACL', { path: '/administered', acl, version: -1 })).err).toBe(NO_AUTH);
    await createNode(session, '/mine', { acl: [world(ADMIN | READ)] });
    expect((await session.ok('setACL', { path: '/mine', acl, version: 0 })).stat.aversion).toBe(1);
    expect((await session.call('setACL', { path: '/mine', acl, version: 0 })).err).toBe(-103);
    expect((await session.ok('setACL', { path: '/mine', acl, version: -1 })).stat.aversion).toBe(2);
    proves('AL-05', 'AL-14', 'ST-4');
  });

  test('in a multi, check needs READ', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/check-me', { acl: [world(WRITE)] });
    const steps = [{ type: OpCode.check, record: { path: '/check-me', version: 0 } }];
    expect(await session.ok('multi', steps)).toEqual([{ type: OpCode.error, error: NO_AUTH }]);
    proves('AL-05');
  });

  test('ephemeral and sequential nodes need CREATE as well', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/no-create', { acl: [world(ALL & ~CREATE)] });
    for (const flags of [CreateMode.ephemeral, CreateMode.persistentSequential]) {
      const request = createRequest('/no-create/n', { flags });
      expect((await session.call('create', request)).err).toBe(NO_AUTH);
    }
    proves('AL-05');
  });
});

describeServers('the super user', (server) => {
  const superDigest = digestOf('super:admin');
  const running = startedOnce(server, {
    properties: { 'zookeeper.DigestAuthenticationProvider.superDigest': superDigest },
  });

  test('may do everything', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/locked', { acl: [digest(READ, digestOf('nobody:1'))] });
    expect((await session.call('setData', setDataRequest('/locked', 'x'))).err).toBe(NO_AUTH);
    await prove(session, 'digest', 'super:wrong');
    expect((await session.call('setData', setDataRequest('/locked', 'x'))).err).toBe(NO_AUTH);
    await prove(session, 'digest', 'super:admin');
    expect((await session.call('setData', setDataRequest('/locked', 'x'))).err).toBe(0);
    expect((await session.call('setACL', { path: '/locked', acl: [world(ALL)], version: -1 })).err).toBe(0);
    proves('SC-7', 'AL-13', 'AL-04');
  });
});

describeServers('skipACL=yes', (server) => {
  const running = startedOnce(server, { config: { skipACL: 'yes' } });

  test('nobody is refused anything', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/unlocked', { acl: [digest(READ, digestOf('nobody:1'))] });
    expect((await session.call('setData', setDataRequest('/unlocked', 'x'))).err).toBe(0);
    proves('AL-04');
  });
});
