/** The client with real servers over TCP: every call, watches in their order, sessions that end and that move. */
import { Buffer } from 'node:buffer';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { realWorld } from '#00-introduction/real-world.node.js';
import type { Address, Connection, ConnectionHandler, World } from '#00-introduction/world.js';
import { CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, Perms } from '#06-network-protocol/acls.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { type Packet, PacketDecoder } from '#06-network-protocol/packet-decoder.js';
import { MultiException } from '#10-client-cnxn/client-errors.js';
import { type ConnectOptions, connect } from '#10-client-cnxn/connect.js';
import { connect as connectOnNode } from '#10-client-cnxn/connect.node.js';
import type { WatchedEvent } from '#10-client-cnxn/watched-event.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { type ApacheServer, freePort, startApacheServer } from '#testing/apache-server.node.js';
import { fourLetterWord } from '#testing/four-letter-word.node.js';
import { peers } from '#testing/peers.node.js';
import { proves } from '#testing/proves.js';
import { describeServers, describeWithPeers, startedOnce } from '#testing/servers.js';

const world = realWorld({ log: { info() {}, warn() {}, error() {} } });

/** Everything that passes is decoded on its way: what our decoder can't read is a failure of the test. */
const undecodable: string[] = [];
const overheard: World = { ...world, network: { listen: world.network.listen, connect: connectOverheard } };

function connectOverheard(address: Address, handler: ConnectionHandler): Connection {
  const decoder = new PacketDecoder();
  const note = (packets: Packet[]) => {
    for (const { kind, summary } of packets) if (kind === 'undecodable') undecodable.push(summary);
  };
  const connection = world.network.connect(address, {
    ...handler,
    data(chunk) {
      note(decoder.feedServerBytes(Buffer.from(chunk)));
      handler.data(chunk);
    },
  });
  const write = connection.write.bind(connection);
  connection.write = (bytes) => {
    note(decoder.feedClientBytes(Buffer.from(bytes)));
    return write(bytes);
  };
  return connection;
}

const clients: ZooKeeper[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  expect(undecodable.splice(0)).toEqual([]);
});

async function open(connectString: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
  const client = await connect(overheard, connectString, { retryDelayMs: 20, ...options });
  clients.push(client);
  return client;
}

async function codeOf(promise: Promise<unknown>): Promise<ErrorCode> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KeeperException)) throw error;
  return error.code;
}

/** Events as they come, and a way to wait until there are so many. */
class Events {
  readonly seen: string[] = [];
  private waiting: { count: number; resolve: () => void }[] = [];
  readonly watcher = (event: WatchedEvent): void => {
    this.note(event.path === null ? event.state : `${event.type} ${event.path}`);
  };
  note(text: string): void {
    this.seen.push(text);
    this.waiting = this.waiting.filter(({ count, resolve }) => {
      if (this.seen.length < count) return true;
      resolve();
      return false;
    });
  }
  async first(count: number): Promise<string[]> {
    if (this.seen.length < count) await new Promise<void>((resolve) => this.waiting.push({ count, resolve }));
    return this.seen;
  }
  /** Settles when a text is there that was not before this call. */
  async next(text: string): Promise<void> {
    const from = this.seen.length;
    while (!this.seen.slice(from).includes(text)) await this.first(this.seen.length + 1);
  }
}

