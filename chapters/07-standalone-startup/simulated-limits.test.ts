/** What a client may ask of a server, and what keeps one client from taking the server from the others. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import type { Connection, ConnectionHandler } from '#00-introduction/world.js';
import { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ConnectRequest, ReplyHeader, RequestHeader } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, NO_ZXID } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ServerConfig } from '#07-standalone-startup/server-config.js';
import { SimulatedServer } from '#07-standalone-startup/simulated-server.js';
import { type OperationName, operations, type RequestOf } from '#testing/operations.js';
import { proves } from '#testing/proves.js';
import { createRequest, setDataRequest } from '#testing/requests.js';

async function startedServer(config: Partial<ServerConfig> = {}): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed: 1, network: CALM_NETWORK, config });
  await zoo.settle(zoo.start());
  return zoo;
}

/** A client that reads only when the test wants it to. */
class BareClient implements ConnectionHandler {
  isClosed = false;
  private readonly zoo: SimulatedServer;
  private readonly connection: Connection;
  /** Of the replies that have come whole. */
  readonly replies: ReplyHeader[] = [];
  private hasSession = false;
  private rest: Buffer = Buffer.alloc(0);
  private xid = 0;

  constructor(zoo: SimulatedServer, name: string) {
    this.zoo = zoo;
    this.connection = zoo.simulation.machine(name).world.network.connect({ host: 'server', port: 2181 }, this);
  }

  data(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readInt32BE(0);
      if (end > this.rest.length) return;
      if (this.hasSession) this.replies.push(ReplyHeader.read(new BinaryInputArchive(this.rest, 4, end)));
      this.hasSession = true;
      this.rest = this.rest.subarray(end);
    }
  }

  closed(): void {
    this.isClosed = true;
  }

  async openSession(): Promise<this> {
    const archive = new BinaryOutputArchive();
    const passwd = Buffer.alloc(16);
    ConnectRequest.write(archive, {
      protocolVersion: 0,
      lastZxidSeen: NO_ZXID,
      timeOut: 40_000,
      sessionId: NO_SESSION,
      passwd,
      readOnly: false,
    });
    this.write(archive.bytes());
    await this.zoo.simulation.runUntil(() => this.isClosed || this.hasSession);
    return this;
  }

  /** Several requests in one piece. */
  send<N extends OperationName>(name: N, ...requests: RequestOf<N>[]): void {
    const { code, request: record } = operations[name];
    const frames: Buffer[] = requests.map((request) => {
      const archive = new BinaryOutputArchive();
      archive.writeInt(0);
      RequestHeader.write(archive, { xid: ++this.xid, type: code });
      record?.write(archive, request as never);
      archive.patchInt(0, archive.position - 4);
      return Buffer.from(archive.bytes());
    });
    this.connection.write(Buffer.concat(frames));
  }

  sendBytes(bytes: Buffer): void {
    this.connection.write(bytes);
  }

  pause(): void {
    this.connection.pause();
  }

  resume(): void {
    this.connection.resume();
  }

  close(): void {
    this.connection.destroy();
  }

  private write(frame: Buffer): void {
    const length = Buffer.alloc(4);
    length.writeInt32BE(frame.length);
    this.connection.write(Buffer.concat([length, frame]));
  }
}

/** One after the other. */
async function openSessions(zoo: SimulatedServer, ...names: string[]): Promise<BareClient[]> {
  const clients: BareClient[] = [];
  for (const name of names) clients.push(await new BareClient(zoo, name).openSession());
  return clients;
}

const KIB = 1024;
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('a client that asks for far more than it reads', () => {
  test('is not read from any more when some MiB wait for it; others are; later it gets everything', async () => {
    const zoo = await startedServer();
    const alice = await zoo.settle(zoo.connect('alice'));
    await zoo.settle(alice.create('/large', Buffer.alloc(500 * KIB, 'x')));
    const greedy = await new BareClient(zoo, 'greedy').openSession();
    greedy.pause();
    const asked = 60;
    greedy.send('getData', ...numbers(asked).map(() => ({ path: '/large', watch: false })));
    const before = zoo.server?.stats.reads ?? 0;
    await zoo.simulation.runFor(200);
    const answered = (zoo.server?.stats.reads ?? 0) - before;
    // Four MiB, and what fits into the window of the network.
    expect(answered).toBeGreaterThan(4);
    expect(answered).toBeLessThan(15);
    expect(await zoo.settle(alice.create('/other'))).toBe('/other');
    greedy.resume();
    await zoo.simulation.runUntil(() => greedy.replies.length === asked);
    expect(greedy.replies.map(({ xid, err }) => [xid, err])).toEqual(numbers(asked).map((xid) => [xid, 0]));
  });

  test('in one request is refused', async () => {
    const zoo = await startedServer();
    const alice = await zoo.settle(zoo.connect('alice'));
    await zoo.settle(alice.create('/large', Buffer.alloc(1000 * KIB, 'x')));
    const greedy = await new BareClient(zoo, 'greedy').openSession();
    const step = { type: OpCode.getData, record: { path: '/large', watch: false } } as const;
    greedy.send('multiRead', Array(10_000).fill(step), Array(10).fill(step));
    await zoo.simulation.runUntil(() => greedy.replies.length === 2);
    expect(greedy.replies.map(({ err }) => err)).toEqual([ErrorCode.MarshallingError, ErrorCode.OK]);
  });
});

