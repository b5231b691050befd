/** The client against a server that does what the test says, in a simulated world. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK, ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Connection, Network } from '#00-introduction/world.js';
import { BinaryInputArchive } from '#04-serialization/binary-archive.js';
import type { Stat } from '#05-jute/records/data.js';
import {
  AuthPacket,
  GetDataRequest,
  GetDataResponse,
  SetDataRequest,
  SetDataResponse,
  SetWatches,
  SetWatches2,
} from '#05-jute/records/proto.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { nextXid } from '#10-client-cnxn/client-cnxn.js';
import { type ConnectOptions, connect } from '#10-client-cnxn/connect.js';
import {
  type ScriptedConnection,
  ScriptedServer,
  type ScriptedServerOptions,
  type SentRequest,
} from '#10-client-cnxn/scripted-server.js';
import type { WatchedEvent } from '#10-client-cnxn/watched-event.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { proves } from '#testing/proves.js';

const stat: Stat = {
  czxid: zxid(1n),
  mzxid: zxid(2n),
  ctime: 3,
  mtime: 4,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: sessionId(0n),
  dataLength: 1,
  numChildren: 0,
  pzxid: zxid(11n),
};

/** One client machine, and servers by their names. Time-outs are 30 s where a test does not say otherwise. */
class Stage {
  readonly simulation: Simulation;
  /** Results and events as the program sees them, in order. */
  readonly seen: string[] = [];

  constructor(seed = 1, conditions = CALM_NETWORK) {
    this.simulation = new Simulation({ seed });
    Object.assign(this.simulation.network.conditions, conditions);
  }

  server(options: ScriptedServerOptions = {}, name = 'server'): Promise<ScriptedServer> {
    return ScriptedServer.start(this.simulation.machine(name), options);
  }

  get world() {
    return this.simulation.machine('client').world;
  }

  get log(): string[] {
    return this.simulation.machine('client').logEntries.map(({ message }) => message);
  }

  connect(connectString = 'server', options: ConnectOptions = {}): Promise<ZooKeeper> {
    return this.simulation.settle(connect(this.world, connectString, { watcher: this.watcher, ...options }));
  }

  /** A client and its server. */
  async pair(options: ScriptedServerOptions = {}): Promise<{ zk: ZooKeeper; server: ScriptedServer }> {
    const server = await this.server(options);
    return { server, zk: await this.connect() };
  }

  readonly watcher = (event: WatchedEvent): void => {
    this.seen.push(event.path === null ? event.state : `${event.type} ${event.path}`);
  };

  /** Notes how a call ends. */
  note(name: string, promise: Promise<unknown>): void {
    promise.then(
      () => this.seen.push(`${name} ok`),
      (error: unknown) => this.seen.push(`${name} ${error instanceof KeeperException ? error.message : String(error)}`),
    );
  }

  until(holds: () => boolean): Promise<void> {
    return this.simulation.runUntil(holds);
  }

  runFor(ms: number): Promise<void> {
    return this.simulation.runFor(ms);
  }
}

const dataReply = (connection: ScriptedConnection, xid: number, text: string, zxidNumber = 5): void =>
  connection.reply(xid, zxidNumber, 0, GetDataResponse, { data: Buffer.from(text), stat });

