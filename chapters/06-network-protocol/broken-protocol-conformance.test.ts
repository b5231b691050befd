/**
 * What a client gets that breaks the protocol: the same from our server as from Apache's. And nobody else notices.
 */
import { Buffer } from 'node:buffer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { proves } from '#testing/proves.js';
import { ConnectionClosedError, connectRaw, framed, type RawConnection } from '#testing/raw-connection.node.js';
import { openSession, type RawSession } from '#testing/raw-session.node.js';
import { createNode, setDataRequest, statOf } from '#testing/requests.js';
import { describeServers, startedOnce } from '#testing/servers.js';

/** Bytes from hexadecimal digits; blanks are for the reader. */
const bytes = (...hex: string[]): Buffer => Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
const int = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
const string = (text: string): string => int(Buffer.byteLength(text)) + Buffer.from(text).toString('hex');
const NULL = int(-1);
const NO_WATCH = '00';
const openAcl = `${int(1)} ${int(31)} ${string('world')} ${string('anyone')}`;
const create = (path: string, acl = openAcl, flags = 0): string => `${path} ${string('x')} ${acl} ${int(flags)}`;
const step = (type: number, body: string): string => `${int(type)} 00 ffffffff ${body}`;
const endOfSteps = `${int(-1)} 01 ffffffff`;

/** These errors end the connection. Apache's server may answer a few more requests before it does. */
const CLOSING = [-6, -115];

/** What the server answers to a request: its error, or that it only closed the connection. */
async function answerTo(session: RawSession, opcode: number, body: string): Promise<string> {
  session.sendRaw(opcode, bytes(body), 77);
  try {
    const { header } = await session.reply();
    if (header.xid !== 77) return `a reply to ${header.xid}`;
    if (CLOSING.includes(header.err)) {
      await session.connection.closed;
      return `${header.err}, closed`;
    }
    await session.call('ping', null);
    return String(header.err);
  } catch (error) {
    if (!(error instanceof ConnectionClosedError)) throw error;
    return 'closed';
  }
}