describeServers('every call', (server) => {
  const running = startedOnce(server, { config: { extendedTypesEnabled: 'true' } });
  const at = (chroot = '') => `${running.host}:${running.port}${chroot}`;

  test('create, exists, getData, setData, getChildren, delete', async () => {
    const zk = await open(at());
    expect(zk.state).toBe('SyncConnected');
    expect(zk.sessionId).not.toBe(0n);
    expect(zk.sessionTimeoutMs).toBe(30_000);
    expect(await zk.exists('/calls')).toBeNull();
    expect(await zk.create('/calls', 'hello')).toBe('/calls');
    const { data, stat } = await zk.getData('/calls');
    expect(data?.toString()).toBe('hello');
    expect(await zk.exists('/calls')).toEqual(stat);
    expect(stat).toMatchObject({ version: 0, dataLength: 5, ephemeralOwner: 0n, numChildren: 0 });
    expect(await zk.setData('/calls', new Uint8Array([1, 2]), 0)).toMatchObject({ version: 1, dataLength: 2 });
    expect((await zk.getData('/calls')).data).toEqual(Buffer.from([1, 2]));
    expect(await codeOf(zk.setData('/calls', '', 0))).toBe(ErrorCode.BadVersion);
    await zk.create('/calls/b');
    await zk.create('/calls/a', null);
    expect((await zk.getData('/calls/b')).data).toEqual(Buffer.alloc(0));
    expect((await zk.getData('/calls/a')).data).toBeNull();
    const children = await zk.getChildren('/calls');
    expect(children.children.sort()).toEqual(['a', 'b']);
    expect(children.stat.numChildren).toBe(2);
    expect(await codeOf(zk.delete('/calls'))).toBe(ErrorCode.NotEmpty);
    await zk.delete('/calls/a');
    await zk.delete('/calls/b', 0);
    await zk.delete('/calls', 1);
    expect(await codeOf(zk.getData('/calls'))).toBe(ErrorCode.NoNode);
    await expect(zk.delete('/calls')).rejects.toMatchObject({ code: ErrorCode.NoNode, path: '/calls' });
  });

  test('nodes of every kind', async () => {
    const zk = await open(at());
    await zk.create('/kinds');
    const first = await zk.create('/kinds/s-', '', { mode: CreateMode.persistentSequential });
    expect(first).toBe('/kinds/s-0000000000');
    expect(await zk.create('/kinds/', '', { mode: CreateMode.persistentSequential })).toBe('/kinds/0000000001');
    const ephemeral = await zk.createWithStat('/kinds/e', 'x', { mode: CreateMode.ephemeral });
    expect(ephemeral).toMatchObject({ path: '/kinds/e', stat: { ephemeralOwner: zk.sessionId, dataLength: 1 } });
    expect(await zk.create('/kinds/c', '', { mode: CreateMode.container })).toBe('/kinds/c');
    expect((await zk.createWithStat('/kinds/c2', '', { mode: CreateMode.container })).path).toBe('/kinds/c2');
    const ttl = { mode: CreateMode.persistentWithTtl, ttlMs: 60_000 };
    expect(await zk.create('/kinds/t', '', ttl)).toBe('/kinds/t');
    expect(await zk.createWithStat('/kinds/t2', '', ttl)).toMatchObject({ path: '/kinds/t2', stat: { version: 0 } });
    const [made] = await zk.multi([{ op: 'create', path: '/kinds/t3', ...ttl }]);
    expect(made.path).toBe('/kinds/t3');
    expect(made.stat?.czxid).toBeGreaterThan(0n);
    proves('CM-5', 'CM-6', 'MU-4');
  });

  test('lists of access', async () => {
    const zk = await open(at());
    await zk.create('/acl');
    expect(await zk.getACL('/acl')).toMatchObject({ acl: OPEN_ACL_UNSAFE, stat: { aversion: 0 } });
    const readOnly = [{ perms: Perms.read | Perms.admin, id: { scheme: 'world', id: 'anyone' } }];
    expect(await zk.setACL('/acl', readOnly, 0)).toMatchObject({ aversion: 1 });
    expect((await zk.getACL('/acl')).acl).toEqual(readOnly);
    expect(await codeOf(zk.setData('/acl', ''))).toBe(ErrorCode.NoAuth);
  });

  test('sync comes back after what was asked before', async () => {
    const zk = await open(at());
    const order: string[] = [];
    await Promise.all([
      zk.create('/sync').then(() => order.push('create')),
      zk.sync('/sync').then(() => order.push('sync')),
      zk.exists('/sync').then((stat) => order.push(stat ? 'there' : 'not there')),
    ]);
    expect(order).toEqual(['create', 'sync', 'there']);
  });

  test('a thousand requests at once are answered in order', async () => {
    const zk = await open(at());
    await zk.create('/many');
    const order: number[] = [];
    const paths = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const path = await zk.create('/many/n-', String(i), { mode: CreateMode.persistentSequential });
        order.push(i);
        return path;
      }),
    );
    expect(order).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(paths.at(-1)).toBe('/many/n-0000000999');
    proves('FR-05', 'XID-5');
  });

  test('multi does all', async () => {
    const zk = await open(at());
    const results = await zk.multi([
      { op: 'create', path: '/multi', data: 'a' },
      { op: 'create', path: '/multi/s-', mode: CreateMode.ephemeralSequential },
      { op: 'setData', path: '/multi', data: 'b', version: 0 },
      { op: 'check', path: '/multi', version: 1 },
      { op: 'create', path: '/multi/gone' },
      { op: 'delete', path: '/multi/gone' },
    ]);
    const [created, sequential, set, ...rest] = results;
    expect([created.path, sequential.path, set.stat.version]).toEqual(['/multi', '/multi/s-0000000000', 1]);
    expect(rest.map(({ op }) => op)).toEqual(['check', 'create', 'delete']);
    expect(await zk.multi([])).toEqual([]);
    proves('MU-1', 'MU-3', 'MU-9');
  });

  test('multi does nothing when one step is wrong, and says which', async () => {
    const zk = await open(at());
    const error: unknown = await zk
      .multi([
        { op: 'create', path: '/not-made' },
        { op: 'delete', path: '/nothing' },
        { op: 'create', path: '/not-made-either' },
      ])
      .catch((reason: unknown) => reason);
    if (!(error instanceof MultiException)) throw error;
    expect(error).toMatchObject({ code: ErrorCode.NoNode, path: '/nothing', failedStep: 1 });
    const { OK, NoNode, RuntimeInconsistency } = ErrorCode;
    expect(error.results.map(({ code }) => code)).toEqual([OK, NoNode, RuntimeInconsistency]);
    expect(await zk.exists('/not-made')).toBeNull();
    proves('MU-6');
  });

  test('multi that reads: each step by itself', async () => {
    const zk = await open(at());
    await zk.create('/reads', 'x');
    await zk.create('/reads/child');
    const [data, children, missing] = await zk.multi([
      { op: 'getData', path: '/reads' },
      { op: 'getChildren', path: '/reads' },
      { op: 'getData', path: '/missing' },
    ]);
    expect(data).toMatchObject({ op: 'getData', data: Buffer.from('x'), stat: { version: 0 } });
    expect(children).toEqual({ op: 'getChildren', children: ['child'] });
    expect(missing).toEqual({ op: 'error', code: ErrorCode.NoNode });
    proves('MU-8');
  });

  test('below a chroot', async () => {
    const outside = await open(at());
    await outside.create('/app');
    await outside.create('/app/x');
    const inside = await open(at('/app'));
    const events = new Events();
    expect((await inside.getChildren('/', { watch: events.watcher })).children).toEqual(['x']);
    await inside.exists('/y', { watch: events.watcher });
    expect(await inside.create('/y/', '', { mode: CreateMode.persistentSequential }).catch(codeFromError)).toBe(
      ErrorCode.NoNode,
    );
    expect(await inside.create('/y', 'in')).toBe('/y');
    expect((await events.first(2)).slice().sort()).toEqual(['NodeChildrenChanged /', 'NodeCreated /y']);
    expect((await outside.getData('/app/y')).data?.toString()).toBe('in');
    const [created] = await inside.multi([{ op: 'create', path: '/z' }]);
    expect(created.path).toBe('/z');
    expect(await outside.exists('/app/z')).not.toBeNull();
    proves('CL-03', 'CL-04');
  });
});