describe('request_throttle_max_requests', () => {
  test('keeps the others waiting, and the order of each client', async () => {
    const zoo = await startedServer({ requestThrottleMaxRequests: 3, globalOutstandingLimit: 1000 });
    const clients = await openSessions(zoo, ...numbers(5).map((i) => `client-${i}`));
    for (const [i, client] of clients.entries()) {
      client.send('create', ...numbers(20).map((n) => createRequest(`/${i}-${n}`)));
      client.send('getData', ...numbers(5).map((n) => ({ path: `/${i}-${n}`, watch: false })));
    }
    let most = 0;
    await zoo.simulation.runUntil(() => {
      most = Math.max(most, zoo.server?.outstanding ?? 0);
      return clients.every(({ replies }) => replies.length === 25);
    });
    expect(most).toBeGreaterThan(50);
    for (const { replies } of clients) {
      expect(replies.map(({ xid, err }) => [xid, err])).toEqual(numbers(25).map((xid) => [xid, 0]));
    }
    expect(zoo.server?.outstanding).toBe(0);
    proves('PR-01', 'CF-41');
  });

  test('and what has waited for too long is not done', async () => {
    const zoo = await startedServer({ requestThrottleMaxRequests: 1, throttledOpWaitTimeMs: 40 });
    zoo.machine.disk.faults.syncMs = [30, 30];
    const client = await new BareClient(zoo, 'alice').openSession();
    const reader = await new BareClient(zoo, 'bob').openSession();
    // Where others read, syncs take their time.
    reader.send('exists', { path: '/', watch: false });
    client.send('create', ...numbers(6).map((n) => createRequest(`/n-${n}`)));
    await zoo.simulation.runUntil(() => client.replies.length === 6);
    const errors = client.replies.map(({ err }) => err);
    expect(errors).toContain(ErrorCode.ThrottledOp);
    const done = numbers(6).filter((n) => errors[n - 1] === ErrorCode.OK);
    expect(zoo.server?.tree.require('/').childCount).toBe(1 + done.length);
    for (const n of done) expect(zoo.server?.tree.get(`/n-${n}`)).toBeDefined();
    expect(zoo.server?.stats.throttledOps).toBe(6 - done.length);
    proves('PR-01', 'CF-41');
  });

  test('and what a client has sent that is gone is dropped', async () => {
    const zoo = await startedServer({ requestThrottleMaxRequests: 1 });
    zoo.machine.disk.faults.syncMs = [30, 30];
    const [alice, bob] = await openSessions(zoo, 'alice', 'bob');
    // Where others read, syncs take their time.
    bob?.send('exists', { path: '/', watch: false });
    alice?.send('create', ...numbers(5).map((n) => createRequest(`/a-${n}`)));
    bob?.send('create', ...numbers(5).map((n) => createRequest(`/b-${n}`)));
    await zoo.simulation.runFor(5);
    bob?.close();
    await zoo.simulation.runUntil(() => alice?.replies.length === 5 && zoo.server?.outstanding === 0);
    const children = [...(zoo.server?.tree.require('/').children ?? [])];
    expect(children.filter((name) => name.startsWith('a-'))).toHaveLength(5);
    expect(children.filter((name) => name.startsWith('b-')).length).toBeLessThan(3);
    expect(zoo.server?.stats.staleRequestsDropped).toBeGreaterThan(2);
    proves('PR-01');
  });
});

describe('globalOutstandingLimit', () => {
  test('stops reading from those who wait for an answer, and loses nothing', async () => {
    const zoo = await startedServer({ globalOutstandingLimit: 1 });
    const clients = await openSessions(zoo, ...numbers(5).map((i) => `client-${i}`));
    let paused = 0;
    for (let round = 0; round < 10; round++) {
      for (const [i, client] of clients.entries()) {
        client.send('create', ...numbers(20).map((n) => createRequest(`/${i}-${round}-${n}`)));
      }
      await zoo.simulation.runFor(1);
      paused += zoo.server?.connections.filter(({ isRead }) => !isRead).length ?? 0;
    }
    await zoo.simulation.runUntil(() => clients.every(({ replies }) => replies.length === 200));
    expect(paused).toBeGreaterThan(3);
    for (const { replies } of clients) expect(replies.map(({ xid }) => xid)).toEqual(numbers(200));
    proves('PR-20', 'CF-41');
  });
});