describeServers('a client that breaks the protocol', (server) => {
  const running = startedOnce(server);
  const ours = server.name === 'zoowalk';
  let bystander: RawSession;

  beforeAll(async () => {
    bystander = await openSession(running.port, { timeoutMs: 40_000 });
    await createNode(bystander, '/there', { data: 'data' });
    await createNode(bystander, '/seen');
    await bystander.ok('getData', { path: '/seen', watch: true });
  });

  /** Its watch is still set, and its session lives. */
  afterAll(async () => {
    using other = await openSession(running.port);
    await other.ok('setData', setDataRequest('/seen', 'x'));
    expect((await bystander.notificationsSoFar()).map(({ path }) => path)).toEqual(['/seen']);
    expect(await statOf(bystander, '/there')).toMatchObject({ version: 0, numChildren: 0 });
    bystander[Symbol.dispose]();
  });

  type Case = readonly [what: string, opcode: number, body: string, answer: string];

  const strings: readonly Case[] = [
    ['a path of -2 bytes', OpCode.getData, `${int(-2)} ${NO_WATCH}`, '-5'],
    ['a path of 2^31 - 1 bytes', OpCode.getData, `${int(0x7fffffff)} ${NO_WATCH}`, '-5'],
    ['a path longer than its frame', OpCode.getData, `${int(3)} 2f61`, '-5'],
    ['a path that is no UTF-8', OpCode.getData, `${int(3)} 2fff41 ${NO_WATCH}`, '-101'],
    ['a new path that is no UTF-8', OpCode.create, create(`${int(3)} 2fff41`), '-8'],
    ['data of -2 bytes', OpCode.setData, `${string('/there')} ${int(-2)} ${int(-1)}`, '-5'],
    ['data of 2^31 - 1 bytes', OpCode.setData, `${string('/there')} ${int(0x7fffffff)} ${int(-1)}`, '-5'],
    ['2^31 - 1 lines of an ACL', OpCode.create, create(string('/acl'), int(0x7fffffff)), '-5'],
    ['-2 lines of an ACL', OpCode.create, create(string('/acl'), int(-2)), ours ? '-5' : '-114'],
    ['no list of lines of an ACL', OpCode.create, create(string('/acl'), NULL), '-114'],
    [
      'a line of an ACL without an id',
      OpCode.create,
      create(string('/acl'), `${int(1)} ${int(31)} ${NULL} ${NULL}`),
      '-114',
    ],
    ['a truth of 7', OpCode.exists, `${string('/there')} 07`, '0'],
    ['more bytes than the request has', OpCode.getChildren, `${string('/there')} ${NO_WATCH} 01020304`, '0'],
    ['a body where there is none', OpCode.whoAmI, '01020304', '0'],
  ];
  for (const [what, opcode, body, answer] of strings) {
    test(`${what} (opcode ${opcode}): ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
      proves('JU-03', 'JU-05', 'FR-08');
    });
  }

  const withoutPath: readonly Case[] = [
    ['create', OpCode.create, create(NULL), '-5'],
    ['create2', OpCode.create2, create(NULL), '-5'],
    ['createContainer', OpCode.createContainer, create(NULL, openAcl, 4), '-5'],
    ['delete', OpCode.delete, `${NULL} ${int(-1)}`, '-5'],
    ['exists', OpCode.exists, `${NULL} ${NO_WATCH}`, '-5'],
    ['getData', OpCode.getData, `${NULL} ${NO_WATCH}`, '-5'],
    ['setData', OpCode.setData, `${NULL} ${NULL} ${int(-1)}`, '-8'],
    ['getACL', OpCode.getACL, NULL, '-5'],
    ['setACL', OpCode.setACL, `${NULL} ${openAcl} ${int(-1)}`, '-8'],
    ['getChildren', OpCode.getChildren, `${NULL} ${NO_WATCH}`, '-5'],
    ['getChildren2', OpCode.getChildren2, `${NULL} ${NO_WATCH}`, '-5'],
    ['getAllChildrenNumber', OpCode.getAllChildrenNumber, NULL, '-5'],
    ['getEphemerals', OpCode.getEphemerals, NULL, '0'],
    ['sync', OpCode.sync, NULL, '0'],
    ['addWatch', OpCode.addWatch, `${NULL} ${int(0)}`, '0'],
    ['checkWatches', OpCode.checkWatches, `${NULL} ${int(2)}`, server.has('3.9.0') ? '-121' : '-5'],
    ['removeWatches', OpCode.removeWatches, `${NULL} ${int(2)}`, '-121'],
    ['setWatches', OpCode.setWatches, `${int(0)}${int(0)} ${int(1)} ${NULL} ${int(0)} ${int(0)}`, '-5'],
    ['check in a multi', OpCode.multi, `${step(OpCode.check, `${NULL} ${int(-1)}`)} ${endOfSteps}`, '-5'],
  ];
  for (const [what, opcode, body, answer] of withoutPath) {
    test(`${what} without a path: ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
      proves('PA-4');
    });
  }

  const lists: readonly Case[] = [
    ['no list of data watches', OpCode.setWatches, `${int(0)}${int(0)} ${NULL} ${int(0)} ${int(0)}`, '-5'],
    ['no list of child watches', OpCode.setWatches, `${int(0)}${int(0)} ${int(0)} ${int(0)} ${NULL}`, '-5'],
    ['-2 data watches', OpCode.setWatches, `${int(0)}${int(0)} ${int(-2)} ${int(0)} ${int(0)}`, ours ? '-5' : '0'],
    [
      'no list of persistent ones',
      OpCode.setWatches2,
      `${int(0)}${int(0)} ${int(0).repeat(3)} ${NULL} ${int(0)}`,
      '-5',
    ],
    ['a list that ends early', OpCode.setWatches2, `${int(0)}${int(0)} ${int(0).repeat(3)}`, '-5'],
  ];
  for (const [what, opcode, body, answer] of lists) {
    test(`setWatches with ${what}: ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
    });
  }

  test('setWatches does what stands before the fault: it is told first, and then -5', async () => {
    using session = await openSession(running.port);
    const seenBefore = `${int(0)}${int(0)} ${int(2)} ${string('/there')} ${NULL} ${int(0)} ${int(0)}`;
    session.sendRaw(OpCode.setWatches, bytes(seenBefore), 5);
    expect((await session.reply()).header).toMatchObject({ xid: 5, err: -5 });
    expect(session.transcript).toEqual(['event /there', 'reply 5']);
  });

  const multis: readonly Case[] = [
    ['a multi in a multi', OpCode.multi, `${step(OpCode.multi, endOfSteps)} ${endOfSteps}`, '-5'],
    ['a multi without an end', OpCode.multi, step(OpCode.delete, `${string('/none')} ${int(-1)}`), '-5'],
    ['a multi of nothing at all', OpCode.multi, '', '-5'],
    ['a multi whose step ends early', OpCode.multi, step(OpCode.delete, string('/none')), '-5'],
    [
      'a multi of reads alone',
      OpCode.multi,
      `${step(OpCode.getData, `${string('/there')} ${NO_WATCH}`)} ${endOfSteps}`,
      '-5',
    ],
    [
      'a multiRead of a write',
      OpCode.multiRead,
      `${step(OpCode.delete, `${string('/none')} ${int(-1)}`)} ${endOfSteps}`,
      '-5',
    ],
    ['a multiRead without steps', OpCode.multiRead, endOfSteps, '0'],
  ];
  for (const [what, opcode, body, answer] of multis) {
    test(`${what}: ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
      proves('MU-2');
    });
  }

  // What clients have no business with is no operation for them: see the facts of this chapter.
  const unknown: readonly Case[] = [
    ['notification', OpCode.notification, '', '-6, closed'],
    ['error', OpCode.error, '', '-6, closed'],
    ['10, which nobody uses', 10, '', '-6, closed'],
    ['a large number', 0x7fffffff, '', '-6, closed'],
    ['a negative number', -100, '', '-6, closed'],
    ['deleteContainer', OpCode.deleteContainer, string('/there'), ours ? '-6, closed' : '-8'],
    ['createSession', OpCode.createSession, int(5000), ours ? '-6, closed' : 'a reply to 0'],
    ['sasl, which is not set up', OpCode.sasl, string('token'), ours ? '-6, closed' : '0'],
    ['sasl without a token', OpCode.sasl, NULL, ours ? '-6, closed' : 'closed'],
    ['sasl with half a token', OpCode.sasl, int(5), ours ? '-6, closed' : 'closed'],
  ];
  for (const [what, opcode, body, answer] of unknown) {
    test(`the operation ${what}: ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
    });
  }

  const auths: readonly Case[] = [
    ['that ends early', OpCode.auth, int(0), 'closed'],
    ['without a scheme', OpCode.auth, `${int(0)} ${NULL} ${NULL}`, '-115, closed'],
    ['of an unknown scheme', OpCode.auth, `${int(0)} ${string('magic')} ${string('x')}`, '-115, closed'],
    ['of digest without proof', OpCode.auth, `${int(0)} ${string('digest')} ${NULL}`, '-115, closed'],
    ['of digest without a colon', OpCode.auth, `${int(0)} ${string('digest')} ${string('x')}`, '0'],
    ['of world', OpCode.auth, `${int(0)} ${string('world')} ${string('anyone')}`, '-115, closed'],
    ['of ip', OpCode.auth, `${int(0)} ${string('ip')} ${string('127.0.0.1')}`, '0'],
    ['of another type', OpCode.auth, `${int(99)} ${string('digest')} ${string('a:b')}`, '0'],
  ];
  for (const [what, opcode, body, answer] of auths) {
    test(`an auth packet ${what}: ${answer}`, async () => {
      using session = await openSession(running.port);
      expect(await answerTo(session, opcode, body)).toBe(answer);
    });
  }

  test('a second ConnectRequest is no request: -6 for the operation 0, and the connection ends', async () => {
    using session = await openSession(running.port);
    session.connection.send(bytes(int(0), int(0), int(0), int(30000), int(0), int(0), int(16), '00'.repeat(16), '00'));
    expect((await session.reply()).header).toMatchObject({ xid: 0, err: -6 });
    expect(await session.connection.receiveRest()).toHaveLength(0);
  });

  test('requests behind a closeSession are not done: they are answered with -112, or not at all', async () => {
    using session = await openSession(running.port);
    const { zxid } = await session.call('ping', null);
    session.send('closeSession', null);
    for (let i = 0; i < 3; i++) session.send('create', { path: '/late', data: null, acl: [], flags: 0 });
    session.send('getData', { path: '/there', watch: false });
    expect((await session.reply()).header).toMatchObject({ xid: 1, err: 0 });
    const rest = await session.connection.receiveRest();
    for (let at = 0; at < rest.length; at += 4 + rest.readInt32BE(at)) expect(rest.readInt32BE(at + 16)).toBe(-112);
    expect(zxid).toBeGreaterThan(0n);
  });

  // ------------------------------------------------------------------------------------------ first frames

  const connect = (...parts: string[]): Buffer => framed(bytes(...parts));
  const zero = int(0).repeat(2);

  async function connectWith(first: Buffer): Promise<{ connection: RawConnection; answer: Buffer | null }> {
    const connection = await connectRaw(running.port);
    connection.sendBytes(first);
    const answer = await connection.receive().catch((error) => {
      if (!(error instanceof ConnectionClosedError)) throw error;
      return null;
    });
    return { connection, answer };
  }

  const passwd = `${int(16)}${'00'.repeat(16)}`;
  const firstFrames: readonly (readonly [what: string, bytes: Buffer, answer: 'session' | 'refused' | 'closed'])[] = [
    ['of another protocol version', connect(int(7), zero, int(5000), zero, passwd, '00'), 'session'],
    ['without a password', connect(int(0), zero, int(5000), zero, NULL, '00'), 'session'],
    ['with a password of 3 bytes', connect(int(0), zero, int(5000), zero, int(3), '010203', '00'), 'session'],
    ['with a password of -2 bytes', connect(int(0), zero, int(5000), zero, int(-2), '00'), 'closed'],
    ['with a password of 2^31 - 1 bytes', connect(int(0), zero, int(5000), zero, int(0x7fffffff), '00'), 'closed'],
    ['with a time-out of -1', connect(int(0), zero, int(-1), zero, passwd, '00'), 'session'],
    ['with more bytes than it has', connect(int(0), zero, int(5000), zero, passwd, '00', '0102030405'), 'session'],
    ['that has seen zxid -1', connect(int(0), int(-1).repeat(2), int(5000), zero, passwd, '00'), 'session'],
    ['for session -1', connect(int(0), zero, int(5000), int(-1).repeat(2), passwd, '00'), 'refused'],
    ['for a session, without a password', connect(int(0), zero, int(5000), int(1).repeat(2), NULL, '00'), 'refused'],
    ['that wants to read only', connect(int(0), zero, int(5000), zero, passwd, '01'), 'session'],
    ['of no bytes', connect(''), 'closed'],
    ['of one byte', connect('00'), 'closed'],
    ['that is HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 'closed'],
    ['that is TLS', bytes('16030100c8010000c40303'), 'closed'],
  ];
  for (const [what, first, expected] of firstFrames) {
    test(`a first frame ${what}: ${expected}`, async () => {
      const { connection, answer } = await connectWith(first);
      using _ = connection;
      const isSession = answer !== null && answer.readInt32BE(4) > 0;
      expect(answer === null ? 'closed' : isSession ? 'session' : 'refused').toBe(expected);
      if (expected === 'session') return;
      expect(await connection.receiveRest()).toHaveLength(0);
    });
  }

  test('requests that come before the session is there wait for it', async () => {
    using connection = await connectRaw(running.port);
    const ping = framed(bytes(int(-2), int(OpCode.ping)));
    const data = framed(bytes(int(4), int(OpCode.getData), string('/there'), NO_WATCH));
    connection.sendBytes(Buffer.concat([connect(int(0), zero, int(5000), zero, passwd, '00'), ping, data, ping]));
    expect((await connection.receive()).length).toBe(37);
    const xids: number[] = [];
    for (let i = 0; i < 3; i++) xids.push((await connection.receive()).readInt32BE(0));
    expect(xids).toEqual([-2, 4, -2]);
    proves('HS-8');
  });

  test('a four-letter word may come letter by letter, and what follows it is nothing', async () => {
    using connection = await connectRaw(running.port);
    for (const letter of 'ruok') connection.sendBytes(Buffer.from(letter));
    expect((await connection.receiveRest()).toString()).toBe('imok');
    using longer = await connectRaw(running.port);
    longer.sendBytes(Buffer.from('ruok\r\nstat\n'));
    expect((await longer.receiveRest()).toString()).toBe('imok');
  });

  test('many of them at once leave the server as it was', async () => {
    const before = Number(/Connections: (\d+)/.exec(await fourLetterWord(running.port, 'srvr'))?.[1]);
    for (let i = 0; i < 20; i++) {
      const connection = await connectRaw(running.port);
      connection.sendBytes(i % 2 === 0 ? bytes('7fffffff') : connect('0000'));
      await connection.closed;
    }
    const after = Number(/Connections: (\d+)/.exec(await fourLetterWord(running.port, 'srvr'))?.[1]);
    expect(after).toBe(before);
  });
});