const codeFromError = (error: unknown) => (error instanceof KeeperException ? error.code : error);

describeServers('watches', (server) => {
  const running = startedOnce(server);
  const at = () => `${running.host}:${running.port}`;

  test('are called once, for what they were set on', async () => {
    const zk = await open(at());
    const events = new Events();
    await zk.exists('/w', { watch: events.watcher });
    await zk.create('/w');
    await zk.getData('/w', { watch: events.watcher });
    await zk.getChildren('/w', { watch: events.watcher });
    await zk.create('/w/child');
    await zk.setData('/w', '1');
    await zk.setData('/w', '2');
    await zk.exists('/w', { watch: events.watcher });
    await zk.delete('/w/child');
    await zk.delete('/w');
    await zk.sync();
    expect(await events.first(4)).toEqual([
      'NodeCreated /w',
      'NodeChildrenChanged /w',
      'NodeDataChanged /w',
      'NodeDeleted /w',
    ]);
    proves('CL-11', 'CL-12');
  });

  test('a function that was given twice is called once', async () => {
    const zk = await open(at());
    const events = new Events();
    await zk.create('/twice');
    await zk.getData('/twice', { watch: events.watcher });
    await zk.exists('/twice', { watch: events.watcher });
    await zk.setData('/twice', '');
    await zk.sync();
    expect(events.seen).toEqual(['NodeDataChanged /twice']);
    proves('CL-13');
  });

  test('a failed read sets none', async () => {
    const zk = await open(at());
    const events = new Events();
    expect(await codeOf(zk.getData('/none', { watch: events.watcher }))).toBe(ErrorCode.NoNode);
    await zk.create('/none');
    await zk.setData('/none', '1');
    await zk.sync();
    expect(events.seen).toEqual([]);
    proves('CL-11');
  });

  test('true means the default watcher', async () => {
    const events = new Events();
    const zk = await open(at(), { watcher: events.watcher });
    await zk.exists('/default', { watch: true });
    await zk.create('/default');
    await zk.sync();
    expect(events.seen).toEqual(['SyncConnected', 'NodeCreated /default']);
  });

  test('come after the results before them and before the results after them', async () => {
    const zk = await open(at());
    const events = new Events();
    const read = async (what: string) => events.note(`${what} ${(await zk.getData('/order')).data}`);
    await zk.create('/order', 'old');
    await zk.getData('/order', { watch: events.watcher });
    // Sent in one burst: the replies and the event arrive together.
    await Promise.all([read('before:'), zk.setData('/order', 'new'), read('after:')]);
    expect(events.seen).toEqual(['before: old', 'NodeDataChanged /order', 'after: new']);
    proves('CL-18');
  });

  test('that stay', async () => {
    const zk = await open(at());
    const events = new Events();
    await zk.create('/stay');
    await zk.addWatch('/stay', { recursive: true, watch: events.watcher });
    await zk.create('/stay/a');
    await zk.create('/stay/a/b');
    await zk.delete('/stay/a/b');
    await zk.setData('/stay', '');
    await zk.sync();
    expect(events.seen).toEqual([
      'NodeCreated /stay/a',
      'NodeCreated /stay/a/b',
      'NodeDeleted /stay/a/b',
      'NodeDataChanged /stay',
    ]);
  });
});

