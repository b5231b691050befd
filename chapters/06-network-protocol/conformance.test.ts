/**
 * Frames, headers, opcodes, error codes and multi, as bytes on a bare connection, on our server and on Apache's.
 * What the data tree does with a request is tested beside chapter 01, watches beside 02, sessions beside 09.
 */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import type { MultiStep } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { readFacts } from '#testing/facts.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { proves } from '#testing/proves.js';
import { connectRaw, framed } from '#testing/raw-connection.node.js';
import { openSession } from '#testing/raw-session.node.js';
import { createNode, createRequest, deleteRequest, OPEN_ACL, setDataRequest, statOf } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

describe('tables of constants', () => {
  const facts = [...readFacts().values()];
  const numberIn = (cell: string | undefined) => Number(cell?.replace('−', '-'));

  test('every error code has the number that the facts give', () => {
    const rows = facts
      .filter((fact) => fact.id.startsWith('ER-'))
      .map((fact) => ({ id: fact.id, cells: fact.text.split(' · ') }));
    const table = rows.map(({ cells }) => [cells[1]?.split(' ')[0] ?? '', numberIn(cells[0])]);
    expect(Object.fromEntries(table)).toEqual(ErrorCode);
    proves(...rows.map((row) => row.id));
  });

  test('every opcode has the number that the facts give', () => {
    const rows = facts.filter((fact) => fact.id.startsWith('OP-')).map((fact) => fact.text.split(' · '));
    expect(Object.fromEntries(rows.map((cells) => [cells[0], numberIn(cells[1])]))).toEqual(OpCode);
  });

  test('every create mode has the flags that the facts give', () => {
    const rows = facts.filter((fact) => /^CM-[1-7]$/.test(fact.id)).map((fact) => fact.text.split(' · '));
    const plain = (name: string | undefined) => name?.replaceAll('_', '').toLowerCase();
    expect(Object.fromEntries(rows.map((cells) => [plain(cells[0]), numberIn(cells[1])]))).toEqual(
      Object.fromEntries(Object.entries(CreateMode).map(([name, flags]) => [name.toLowerCase(), flags])),
    );
  });
});