describe('the handshake', () => {
  test('is what Apache sends, and takes an answer of 37 or 36 bytes', async () => {
    for (const withByte of [true, false]) {
      const stage = new Stage();
      const { zk, server } = await stage.pair({
        onConnect: (connection) => connection.grant(20_000, sessionId(0x77n), Buffer.alloc(16, 9), withByte),
      });
      expect(server.last.connectRequestBytes).toBe(45);
      expect(server.last.connectRequest).toEqual({
        protocolVersion: 0,
        lastZxidSeen: 0n,
        timeOut: 30_000,
        sessionId: 0n,
        passwd: Buffer.alloc(16),
        readOnly: false,
      });
      expect([zk.sessionId, zk.sessionTimeoutMs]).toEqual([0x77n, 20_000]);
      expect(zk.sessionPassword).toEqual(Buffer.alloc(16, 9));
    }
    proves('HS-1', 'HS-2');
  });

  test('nothing else is sent before the answer', async () => {
    const stage = new Stage();
    const server = await stage.server({ onConnect: () => {} });
    const connecting = connect(stage.world, 'server', { auth: [{ scheme: 'digest', auth: 'u:p' }] });
    await stage.runFor(100);
    expect(server.last.connectRequest).not.toBeNull();
    expect(server.last.requests).toEqual([]);
    server.last.grant(30_000);
    await stage.simulation.settle(connecting);
    await stage.runFor(10);
    expect(server.last.requests.map(({ xid, type }) => [xid, type])).toEqual([[-4, OpCode.auth]]);
  });

  test('a server that closes without an answer: the next one is asked', async () => {
    const stage = new Stage();
    const rude = await stage.server({ onConnect: (connection) => connection.connection.destroy() }, 'rude');
    const kind = await stage.server({}, 'kind');
    const zk = await stage.connect('rude,kind');
    expect(zk.state).toBe('SyncConnected');
    expect(kind.connections).toHaveLength(1);
    expect(rude.connections.length).toBeLessThanOrEqual(1);
    proves('HS-4');
  });

  test('a server that does not answer is given up when its part of the time-out is over', async () => {
    const stage = new Stage();
    const mute = { onConnect: () => {} };
    const servers = [await stage.server(mute, 'a'), await stage.server(mute, 'b'), await stage.server(mute, 'c')];
    const failing = connect(stage.world, 'a,b,c', { sessionTimeoutMs: 30_000, connectTimeoutMs: 90_000 });
    stage.note('connect', failing);
    const triedAfter: number[] = [];
    for (let seconds = 0; seconds < 25; seconds++) {
      await stage.runFor(1000);
      triedAfter.push(servers.filter(({ connections }) => connections.length === 1).length);
    }
    // Each has ten seconds, and before the second and the third there is a pause of up to one.
    expect(triedAfter[9]).toBe(1);
    expect(triedAfter[11]).toBe(2);
    expect(triedAfter[19]).toBe(2);
    expect(triedAfter[23]).toBe(3);
    proves('CL-05');
  });
});

describe('connect', () => {
  test('says why it failed', async () => {
    const stage = new Stage();
    stage.simulation.machine('server');
    await expect(stage.connect('server', { connectTimeoutMs: 5000 })).rejects.toThrow(
      /^no server of "server" gave a session within 5000 ms; the last failure: cannot connect to server:2181: connection refused/,
    );
    expect(Math.round(stage.simulation.nowMs)).toBe(5000);
    const eventCount = stage.simulation.eventCount;
    await stage.runFor(60_000);
    expect(stage.simulation.eventCount - eventCount).toBeLessThan(5);
  });

  test.each([
    ['server:0', 'is no port'],
    ['', 'the name of a server is missing'],
  ])('a wrong connect string, %j, is a rejection', async (text, message) => {
    await expect(new Stage().connect(text)).rejects.toThrow(message);
  });

  test('what is no session and no proof is a rejection', async () => {
    const session = { id: 7 as never, password: Buffer.alloc(16) };
    await expect(new Stage().connect('server', { session })).rejects.toThrow('session must be');
    const auth = [{ scheme: 'digest', auth: 5 as never }];
    await expect(new Stage().connect('server', { auth })).rejects.toThrow('a scheme and its proof');
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31])('a session time-out of %d is a rejection', async (sessionTimeoutMs) => {
    await expect(new Stage().connect('server', { sessionTimeoutMs })).rejects.toThrow('sessionTimeoutMs must be');
  });
});