describeServers('a session', (server) => {
  const running = startedOnce(server, { config: { tickTime: '200' } });
  const at = () => `${running.host}:${running.port}`;

  test('has the time-out that the server grants', async () => {
    expect((await open(at(), { sessionTimeoutMs: 1_000_000 })).sessionTimeoutMs).toBe(4000);
    const least = await open(at(), { sessionTimeoutMs: 100, connectTimeoutMs: 30_000 });
    expect(least.sessionTimeoutMs).toBe(400);
    proves('HS-5');
  });

  test('lives on without requests: the client pings', async () => {
    const zk = await open(at(), { sessionTimeoutMs: 400 });
    const idle = await open(at(), { sessionTimeoutMs: 400 });
    const events = new Events();
    idle.setDefaultWatcher(events.watcher);
    await idle.create('/idle', '', { mode: CreateMode.ephemeral });
    // The other session reads until the server's clock says that many time-outs have gone by.
    const started = (await zk.createWithStat('/clock')).stat.mtime;
    while ((await zk.setData('/clock', '')).mtime < started + 1500) await zk.sync();
    expect(await zk.exists('/idle')).toMatchObject({ ephemeralOwner: idle.sessionId });
    expect(events.seen).toEqual([]);
    proves('PI-1', 'CL-06');
  });

  test('ends with close, and takes its ephemeral nodes along', async () => {
    const events = new Events();
    const zk = await open(at(), { watcher: events.watcher });
    const other = await open(at());
    await zk.create('/gone', '', { mode: CreateMode.ephemeral });
    const last = zk.create('/last');
    await zk.close();
    await zk.close();
    expect(await last).toBe('/last');
    expect(zk.state).toBe('Closed');
    expect(await codeOf(zk.create('/too-late'))).toBe(ErrorCode.SessionExpired);
    await events.first(2);
    expect(events.seen).toEqual(['SyncConnected', 'Closed']);
    await other.sync();
    expect(await other.exists('/gone')).toBeNull();
    proves('CS-1', 'CL-21');
  });

  test('can be handed over to another client; when that one closes it, it has expired', async () => {
    const events = new Events();
    const first = await open(at(), { watcher: events.watcher });
    await first.create('/mine', '', { mode: CreateMode.ephemeral });
    const session = { id: first.sessionId, password: first.sessionPassword };
    const second = await open(at(), { session, sessionTimeoutMs: 4000 });
    expect(second.sessionId).toBe(session.id);
    await second.close();
    while (first.state !== 'Expired') await events.first(events.seen.length + 1);
    expect(events.seen.at(-1)).toBe('Expired');
    expect(await codeOf(first.getData('/mine'))).toBe(ErrorCode.SessionExpired);
    const third = await open(at());
    expect(await third.exists('/mine')).toBeNull();
    proves('CL-26', 'HS-3', 'HS-6');
  });

  test('with a wrong password is refused', async () => {
    const first = await open(at());
    const session = { id: first.sessionId, password: Buffer.alloc(16, 1) };
    await expect(open(at(), { session })).rejects.toMatchObject({ code: ErrorCode.SessionExpired });
    proves('SE-07');
  });
});