describeServers('frames', (server) => {
  const running = startedOnce(server);

  test('a length below zero closes the connection without a reply', async () => {
    using session = await openSession(running.port);
    session.connection.sendBytes(Buffer.from('ffffffff', 'hex'));
    expect(await session.connection.receiveRest()).toHaveLength(0);
    proves('FR-02');
  });

  test('a frame of 1048575 bytes is taken, a length above that closes the connection', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/large');
    // 8 bytes of header, the path with its length, the length of the data, the version.
    const data = Buffer.alloc(0xfffff - 8 - 10 - 4 - 4, 'x');
    const { stat } = await session.ok('setData', { path: '/large', data, version: -1 });
    expect(stat.dataLength).toBe(data.length);
    session.connection.sendBytes(framed(Buffer.alloc(0x100000)).subarray(0, 4));
    expect(await session.connection.receiveRest()).toHaveLength(0);
    proves('FR-01', 'FR-02');
  });

  test('a first frame that is too long closes the connection without a reply', async () => {
    using connection = await connectRaw(running.port);
    connection.sendBytes(Buffer.from('00100000', 'hex'));
    expect(await connection.receiveRest()).toHaveLength(0);
    proves('FR-02');
  });

  test('a frame may come in single bytes', async () => {
    using session = await openSession(running.port);
    for (const byte of framed(Buffer.from('fffffffe0000000b', 'hex'))) session.connection.sendBytes(Buffer.of(byte));
    expect((await session.reply()).header).toMatchObject({ xid: -2, err: 0 });
    proves('FR-01');
  });

  test('an empty frame, or half a header, closes the connection', async () => {
    for (const bytes of ['', '000000']) {
      using session = await openSession(running.port);
      session.connection.send(Buffer.from(bytes, 'hex'));
      expect(await session.connection.receiveRest()).toHaveLength(0);
    }
  });

  test('in place of a first frame a four-letter word is answered with text', async () => {
    expect(await fourLetterWord(running.port, 'ruok')).toBe('imok');
    const srvr = await fourLetterWord(running.port, 'srvr');
    expect(srvr).toMatch(
      /^Zookeeper version: \S.*\nLatency min\/avg\/max: \d+\/[\d.]+\/\d+\nReceived: \d+\nSent: \d+\nConnections: \d+\nOutstanding: \d+\nZxid: 0x[\da-f]+\nMode: standalone\nNode count: \d+\n$/,
    );
    const stat = await fourLetterWord(running.port, 'stat');
    expect(stat).toMatch(
      /^Zookeeper version: \S.*\nClients:\n( \/127\.0\.0\.1:\d+\[\d+\]\(queued=\d+,recved=\d+,sent=\d+\)\n)+\nLatency /,
    );
    const envi = await fourLetterWord(running.port, 'envi');
    expect(envi).toMatch(/^Environment:\nzookeeper\.version=\S/);
    for (const key of ['host.name', 'os.name', 'os.arch', 'os.version', 'user.name', 'user.home', 'user.dir']) {
      expect(envi).toMatch(new RegExp(`^${key}=\\S`, 'm'));
    }
    proves('FR-01', 'FL-09', 'FL-10', 'FL-11', 'FL-06');
  });

  test("telnet's close ends the connection", async () => {
    using connection = await connectRaw(running.port);
    connection.sendBytes(Buffer.from('fff4fffd', 'hex'));
    expect(await connection.receiveRest()).toHaveLength(0);
    proves('FL-18', 'FR-01');
  });

  test('a four-letter word is only one before there is a session', async () => {
    using session = await openSession(running.port);
    session.connection.sendBytes(Buffer.from('ruok'));
    // As a length it is too large.
    expect(await session.connection.receiveRest()).toHaveLength(0);
    proves('FR-01');
  });
});

describeServers('four-letter words off the white list', (server) => {
  const running = startedOnce(server, { config: { '4lw.commands.whitelist': 'srvr' } });

  test('are refused in words', async () => {
    expect(await fourLetterWord(running.port, 'ruok')).toBe(
      'ruok is not executed because it is not in the whitelist.\n',
    );
    expect(await fourLetterWord(running.port, 'srvr')).toContain('Mode: standalone');
    proves('CF-20');
  });
});