describe('requests', () => {
  test('of one turn leave in one write, numbered from 1', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    const before = server.last.chunkCount;
    for (let i = 0; i < 100; i++) stage.note('', zk.getData(`/n${i}`));
    await stage.runFor(10);
    expect(server.last.chunkCount - before).toBe(1);
    expect(server.last.requests.map(({ xid }) => xid)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    expect(GetDataRequest.read(new BinaryInputArchive(server.last.requests[7]?.body as Buffer))).toEqual({
      path: '/n7',
      watch: false,
    });
    proves('FR-03', 'XID-5');
  });

  test('their numbers begin again before they get too large', () => {
    expect([0, 1, 2 ** 31 - 3, 2 ** 31 - 2, 2 ** 31 - 1].map(nextXid)).toEqual([1, 2, 2 ** 31 - 2, 1, 1]);
    proves('XID-5');
  });

  test('a reply out of order closes the connection; all that were sent fail', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    for (const path of ['/a', '/b', '/c']) stage.note(path, zk.getData(path));
    await stage.runFor(10);
    stage.seen.length = 0;
    server.last.together(() => {
      dataReply(server.last, 1, 'a');
      dataReply(server.last, 3, 'c');
      dataReply(server.last, 2, 'b');
    });
    await stage.runFor(10);
    expect(stage.seen).toEqual(['/a ok', '/b ConnectionLoss for /b', '/c ConnectionLoss for /c', 'Disconnected']);
    expect(stage.log.at(-1)).toContain('a reply with the number 3 came, but number 2 is due');
    expect(server.connections[0]?.isOpen).toBe(false);
    proves('FR-06');
  });

  test.each<[string, (connection: ScriptedConnection) => void, string]>([
    ['a reply to another request', (c) => c.reply(9, 5), 'the number 9 came, but number 1 is due'],
    ['a body that ends early', (c) => c.reply(1, 5), 'bytes expected'],
    ['a length that is too large', (c) => c.send(Buffer.from('7fffffff', 'hex')), 'Unreasonable length of a frame'],
    ['a negative length', (c) => c.send(Buffer.from('ffffffff', 'hex')), 'Unreasonable length of a frame'],
    ['a frame without a header', (c) => c.sendFrame((archive) => archive.writeInt(1)), 'bytes expected'],
  ])('%s closes the connection', async (_, send, message) => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    stage.note('read', zk.getData('/a'));
    await stage.runFor(10);
    stage.seen.length = 0;
    send(server.last);
    await stage.runFor(10);
    expect(stage.seen).toEqual(['read ConnectionLoss for /a', 'Disconnected']);
    expect(stage.log.at(-1)).toContain(message);
    await stage.runFor(5000);
    expect(stage.seen.at(-1)).toBe('SyncConnected');
    proves('FR-02');
  });

  test('a reply that nobody waits for closes the connection', async () => {
    const stage = new Stage();
    const { server } = await stage.pair();
    server.last.reply(1, 5);
    await stage.runFor(10);
    expect(stage.log.at(-1)).toContain('a reply with the number 1 came, but no request waits for one');
    expect(server.connections[0]?.isOpen).toBe(false);
  });

  test('an event that no server sends closes the connection', async () => {
    const stage = new Stage();
    const { server } = await stage.pair();
    server.last.event('None', '/a');
    await stage.runFor(10);
    expect(stage.log.at(-1)).toContain('an event of type -1');
  });

  test('what is wrong with a call is said without sending anything', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    await expect(zk.getData('a')).rejects.toThrow('"a" is no path of a node: it does not start with /');
    await expect(zk.create('/a/')).rejects.toThrow('it ends with /');
    await expect(zk.create('/a', 7 as never)).rejects.toThrow('data must be bytes');
    await expect(zk.create('/a', '', { mode: 9 as never })).rejects.toThrow('9 is no mode');
    await expect(zk.create('/a', '', { ttlMs: 5 })).rejects.toThrow('needs a mode with a TTL');
    await expect(zk.create('/a', '', { mode: 5 })).rejects.toThrow('must be a whole number from 1');
    await expect(zk.getData(undefined as never)).rejects.toThrow('undefined is no path of a node: it is no string');
    expect(() => zk.addAuthInfo(7 as never, 'u:p')).toThrow('a scheme and its proof');
    expect(() => zk.addAuthInfo('digest', null as never)).toThrow('a scheme and its proof');
    zk.setDefaultWatcher(null);
    await expect(zk.getData('/a', { watch: true })).rejects.toThrow('needs a default watcher');
    const mixed = [
      { op: 'getData', path: '/a' },
      { op: 'delete', path: '/a' },
    ] as const;
    await expect(zk.multi(mixed)).rejects.toThrow('all read');
    await expect(
      zk.multi([
        { op: 'check', path: '/ok', version: 1 },
        { op: 'delete', path: '' },
      ]),
    ).rejects.toThrow('step 1 of a multi: "" is no path');
    await stage.runFor(10);
    expect(server.last.requests).toEqual([]);
    proves('CL-28');
  });

  test('one that can not be written fails alone', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    stage.note('a', zk.getData('/a'));
    stage.note(
      'wrong',
      zk.delete('/b', 'x' as never).then(() => {}),
    );
    stage.note('acl', zk.setACL('/b', [{ perms: 1 } as never]));
    stage.note('c', zk.getData('/c'));
    await stage.runFor(10);
    const sent = server.last.requests.map(({ xid, type }) => [xid, type]);
    expect(sent[0]).toEqual([1, OpCode.getData]);
    expect(sent.at(-1)?.[1]).toBe(OpCode.getData);
    for (const { xid, type } of server.last.requests) {
      if (type === OpCode.getData) dataReply(server.last, xid, '');
      else server.last.reply(xid, 5);
    }
    await stage.runFor(10);
    expect(stage.seen.filter((text) => text.endsWith(' ok'))).toContain('c ok');
    expect(stage.seen.find((text) => text.startsWith('acl'))).toContain('TypeError');
  });

  test('a server that does not read is not sent more and more', async () => {
    const stage = new Stage();
    const server = await stage.server({
      onRequest: (connection, { xid }) => connection.reply(xid, 5, 0, SetDataResponse, { stat }),
    });
    const { world } = stage;
    const clientSide: Connection[] = [];
    const network: Network = {
      listen: world.network.listen,
      connect(address, handler) {
        const connection = world.network.connect(address, handler);
        clientSide.push(connection);
        return connection;
      },
    };
    const zk = await stage.simulation.settle(connect({ ...world, network }, 'server'));
    server.last.connection.pause();
    let answered = 0;
    for (let i = 0; i < 100; i++) {
      void zk.setData('/big', Buffer.alloc(100_000)).then(() => {
        answered++;
      });
    }
    await stage.runFor(50);
    expect(answered).toBe(0);
    expect(clientSide[0]?.unsentBytes).toBeGreaterThan(900_000);
    expect(clientSide[0]?.unsentBytes).toBeLessThan(1_300_000);
    server.last.connection.resume();
    await stage.until(() => answered === 100);
    expect(server.last.requests).toHaveLength(100);
  });

  test('that were sent fail before those that still wait for it', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    server.last.connection.pause();
    for (let i = 0; i < 100; i++) stage.note(String(i), zk.setData('/big', Buffer.alloc(100_000)));
    await stage.runFor(50);
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    await stage.runFor(10);
    const expected = Array.from({ length: 100 }, (_, i) => `${i} ConnectionLoss for /big`);
    expect(stage.seen).toEqual(['SyncConnected', ...expected, 'Disconnected']);
  });
});