describeServers('who the client is', (server) => {
  const running = startedOnce(server);
  const at = () => `${running.host}:${running.port}`;

  test('a wrong proof ends the client', async () => {
    const events = new Events();
    const zk = await open(at(), { watcher: events.watcher });
    zk.addAuthInfo('no-such-scheme', 'x');
    await events.first(2);
    expect(events.seen).toEqual(['SyncConnected', 'AuthFailed']);
    expect(zk.state).toBe('AuthFailed');
    expect(await codeOf(zk.exists('/'))).toBe(ErrorCode.AuthFailed);
    proves('AU-1');
  });

  test('a proof opens what it created', async () => {
    const zk = await open(at(), { auth: [{ scheme: 'digest', auth: 'user:secret' }] });
    await zk.create('/secret', 'x', { acl: CREATOR_ALL_ACL });
    expect((await zk.getData('/secret')).data?.toString()).toBe('x');
    const other = await open(at());
    expect(await codeOf(other.getData('/secret'))).toBe(ErrorCode.NoAuth);
    other.addAuthInfo('digest', 'user:secret');
    expect((await other.getData('/secret')).data?.toString()).toBe('x');
    proves('AU-1');
  });
});

describeWithPeers([peers.apacheServer], 'a server that is killed and comes back [apache]', () => {
  test('keeps the session, the ephemeral node, and the watches', async () => {
    const port = await freePort();
    let apache: ApacheServer = await startApacheServer({ port });
    onTestFinished(() => apache[Symbol.asyncDispose]());
    const dataDir = apache.dataDir;
    const events = new Events();
    const zk = await open(`127.0.0.1:${port}`, { watcher: events.watcher });
    const { sessionId } = zk;
    const fired = new Events();
    const about = (event: WatchedEvent) => {
      if (event.path !== null) fired.watcher(event);
    };
    await zk.create('/kept', 'x', { mode: CreateMode.ephemeral });
    await zk.getData('/kept', { watch: about });
    await zk.exists('/later', { watch: about });
    await zk.getChildren('/', { watch: about });

    await apache.kill();
    await events.first(2);
    expect(events.seen).toEqual(['SyncConnected', 'Disconnected']);
    const lost = codeOf(zk.getData('/kept'));
    expect(await lost).toBe(ErrorCode.ConnectionLoss);

    const back = events.next('SyncConnected');
    apache = await startApacheServer({ port, dataDir });
    await back;
    expect(zk.sessionId).toBe(sessionId);
    expect((await zk.exists('/kept'))?.ephemeralOwner).toBe(sessionId);
    await zk.setData('/kept', 'y');
    await zk.create('/later');
    await zk.sync();
    expect(fired.seen).toEqual(['NodeDataChanged /kept', 'NodeCreated /later', 'NodeChildrenChanged /']);
    expect(await fourLetterWord(port, 'wchs')).toContain('Total watches:0');
    proves('CL-07', 'CL-08', 'CL-10', 'HS-7');
  });

  test('a list of servers of which one is there, for programs that run on Node', async () => {
    const dead = await freePort();
    await using apache = await startApacheServer();
    await using zk = await connectOnNode(`127.0.0.1:${dead},127.0.0.1:${apache.port}`, { log: world.log });
    expect(zk.state).toBe('SyncConnected');
    expect(await zk.create('/node')).toBe('/node');
  });
});