describe('largeRequestMaxBytes', () => {
  const config = { largeRequestThresholdBytes: 1000, largeRequestMaxBytes: 5000 };
  const large = (path: string): RequestOf<'create'> => createRequest(path, { data: Buffer.alloc(2000) });

  test('closes the connection of whoever sends one large request too many, and no other', async () => {
    const zoo = await startedServer(config);
    const [alice, bob] = await openSessions(zoo, 'alice', 'bob');
    bob?.send('create', large('/b-1'), createRequest('/b-2'));
    alice?.send('create', large('/a-1'), large('/a-2'), large('/a-3'));
    await zoo.simulation.runUntil(() => alice?.isClosed === true && bob?.replies.length === 2);
    expect(zoo.server?.stats.largeRequestsRejected).toBe(1);
    await zoo.simulation.runFor(100);
    for (let i = 0; i < 5; i++) {
      bob?.send('setData', setDataRequest('/b-1', 'x'.repeat(4000)));
      await zoo.simulation.runUntil(() => bob?.replies.length === 3 + i);
    }
    expect(bob?.replies.map(({ err }) => err)).toEqual(Array(7).fill(0));
    proves('CT-04', 'CF-57');
  });
});

test('connection_throttle_tokens: who comes too soon is cut off, and may try again', async () => {
  const zoo = await startedServer({
    connectionThrottleTokens: 3,
    connectionThrottleFillTimeMs: 1000,
    connectionThrottleFillCount: 1,
  });
  const clients = await openSessions(zoo, ...numbers(6).map((i) => `client-${i}`));
  expect(clients.map(({ isClosed }) => isClosed)).toEqual([false, false, false, true, true, true]);
  expect(zoo.server?.stats.connectionsThrottled).toBe(3);
  await zoo.simulation.runFor(1500);
  expect((await new BareClient(zoo, 'later').openSession()).isClosed).toBe(false);
  // A real client goes on trying.
  expect((await zoo.settle(zoo.connect('alice'))).state).toBe('SyncConnected');
  proves('CT-01', 'CF-56', 'HS-4');
});

test('closeSessionTxn.enabled=false: the end of a session does not name its nodes, and takes them along all the same', async () => {
  const zoo = await startedServer({ closeSessionTxnEnabled: false });
  const client = await new BareClient(zoo, 'alice').openSession();
  client.send('create', createRequest('/mine', { flags: 1 }));
  client.send('closeSession', null);
  await zoo.simulation.runUntil(() => client.isClosed);
  expect(zoo.server?.tree.get('/mine')).toBeUndefined();
  zoo.crash();
  expect(zoo.dataFiles().flatMap(({ lines }) => lines.filter((line) => line.includes('closeSession')))).toEqual([
    expect.stringMatching(/ {2}closeSession {2}digest 2:/),
  ]);
  await zoo.settle(zoo.restart());
  expect(zoo.server?.tree.get('/mine')).toBeUndefined();
  proves('PR-06', 'CF-49');
});

describe('a connection', () => {
  test('without a session is closed after nio.sessionlessCnxnTimeout, whatever else it has sent', async () => {
    const zoo = await startedServer({ sessionlessConnectionTimeoutMs: 3000 });
    const mute = new BareClient(zoo, 'mute');
    const slow = new BareClient(zoo, 'slow');
    slow.sendBytes(Buffer.from([0, 0, 0]));
    await zoo.simulation.runFor(2990);
    slow.sendBytes(Buffer.from([45]));
    await zoo.simulation.runFor(5);
    expect([mute.isClosed, slow.isClosed]).toEqual([false, false]);
    await zoo.simulation.runFor(20);
    expect([mute.isClosed, slow.isClosed]).toEqual([true, true]);
    expect(zoo.server?.connections).toEqual([]);
    proves('SE-22', 'CF-44');
  });

  test('that is silent is closed with its session', async () => {
    const zoo = await startedServer({ tickTimeMs: 1000 });
    const silent = await new BareClient(zoo, 'silent').openSession();
    await zoo.simulation.runFor(19_000);
    expect(silent.isClosed).toBe(false);
    await zoo.simulation.runFor(2500);
    expect(silent.isClosed).toBe(true);
    proves('SE-22');
  });
});