describe('results and events', () => {
  test('of one chunk reach the program in the order of the chunk', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    const read = async (path: string) => {
      const { data } = await zk.getData(path, { watch: stage.watcher });
      // As deep in promises as a program may be.
      for (let i = 0; i < 20; i++) await Promise.resolve();
      stage.seen.push(`${path} ${data}`);
    };
    const reads = [read('/a'), read('/b'), read('/c')];
    await stage.runFor(10);
    stage.seen.length = 0;
    server.last.together(() => {
      dataReply(server.last, 1, '1');
      server.last.event('NodeDataChanged', '/a');
      dataReply(server.last, 2, '2');
      server.last.event('NodeDeleted', '/b');
      server.last.event('NodeCreated', '/b');
      dataReply(server.last, 3, '3');
    });
    await stage.simulation.settle(Promise.all(reads));
    expect(stage.seen).toEqual(['/a 1', 'NodeDataChanged /a', '/b 2', 'NodeDeleted /b', '/c 3']);
    proves('CL-18', 'FR-05');
  });

  test('a watch that throws is noted, the others are called', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    const broken = () => {
      throw new Error('broken');
    };
    stage.note('1', zk.getData('/a', { watch: broken }));
    stage.note('2', zk.getData('/a', { watch: stage.watcher }));
    await stage.runFor(10);
    dataReply(server.last, 1, '');
    dataReply(server.last, 2, '');
    server.last.event('NodeDataChanged', '/a');
    await stage.runFor(10);
    expect(stage.seen).toEqual(['SyncConnected', '1 ok', '2 ok', 'NodeDataChanged /a']);
    expect(stage.log.at(-1)).toContain('a watch threw an error when it was told NodeDataChanged /a');
  });

  test('session events go to the default watcher and to all watches', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    const other: string[] = [];
    stage.note('read', zk.getData('/a', { watch: ({ type, state, path }) => other.push(`${type} ${state} ${path}`) }));
    await stage.runFor(10);
    dataReply(server.last, 1, '');
    await stage.runFor(10);
    server.last.connection.destroy();
    await stage.until(() => server.connections.length === 2);
    await stage.runFor(100);
    expect(other).toEqual(['None Disconnected null', 'None SyncConnected null']);
    expect(stage.seen).toEqual(['SyncConnected', 'read ok', 'Disconnected', 'SyncConnected']);
    proves('CL-12');
  });
});