describeServers('headers', (server) => {
  const running = startedOnce(server);

  test('replies come in the order of the requests, however many are under way', async () => {
    using session = await openSession(running.port);
    const sent: number[] = [];
    for (let i = 0; i < 50; i++) {
      sent.push(session.send('create', createRequest(`/pipelined-${i}`)));
      sent.push(session.send('exists', { path: `/pipelined-${i}`, watch: false }));
      sent.push(session.send('getData', { path: `/missing-${i}`, watch: false }));
      sent.push(session.send('ping', null));
    }
    const received: number[] = [];
    const errors: number[] = [];
    while (received.length < sent.length) {
      const { header } = await session.reply();
      received.push(header.xid);
      errors.push(header.err);
    }
    expect(received).toEqual(sent);
    // A session sees its own writes, and a failure carries no body: a longer one would have been read as a header.
    expect(errors.slice(0, 4)).toEqual([0, 0, -101, 0]);
    proves('FR-05', 'FR-03', 'FR-04', 'PR-18');
  });

  test('a reply carries the last transaction that the server has applied', async () => {
    using writer = await openSession(running.port);
    using reader = await openSession(running.port);
    const { zxid } = await writer.call('create', createRequest('/counted'));
    const read = await reader.call('getData', { path: '/counted', watch: false });
    expect(read.zxid).toBe(zxid);
    expect(read.response?.stat.czxid).toBe(zxid);
    expect((await reader.call('getData', { path: '/not-there', watch: false })).zxid).toBe(zxid);
    expect((await reader.call('ping', null)).zxid).toBe(zxid);
    proves('FR-04');
  });

  test('a write that fails takes a zxid too', async () => {
    using session = await openSession(running.port);
    const { zxid: before } = await session.call('create', createRequest('/taken'));
    const failed = await session.call('create', createRequest('/taken'));
    expect(failed).toMatchObject({ err: -110, zxid: before + 1n });
    expect((await session.call('delete', { path: '/taken', version: 7 })).zxid).toBe(before + 2n);
    proves('PR-03');
  });

  test('any xid is given back as it came', async () => {
    using session = await openSession(running.port);
    for (const xid of [1, 2_147_483_647, 1, 0, 77, 5, -7, -2_147_483_648]) {
      session.send('exists', { path: '/', watch: false }, xid);
      expect((await session.reply()).header.xid).toBe(xid);
    }
    proves('XID-5');
  });

  test('setWatches is answered with the -8 that the C client sends, or with another number', async () => {
    using session = await openSession(running.port);
    const nothing = {
      relativeZxid: (await session.call('ping', null)).zxid,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
    };
    for (const xid of [-8, 3]) {
      session.send('setWatches', nothing, xid);
      expect(session.answer('setWatches', await session.reply()).err).toBe(0);
      expect(session.transcript.at(-1)).toBe(`reply ${xid}`);
    }
    proves('XID-4', 'OP-24');
  });

  test('a ping has the number -2, and so has its reply', async () => {
    using session = await openSession(running.port);
    session.sendRaw(OpCode.ping, Buffer.alloc(0), -2);
    const { header, body } = await session.reply();
    expect(header).toMatchObject({ xid: -2, err: 0 });
    expect(body.remainingBytes).toBe(0);
    proves('XID-2', 'OP-11', 'FR-03');
  });

  test('an auth packet has the number -4; world is no scheme to log in with', async () => {
    using session = await openSession(running.port);
    const digest = Buffer.from(
      '00000000 00000006 646967657374 00000009 7573 65723a70617373'.replaceAll(' ', ''),
      'hex',
    );
    session.sendRaw(OpCode.auth, digest, -4);
    expect((await session.reply()).header).toMatchObject({ xid: -4, err: 0 });
    session.sendRaw(OpCode.auth, Buffer.from('00000000 00000005 776f726c64 00000000'.replaceAll(' ', ''), 'hex'), -4);
    expect((await session.reply()).header).toMatchObject({ xid: -4, err: -115 });
    expect(await session.connection.receiveRest()).toHaveLength(0);
    proves('XID-3', 'OP-23', 'AU-1');
  });

  test('an unknown operation is answered with -6, then the connection ends', async () => {
    for (const type of [0, 10, 23, 99, 1000, -2, -1]) {
      using session = await openSession(running.port);
      session.sendRaw(type, Buffer.alloc(0));
      const { header, body } = await session.reply();
      expect(header, `opcode ${type}`).toMatchObject({ xid: 1, err: -6 });
      expect(body.remainingBytes).toBe(0);
      expect(await session.connection.receiveRest()).toHaveLength(0);
    }
    proves('FR-07', 'OP-01', 'PR-17');
  });

  const undecodable = [
    { type: OpCode.getData, what: 'a read' },
    { type: OpCode.exists, what: 'another read' },
    { type: OpCode.create, what: 'a write' },
    { type: OpCode.setData, what: 'another write' },
    { type: OpCode.multi, what: 'a multi' },
  ];
  for (const { type, what } of undecodable) {
    test(`${what} with a body that ends early (opcode ${type}) is answered with -5; the session goes on`, async () => {
      using session = await openSession(running.port);
      session.sendRaw(type, Buffer.from('00', 'hex'));
      expect((await session.reply()).header).toMatchObject({ xid: 1, err: -5 });
      session.sendRaw(type, Buffer.from('000000ff2f', 'hex'));
      expect((await session.reply()).header).toMatchObject({ xid: 2, err: -5 });
      expect((await session.call('ping', null)).err).toBe(0);
      proves('FR-08');
    });
  }
});