describe('a connection that is idle', () => {
  test('is pinged after a third of the time-out, at the latest after ten seconds', async () => {
    for (const [timeoutMs, intervalMs] of [
      [6000, 2000],
      [90_000, 10_000],
    ] as const) {
      const stage = new Stage();
      const { server } = await stage.pair({ onConnect: (connection) => connection.grant(timeoutMs) });
      await stage.runFor(intervalMs - 50);
      expect(server.last.pingCount).toBe(0);
      await stage.runFor(100);
      expect(server.last.pingCount).toBe(1);
      await stage.runFor(9 * intervalMs);
      expect(server.last.pingCount).toBe(10);
      expect(server.connections).toHaveLength(1);
    }
    proves('CL-06', 'XID-2');
  });

  test('is not pinged while requests are sent', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({ onRequest: (connection, { xid }) => dataReply(connection, xid, '') });
    for (let i = 0; i < 30; i++) {
      await stage.simulation.settle(zk.getData('/a'));
      await stage.runFor(2000);
    }
    expect(server.last.pingCount).toBe(0);
    proves('CL-06');
  });

  test('is given up when nothing came for two thirds of the time-out', async () => {
    const stage = new Stage();
    const { zk } = await stage.pair();
    const other = await stage.server({}, 'other');
    stage.simulation.network.partition('client', 'server');
    await stage.runFor(19_000);
    expect(zk.state).toBe('SyncConnected');
    await stage.runFor(1500);
    expect(zk.state).toBe('Disconnected');
    expect(stage.log.at(-1)).toContain('not a word from the server for 20000 ms');
    expect(other.connections).toEqual([]);
    proves('CL-05');
  });
});

describe('a lost connection', () => {
  test('fails what was sent, then tells Disconnected, then goes on with the session on the next server', async () => {
    const stage = new Stage();
    const first = await stage.server({}, 'one');
    const second = await stage.server({}, 'two');
    const zk = await stage.connect('one,two');
    const [server, next] = first.connections.length === 1 ? [first, second] : [second, first];
    stage.note('1', zk.setData('/a', ''));
    await stage.runFor(10);
    server.last.reply(1, 42, 0, SetDataResponse, { stat });
    server.last.event('NodeCreated', '/nobody', 99);
    stage.note('2', zk.getData('/b'));
    await stage.runFor(10);
    server.last.connection.destroy();
    stage.note('3', zk.getData('/c'));
    await stage.until(() => next.connections.length === 1 && zk.state === 'SyncConnected');
    await stage.runFor(10);
    expect(stage.seen).toEqual([
      'SyncConnected',
      '1 ok',
      '2 ConnectionLoss for /b',
      '3 ConnectionLoss for /c',
      'Disconnected',
      'SyncConnected',
    ]);
    expect(next.last.connectRequest).toMatchObject({
      sessionId: 0x1234n,
      passwd: Buffer.alloc(16, 5),
      lastZxidSeen: 42n,
    });
    proves('CL-07', 'CL-08', 'CL-27');
  });

  test('before each attempt there is a pause, of random length when a server had answered before', async () => {
    const startsOf = async (seed: number, isReached: boolean): Promise<number[]> => {
      const stage = new Stage(seed);
      const starts: number[] = [];
      stage.simulation.machine('server');
      stage.simulation.onEvent(({ kind }) => {
        if (kind === 'connect') starts.push(stage.simulation.nowMs);
      });
      if (isReached) {
        const { server } = await stage.pair();
        stage.simulation.machine('server').kill();
        await stage.until(() => !server.last.isOpen || starts.length > 1);
        starts.length = 0;
      } else {
        stage.note('connect', connect(stage.world, 'server'));
      }
      await stage.until(() => starts.length === 5);
      return starts.map((at, i) => Math.round(at - (starts[i - 1] ?? at))).slice(1);
    };
    // Two milliseconds go by until the server's machine says no.
    expect(await startsOf(1, false)).toEqual([1002, 1002, 1002, 1002]);
    const lengths = new Set<number>();
    for (let seed = 0; seed < 5; seed++) {
      for (const length of await startsOf(seed, true)) {
        expect(length).toBeGreaterThanOrEqual(1002);
        expect(length).toBeLessThanOrEqual(2002);
        lengths.add(length);
      }
    }
    expect(lengths.size).toBeGreaterThan(15);
    proves('CL-07');
  });

  test('of the servers, the next one is tried without the pause that comes after a whole round', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const stage = new Stage(seed);
      stage.simulation.machine('dead');
      const server = await stage.server({}, 'live');
      const zk = await stage.connect('dead,live');
      server.last.connection.destroy();
      await stage.until(() => zk.state === 'Disconnected');
      const lostAtMs = stage.simulation.nowMs;
      let nextAtMs = 0;
      stage.simulation.onEvent(({ kind }) => {
        if (kind === 'connect' && nextAtMs === 0) nextAtMs = stage.simulation.nowMs;
      });
      await stage.until(() => nextAtMs > 0);
      expect(nextAtMs - lostAtMs).toBeLessThanOrEqual(1000);
    }
    proves('CL-07');
  });

  test('requests that wait for a connection fail with the attempt that failed', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    stage.simulation.machine('server').kill();
    stage.note('waiting', zk.getData('/a'));
    await stage.runFor(3000);
    expect(stage.seen).toEqual(['SyncConnected', 'Disconnected', 'waiting ConnectionLoss for /a']);
    proves('CL-08');
  });

  test('requests that wait for a connection are sent when there is one', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({ onRequest: (connection, { xid }) => dataReply(connection, xid, '') });
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    stage.note('waiting', zk.getData('/a'));
    await stage.runFor(3000);
    expect(stage.seen).toEqual(['SyncConnected', 'Disconnected', 'SyncConnected', 'waiting ok']);
  });

  test('who the client is, and then its watches, come before all else on the new connection', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({
      onRequest: (connection, { xid, type }) => answer(connection, xid, type),
    });
    zk.addAuthInfo('digest', 'u:p');
    const watch = stage.watcher;
    stage.note('data', zk.getData('/data', { watch }));
    stage.note('exist', zk.exists('/exist', { watch }));
    stage.note('child', zk.getData('/failed', { watch }));
    await stage.runFor(10);
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    stage.note('queued', zk.getData('/queued'));
    await stage.until(() => server.connections.length === 2 && server.last.requests.length === 3);
    const [auth, setWatches, queued] = server.last.requests;
    expect(auth).toMatchObject({ xid: -4, type: OpCode.auth });
    expect(AuthPacket.read(new BinaryInputArchive(auth?.body as Buffer))).toEqual({
      type: 0,
      scheme: 'digest',
      auth: Buffer.from('u:p'),
    });
    expect(setWatches?.type).toBe(OpCode.setWatches);
    expect(SetWatches.read(new BinaryInputArchive(setWatches?.body as Buffer))).toEqual({
      relativeZxid: 5n,
      dataWatches: ['/data'],
      existWatches: ['/exist'],
      childWatches: [],
    });
    expect(queued?.type).toBe(OpCode.getData);
    proves('CL-10', 'CL-11', 'CL-14', 'HS-7');
  });

  test('watches that stay are set again with SetWatches2', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({
      onRequest: (connection, { xid, type }) => answer(connection, xid, type),
    });
    stage.note('1', zk.addWatch('/p', { watch: stage.watcher }));
    stage.note('2', zk.addWatch('/r', { watch: stage.watcher, recursive: true }));
    await stage.runFor(10);
    server.last.connection.destroy();
    await stage.until(() => server.connections.length === 2 && server.last.requests.length === 1);
    const [setWatches2] = server.last.requests;
    expect(setWatches2?.type).toBe(OpCode.setWatches2);
    expect(SetWatches2.read(new BinaryInputArchive(setWatches2?.body as Buffer))).toMatchObject({
      persistentWatches: ['/p'],
      persistentRecursiveWatches: ['/r'],
    });
    proves('CL-10');
  });
});

/** Good replies to what the tests above ask. */
function answer(connection: ScriptedConnection, xid: number, type: number): void {
  if (type === OpCode.getData && connection.requests.length === 4) connection.reply(xid, 5, ErrorCode.NoNode);
  else if (type === OpCode.getData) dataReply(connection, xid, '');
  else if (type === OpCode.exists) connection.reply(xid, 5, ErrorCode.NoNode);
  else if (type === OpCode.addWatch) connection.sendFrame((archive) => archive.writeRaw(addWatchReply(xid)));
  else connection.reply(xid, 5);
}

function addWatchReply(xid: number): Buffer {
  const bytes = Buffer.alloc(20);
  bytes.writeInt32BE(xid);
  bytes.writeBigInt64BE(5n, 4);
  return bytes;
}