describeServers('operations', (server) => {
  const running = startedOnce(server, { config: { extendedTypesEnabled: 'true' } });

  test('every operation on nodes has its reply', async () => {
    using session = await openSession(running.port);
    expect(await session.ok('create', createRequest('/a', { data: 'one' }))).toEqual({ path: '/a' });
    expect(await session.ok('create2', createRequest('/b'))).toMatchObject({
      path: '/b',
      stat: { version: 0, dataLength: 0 },
    });
    expect((await session.ok('exists', { path: '/a', watch: false })).stat).toMatchObject({ dataLength: 3 });
    const read = await session.ok('getData', { path: '/a', watch: false });
    expect(read).toMatchObject({ data: Buffer.from('one'), stat: { version: 0 } });
    expect((await session.ok('setData', setDataRequest('/a', 'four'))).stat).toMatchObject({
      version: 1,
      dataLength: 4,
    });
    expect(await session.ok('getACL', { path: '/a' })).toMatchObject({ acl: OPEN_ACL, stat: { aversion: 0 } });
    const readOnly = [{ perms: 1 | 16, id: { scheme: 'world', id: 'anyone' } }];
    expect((await session.ok('setACL', { path: '/a', acl: readOnly, version: 0 })).stat).toMatchObject({ aversion: 1 });
    expect((await session.ok('getACL', { path: '/a' })).acl).toEqual(readOnly);
    await createNode(session, '/b/c');
    expect(await session.ok('getChildren', { path: '/b', watch: false })).toEqual({ children: ['c'] });
    const children2 = await session.ok('getChildren2', { path: '/b', watch: false });
    expect(children2).toMatchObject({ children: ['c'], stat: { numChildren: 1 } });
    expect(await session.call('delete', deleteRequest('/b/c'))).toMatchObject({ err: 0, response: null });
    proves('OP-02', 'OP-03', 'OP-04', 'OP-05', 'OP-06', 'OP-07', 'OP-08', 'OP-09', 'OP-12', 'OP-15');
    proves('JR-01', 'JR-02', 'JR-03', 'JR-10', 'JR-13', 'JR-14', 'JR-15', 'JR-17', 'JR-21', 'JR-23', 'JR-24', 'JR-26');
    proves('JR-33', 'JR-34', 'JR-35', 'JR-39', 'JR-40', 'JR-41', 'JR-42', 'JR-43', 'JR-44', 'JR-46', 'JR-47');
  });

  test('sync gives back any path, looked up or not', async () => {
    using session = await openSession(running.port);
    for (const path of ['/', '/not-there', 'no path at all'])
      expect(await session.ok('sync', { path })).toEqual({ path });
    proves('OP-10', 'JR-31', 'JR-32');
  });

  test('whoAmI tells the identities of the connection', async () => {
    using session = await openSession(running.port);
    expect(await session.ok('whoAmI', null)).toEqual({ clientInfo: [{ authScheme: 'ip', user: '127.0.0.1' }] });
    proves('OP-30', 'JR-52', 'JR-05');
  });

  test('getEphemerals lists those of the own session below a prefix', async () => {
    using session = await openSession(running.port);
    using other = await openSession(running.port);
    await createNode(session, '/mine-1', { flags: CreateMode.ephemeral });
    await createNode(session, '/mine-2', { flags: CreateMode.ephemeral });
    await createNode(other, '/mine-3', { flags: CreateMode.ephemeral });
    const { ephemerals } = await session.ok('getEphemerals', { prefixPath: '/' });
    expect(ephemerals?.sort()).toEqual(['/mine-1', '/mine-2']);
    expect(await session.ok('getEphemerals', { prefixPath: '/mine-2' })).toEqual({ ephemerals: ['/mine-2'] });
    expect(await session.ok('getEphemerals', { prefixPath: '/mine-3' })).toEqual({ ephemerals: [] });
    proves('OP-26', 'JR-50', 'JR-51');
  });

  test('getAllChildrenNumber counts all descendants', async () => {
    using session = await openSession(running.port);
    for (const path of ['/many', '/many/a', '/many/a/b', '/many/c', '/many-not']) await createNode(session, path);
    expect(await session.ok('getAllChildrenNumber', { path: '/many' })).toEqual({ totalNumber: 3 });
    expect((await session.call('getAllChildrenNumber', { path: '/none' })).err).toBe(-101);
    proves('OP-27', 'JR-25', 'JR-45');
  });

  test('check stands only inside a multi', async () => {
    if (!server.has('3.8.6/3.9.3')) {
      // 3.8.0 makes a transaction of it and then fails to answer; what comes after it is answered.
      using session = await openSession(running.port);
      const { zxid: before } = await session.call('ping', null);
      session.send('check', { path: '/', version: 0 });
      expect((await session.call('ping', null)).zxid).toBe(before + 1n);
      expect(session.transcript).toEqual(['reply -2', 'reply -2']);
      proves('DV-03');
      return;
    }
    using session = await openSession(running.port);
    expect((await session.call('check', { path: '/', version: 0 })).err).toBe(-6);
    expect(await session.connection.receiveRest()).toHaveLength(0);
    proves('OP-13', 'DV-03');
  });

  test('reconfig is refused: there is no ensemble', async () => {
    using session = await openSession(running.port);
    const request = Buffer.alloc(4 + 4 + 4 + 8, 0xff);
    session.sendRaw(OpCode.reconfig, request);
    expect((await session.reply()).header.err).toBe(-123);
    proves('OP-16', 'JR-16');
  });

  const kinds = [
    { row: 'CM-1', flags: CreateMode.persistent, sequential: false },
    { row: 'CM-2', flags: CreateMode.ephemeral, sequential: false },
    { row: 'CM-3', flags: CreateMode.persistentSequential, sequential: true },
    { row: 'CM-4', flags: CreateMode.ephemeralSequential, sequential: true },
  ];
  for (const { row, flags, sequential } of kinds) {
    test(`flags ${flags} make their kind of node`, async () => {
      using session = await openSession(running.port);
      await createNode(session, `/kind-${flags}`);
      await createNode(session, `/kind-${flags}/before`).catch(() => null);
      const path = await createNode(session, `/kind-${flags}/n`, { flags });
      expect(path).toBe(`/kind-${flags}/n${sequential ? '0000000001' : ''}`);
      const isEphemeral = flags === CreateMode.ephemeral || flags === CreateMode.ephemeralSequential;
      expect((await statOf(session, path)).ephemeralOwner).toBe(isEphemeral ? session.id : 0n);
      proves(row);
    });
  }

  test('a container has an operation of its own, and shows no owner', async () => {
    using session = await openSession(running.port);
    const request = createRequest('/container', { flags: CreateMode.container });
    const { path, stat } = await session.ok('createContainer', request);
    expect({ path, owner: stat.ephemeralOwner }).toEqual({ path: '/container', owner: 0n });
    // It may have children, as no ephemeral node may.
    await createNode(session, '/container/child');
    proves('CM-5', 'OP-19', 'EO-5', 'DT-03');
  });

  test('the operation makes the container, not the flags', async () => {
    using session = await openSession(running.port);
    const request = createRequest('/by-opcode', { flags: CreateMode.persistentSequential });
    expect((await session.ok('createContainer', request)).path).toMatch(/^\/by-opcode\d{10}$/);
    await createNode(session, '/by-flags', { flags: CreateMode.container });
    expect((await session.call('createContainer', { ...request, flags: 7 })).err).toBe(-8);
    expect((await session.call('createContainer', { ...request, flags: 5 })).err).toBe(-8);
    expect((await session.call('create', { ...request, flags: 5 })).err).toBe(-8);
    expect((await session.call('createTTL', { ...request, flags: 0, ttl: 1 })).err).toBe(-8);
    proves('CM-5');
  });

  test('a node with a time to live has an operation of its own, and shows no owner', async () => {
    using session = await openSession(running.port);
    const request = { ...createRequest('/ttl', { flags: CreateMode.persistentWithTtl }), ttl: 100_000_000 };
    const { path, stat } = await session.ok('createTTL', request);
    expect({ path, owner: stat.ephemeralOwner }).toEqual({ path: '/ttl', owner: 0n });
    const sequential = { ...request, path: '/ttl/n', flags: CreateMode.persistentSequentialWithTtl };
    expect((await session.ok('createTTL', sequential)).path).toBe('/ttl/n0000000000');
    proves('CM-6', 'CM-7', 'OP-21', 'JR-22', 'EO-5', 'DT-03');
  });

  test('a time to live must be 1 ms to 2^40 - 1 ms', async () => {
    using session = await openSession(running.port);
    const request = createRequest('/ttl-limit', { flags: CreateMode.persistentWithTtl });
    for (const ttl of [0, -1, 2 ** 40])
      expect((await session.call('createTTL', { ...request, ttl })).err, `${ttl}`).toBe(-8);
    expect((await session.call('createTTL', { ...request, ttl: 2 ** 40 - 1 })).err).toBe(0);
    proves('EO-1');
  });

  test('flags that mean nothing are refused with -8', async () => {
    using session = await openSession(running.port);
    for (const flags of [7, -1, 100])
      expect((await session.call('create', createRequest('/flags', { flags }))).err).toBe(-8);
    proves('CM-8');
  });
});