describe('a session that has expired', () => {
  test('is told once, fails everything, and is not tried again', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({
      onConnect: (connection, request) => (request.sessionId === 0n ? connection.grant(30_000) : connection.refuse()),
    });
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    stage.note('queued', zk.getData('/a'));
    await stage.until(() => zk.state === 'Expired');
    stage.note('later', zk.getData('/b'));
    await stage.simulation.settle(zk.close());
    await stage.runFor(60_000);
    expect(stage.seen).toEqual([
      'SyncConnected',
      'Disconnected',
      'queued SessionExpired for /a',
      'Expired',
      'later SessionExpired for /b',
    ]);
    expect(server.connections).toHaveLength(2);
    proves('HS-3', 'CL-08');
  });

  test('is found out without a server, a third of the time-out after it', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    const lastHeardMs = stage.simulation.nowMs;
    stage.simulation.machine('server').kill();
    await stage.until(() => zk.state === 'Expired');
    expect(Math.round((stage.simulation.nowMs - lastHeardMs) / 100)).toBe(400);
    await stage.runFor(10);
    expect(stage.seen).toEqual(['SyncConnected', 'Disconnected', 'Expired']);
    expect(server.connections).toHaveLength(1);
    proves('CL-09');
  });

  test('is not found out when a server was reached in between', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    for (let i = 0; i < 10; i++) {
      await stage.runFor(15_000);
      server.last.connection.destroy();
      await stage.until(() => zk.state === 'Disconnected');
      await stage.until(() => zk.state === 'SyncConnected');
    }
    await stage.runFor(60_000);
    expect(stage.seen).not.toContain('Expired');
  });

  test('handed over and expired: connect says so', async () => {
    const stage = new Stage();
    await stage.server({ onConnect: (connection) => connection.refuse() });
    const session = { id: sessionId(7n), password: Buffer.alloc(16, 1) };
    await expect(stage.connect('server', { session })).rejects.toMatchObject({ code: ErrorCode.SessionExpired });
    proves('CL-26');
  });
});

describe('a wrong proof of who the client is', () => {
  test('is the end of the client', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair({
      onRequest: (connection, { xid, type }) => {
        if (type === OpCode.auth) connection.reply(xid, 0, ErrorCode.AuthFailed);
      },
    });
    stage.note('sent', zk.getData('/a'));
    zk.addAuthInfo('digest', 'u:wrong');
    await stage.runFor(10);
    stage.note('later', zk.getData('/b'));
    await stage.runFor(60_000);
    expect(stage.seen).toEqual(['SyncConnected', 'sent AuthFailed for /a', 'AuthFailed', 'later AuthFailed for /b']);
    expect(zk.state).toBe('AuthFailed');
    expect(server.connections).toHaveLength(1);
    proves('AU-1', 'CL-08');
  });
});

describe('close', () => {
  test('sends closeSession behind what was asked before, and waits for the answer', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    stage.note('before', zk.getData('/a'));
    stage.note('close', zk.close());
    stage.note('after', zk.getData('/b'));
    stage.note('again', zk.close());
    await stage.runFor(10);
    expect(server.last.requests.map(({ xid, type }) => [xid, type])).toEqual([
      [1, OpCode.getData],
      [2, OpCode.closeSession],
    ]);
    expect(zk.state).toBe('SyncConnected');
    dataReply(server.last, 1, '');
    server.last.reply(2, 6);
    server.last.connection.end();
    await stage.runFor(60_000);
    expect(stage.seen).toEqual([
      'SyncConnected',
      'after SessionExpired for /b',
      'before ok',
      'close ok',
      'again ok',
      'Closed',
    ]);
    expect(zk.state).toBe('Closed');
    expect(server.connections).toHaveLength(1);
    proves('CS-1', 'CL-21');
  });

  test('comes to an end when the connection does', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    stage.note('sent', zk.getData('/a'));
    stage.note('close', zk.close());
    await stage.runFor(10);
    server.last.connection.destroy();
    await stage.runFor(60_000);
    expect(stage.seen).toEqual(['SyncConnected', 'sent ConnectionLoss for /a', 'close ok', 'Closed']);
    expect(server.connections).toHaveLength(1);
  });

  test('comes to an end when the server says nothing more', async () => {
    const stage = new Stage();
    const { zk } = await stage.pair();
    stage.simulation.network.partition('client', 'server');
    await stage.simulation.settle(zk.close());
    expect(stage.simulation.nowMs).toBeLessThan(21_000);
    expect(zk.state).toBe('Closed');
  });

  test('without a connection ends at once, and for good', async () => {
    const stage = new Stage();
    const { zk, server } = await stage.pair();
    server.last.connection.destroy();
    await stage.until(() => zk.state === 'Disconnected');
    await stage.simulation.settle(zk.close());
    await stage.runFor(60_000);
    expect(stage.seen).toEqual(['SyncConnected', 'Disconnected', 'Closed']);
    expect(server.connections).toHaveLength(1);
    expect(stage.simulation.isIdle).toBe(true);
  });

  test('during the handshake ends the session that the server grants', async () => {
    const stage = new Stage();
    let isFirst = true;
    const { zk, server } = await stage.pair({
      onConnect: (connection) => {
        if (isFirst) connection.grant(30_000);
        isFirst = false;
      },
      onRequest: (connection, { xid }) => connection.reply(xid, 7),
    });
    server.last.connection.destroy();
    await stage.until(() => server.connections.length === 2 && server.last.connectRequest !== null);
    const closing = zk.close();
    server.last.grant(30_000);
    await stage.simulation.settle(closing);
    expect(server.last.requests.map(({ type }) => type)).toEqual([OpCode.closeSession]);
    expect(zk.state).toBe('Closed');
  });

  test('during the handshake of a session that turns out to be over is a close all the same', async () => {
    const stage = new Stage();
    let isFirst = true;
    const { zk, server } = await stage.pair({
      onConnect: (connection) => {
        if (isFirst) connection.grant(30_000);
        isFirst = false;
      },
    });
    server.last.connection.destroy();
    await stage.until(() => server.connections.length === 2 && server.last.connectRequest !== null);
    const closing = zk.close();
    server.last.refuse();
    await stage.simulation.settle(closing);
    await stage.runFor(10);
    expect(stage.seen).toEqual(['SyncConnected', 'Disconnected', 'Closed']);
  });
});