describeServers('nodes with a time to live where they are not enabled', (server) => {
  const running = startedOnce(server);

  test('are refused with -6', async () => {
    using session = await openSession(running.port);
    const request = createRequest('/ttl', { flags: CreateMode.persistentWithTtl });
    expect((await session.call('createTTL', { ...request, ttl: 1000 })).err).toBe(-6);
    proves('CM-6', 'CF-21');
  });
});

describeServers('multi', (server) => {
  const running = startedOnce(server);
  const create = (path: string, flags = 0): MultiStep => ({
    type: OpCode.create,
    record: createRequest(path, { flags }),
  });
  const remove = (path: string, version = -1): MultiStep => ({
    type: OpCode.delete,
    record: deleteRequest(path, version),
  });
  const set = (path: string, data: string, version = -1): MultiStep => ({
    type: OpCode.setData,
    record: setDataRequest(path, data, version),
  });
  const check = (path: string | null, version: number): MultiStep => ({
    type: OpCode.check,
    record: { path, version },
  });

  test('all steps succeed, in one transaction', async () => {
    using session = await openSession(running.port);
    const steps = [create('/m'), create('/m/s', 2), set('/m', 'x', 0), check('/m', 1), remove('/m/s0000000000', 0)];
    const { err, zxid, response } = await session.call('multi', steps);
    expect(err).toBe(0);
    expect(response).toMatchObject([
      { type: OpCode.create, path: '/m' },
      { type: OpCode.create, path: '/m/s0000000000' },
      { type: OpCode.setData, stat: { version: 1, dataLength: 1 } },
      { type: OpCode.check },
      { type: OpCode.delete },
    ]);
    const stat = await statOf(session, '/m');
    expect(stat).toMatchObject({ czxid: zxid, mzxid: zxid, pzxid: zxid, ctime: stat.mtime });
    proves('MU-1', 'MU-2', 'MU-3', 'OP-14', 'PR-04', 'JR-11', 'JR-27');
  });

  test('one step fails: nothing happens, and each step says how it went', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/f');
    const { zxid: before } = await session.call('ping', null);
    const { err, zxid, response } = await session.call('multi', [
      create('/f/a'),
      set('/f', 'x'),
      remove('/none'),
      create('/f/b'),
      check('/', 0),
    ]);
    expect(err).toBe(0);
    expect(zxid).toBe(before + 1n);
    expect(response).toEqual([0, 0, -101, -2, -2].map((error) => ({ type: OpCode.error, error })));
    expect(await session.ok('getChildren2', { path: '/f', watch: false })).toMatchObject({
      children: [],
      stat: { version: 0, cversion: 0 },
    });
    proves('MU-6', 'MU-7', 'MU-3', 'JR-38', 'PR-04');
  });

  test('the bytes of a failed step: a header with its code, and the code again', async () => {
    using session = await openSession(running.port);
    session.send('multi', [remove('/none')]);
    const { body } = await session.reply();
    const bytes = Array.from({ length: body.remainingBytes }, () => body.readByte() & 0xff);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      ['ffffffff', '00', 'ffffff9b', 'ffffff9b', 'ffffffff', '01', 'ffffffff'].join(''),
    );
    proves('MU-3', 'MU-6');
  });

  const failures: { what: string; step: (base: string) => MultiStep; error: number }[] = [
    { what: 'a check of another version', step: (base) => check(base, 5), error: -103 },
    { what: 'a check of a node that is not there', step: (base) => check(`${base}/none`, 0), error: -101 },
    { what: 'a create of a node that is there', step: (base) => create(base), error: -110 },
    { what: 'a create below a node that is not there', step: (base) => create(`${base}/none/x`), error: -101 },
    { what: 'a delete of a node with children', step: (base) => remove(base), error: -111 },
    { what: 'a delete of another version', step: (base) => remove(`${base}/kid`, 3), error: -103 },
    { what: 'a setData of another version', step: (base) => set(base, '', 9), error: -103 },
  ];
  for (const [number, { what, step, error }] of failures.entries()) {
    test(`${what} fails a multi with ${error}`, async () => {
      using session = await openSession(running.port);
      const base = `/failures-${number}`;
      await createNode(session, base);
      await createNode(session, `${base}/kid`);
      expect(await session.ok('multi', [create(`${base}/new`), step(base)])).toEqual([
        { type: OpCode.error, error: 0 },
        { type: OpCode.error, error },
      ]);
      expect((await statOf(session, base)).numChildren).toBe(1);
      proves('MU-6', 'OP-14');
    });
  }

  test('steps see what earlier steps did', async () => {
    using session = await openSession(running.port);
    const steps = [
      create('/seen'),
      create('/seen/a'),
      remove('/seen/a'),
      set('/seen', '1', 0),
      set('/seen', '2', 1),
      check('/seen', 2),
    ];
    expect((await session.ok('multi', steps)).map((result) => result.type)).toEqual([1, 1, 2, 5, 5, 13]);
    expect(await statOf(session, '/seen')).toMatchObject({ version: 2, cversion: 2, numChildren: 0 });
    proves('PR-04');
  });

  test('create2 in a multi', async () => {
    using session = await openSession(running.port);
    const steps: MultiStep[] = [{ type: OpCode.create2, record: createRequest('/create2-in-multi') }];
    const [result] = await session.ok('multi', steps);
    if (server.has('3.8.2/3.7.2/3.9.0')) {
      expect(result).toMatchObject({ type: OpCode.create2, path: '/create2-in-multi', stat: { version: 0 } });
    } else {
      expect(result).toEqual({ type: OpCode.create, path: '/create2-in-multi' });
    }
    proves('MU-5', 'DV-04');
  });

  test('flags count in a multi: those of a container make one, and createTTL needs its own', async () => {
    using session = await openSession(running.port);
    const { flags: _, ...plain } = createRequest('/flags-in-multi');
    const results = await session.ok('multi', [
      { type: OpCode.create, record: { ...plain, flags: CreateMode.container } },
      { type: OpCode.createTTL, record: { ...plain, path: '/no-ttl-in-multi', flags: 0, ttl: 1 } },
    ]);
    expect(results).toMatchObject([
      { type: OpCode.create2, path: '/flags-in-multi' },
      { type: OpCode.create, path: '/no-ttl-in-multi' },
    ]);
    if (server.has('3.9.0')) {
      const unknown: MultiStep[] = [{ type: OpCode.create, record: { ...plain, flags: 7 } }];
      expect((await session.call('multi', unknown)).err).toBe(-5);
    }
    proves('CM-8');
  });

  test('a step without a path, or with an id that is missing, fails the whole with -5', async () => {
    using session = await openSession(running.port);
    // Not `call`: 3.8.0 sends bytes behind the error.
    session.send('multi', [create('/whole'), check(null, -1)]);
    expect((await session.reply()).header.err).toBe(-5);
    const acl = [{ perms: 31, id: { scheme: 'world', id: null } }];
    const nobody: MultiStep = { type: OpCode.create, record: createRequest('/whole', { acl }) };
    expect((await session.call('multi', [create('/first'), nobody])).err).toBe(-5);
    expect((await session.call('exists', { path: '/first', watch: false })).err).toBe(-101);
    const reads: MultiStep[] = [{ type: OpCode.getData, record: { path: null, watch: false } }];
    session.send('multiRead', reads);
    expect((await session.reply()).header.err).toBe(-5);
    proves('MU-11');
  });

  test('a container in a multi is answered as create2 is', async () => {
    using session = await openSession(running.port);
    const record = createRequest('/container-in-multi', { flags: CreateMode.container });
    const [result] = await session.ok('multi', [{ type: OpCode.createContainer, record }]);
    expect(result).toMatchObject({ type: OpCode.create2, path: '/container-in-multi', stat: { version: 0 } });
    proves('MU-4');
  });

  test('a multi without steps does nothing', async () => {
    using session = await openSession(running.port);
    expect(await session.ok('multi', [])).toEqual([]);
    proves('MU-9');
  });

  test('reads in one request: each succeeds or fails for itself', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/read', { data: 'abc' });
    await createNode(session, '/read/kid');
    const results = await session.ok('multiRead', [
      { type: OpCode.getData, record: { path: '/read', watch: false } },
      { type: OpCode.getData, record: { path: '/none', watch: false } },
      { type: OpCode.getChildren, record: { path: '/read', watch: false } },
    ]);
    expect(results).toMatchObject([
      { type: OpCode.getData, data: Buffer.from('abc'), stat: { numChildren: 1 } },
      { type: OpCode.error, error: -101 },
      { type: OpCode.getChildren, children: ['kid'] },
    ]);
    proves('MU-8', 'MU-3', 'OP-22');
  });

  test('reads in one request set no watches, asked or not', async () => {
    using session = await openSession(running.port);
    await createNode(session, '/unwatched');
    const steps: MultiStep[] = [OpCode.getData, OpCode.getChildren].map((type) => ({
      type,
      record: { path: '/unwatched', watch: true },
    }));
    await session.ok('multiRead', steps);
    await createNode(session, '/unwatched/kid');
    await session.ok('setData', setDataRequest('/unwatched', 'x'));
    expect(await session.notificationsSoFar()).toEqual([]);
    proves('MU-8');
  });

  test('a read among writes is refused with -5', async () => {
    using session = await openSession(running.port);
    const steps: MultiStep[] = [create('/mixed'), { type: OpCode.getData, record: { path: '/', watch: false } }];
    expect((await session.call('multi', steps)).err).toBe(-5);
    proves('MU-2');
  });

  test('a step of another kind is refused with -5', async () => {
    using session = await openSession(running.port);
    const header = (type: number, done: boolean) =>
      `${(type >>> 0).toString(16).padStart(8, '0')}${done ? '01' : '00'}ffffffff`;
    session.sendRaw(OpCode.multi, Buffer.from(`${header(OpCode.sync, false)}000000012f${header(-1, true)}`, 'hex'));
    expect((await session.reply()).header.err).toBe(-5);
    proves('MU-2');
  });
});