describe('on a rough network', () => {
  test('replies are in order, events come before what follows them, and what fails fails with ConnectionLoss', async () => {
    let lostInAll = 0;
    for (let seed = 0; seed < 20; seed++) {
      const stage = new Stage(seed, { ...ROUGH_NETWORK, breakChance: 0, holdWriteChance: 1 / 2 });
      const { network, random } = stage.simulation;
      let version = 0;
      const server = await stage.server({ onRequest: setData });
      const zk = await stage.connect('server', { connectTimeoutMs: 600_000 });
      const outcomes: number[] = [];
      let toldVersion = 0;
      const watch = ({ path }: WatchedEvent) => {
        if (path !== null) toldVersion = Number(path.slice(1));
      };
      await stage.simulation.settle(zk.addWatch('/', { watch, recursive: true }));
      for (let i = 0; i < 200; i++) {
        const sent = zk.setData('/a', String(i)).then(
          (reply) => {
            outcomes.push(reply.mtime === i && toldVersion >= reply.version ? reply.version : Number.NaN);
          },
          (error: KeeperException) => {
            outcomes.push(error.code === ErrorCode.ConnectionLoss ? 0 : Number.NaN);
          },
        );
        if (i % 7 === 0) await stage.simulation.settle(sent);
        if (random.integer(3) === 0) await stage.runFor(0.3);
        if (random.integer(40) === 0) network.breakConnections('client', 'server');
      }
      await stage.until(() => outcomes.length === 200);
      // Only the test breaks connections: neither side ever found a reason in what the other sent.
      expect(stage.log.filter((line) => /a reply with|bytes|Unreasonable/.test(line))).toEqual([]);
      const versions = outcomes.filter((outcome) => outcome !== 0);
      lostInAll += 200 - versions.length;
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions.every((outcome) => outcome >= 1)).toBe(true);
      const seen = server.connections.map(({ connectRequest }) => connectRequest?.lastZxidSeen ?? 0n);
      expect(seen).toEqual([...seen].sort((a, b) => Number(a - b)));

      function setData(connection: ScriptedConnection, { xid, type, body }: SentRequest): void {
        if (type !== OpCode.setData) {
          connection.sendFrame((archive) => archive.writeRaw(addWatchReply(xid)));
          return;
        }
        version++;
        connection.event('NodeDataChanged', `/${version}`);
        const { data } = SetDataRequest.read(new BinaryInputArchive(body));
        const reply = { stat: { ...stat, version, mtime: Number(data) } };
        connection.reply(xid, 1000 + version, 0, SetDataResponse, reply);
      }
    }
    expect(lostInAll).toBeGreaterThan(100);
    proves('FR-05', 'CL-08', 'CL-18');
  });
});
