/** Connections between election ports, in a simulation. Machines are called s1, s2 …; `raw` is nobody's server. */
import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Address, Connection } from '#00-introduction/world.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import { ElectionTranscript } from '#15-fast-leader-election/election-transcript.js';
import { decodeInitialMessage, encodeInitialMessage } from '#15-fast-leader-election/initial-message.js';
import {
  QuorumCnxManager,
  type QuorumCnxNotice,
  type QuorumCnxOptions,
} from '#15-fast-leader-election/quorum-cnx-manager.js';
import { proves } from '#testing/proves.js';

const PORT = 3888;
const MAX_ID = 2n ** 63n - 1n;
const sid = (id: number): ServerId => serverId(BigInt(id));

class Fixture {
  readonly simulation = new Simulation({ seed: 1 });
  readonly transcript: ElectionTranscript;
  /** `from->to: text` of what arrived at managers. */
  readonly received: string[] = [];
  /** The managers' notices. */
  readonly notices: string[] = [];
  /** Where servers are, by the configuration. */
  readonly config = new Map<ServerId, Address[]>();

  constructor(servers: number) {
    Object.assign(this.simulation.network.conditions, CALM_NETWORK);
    this.transcript = new ElectionTranscript(this.simulation, { electionPort: PORT });
    for (let id = 1; id <= servers; id++) this.config.set(sid(id), [{ host: `s${id}`, port: PORT }]);
    for (let id = 1; id <= servers; id++) this.simulation.machine(`s${id}`);
    this.simulation.machine('raw');
  }

  /** The manager of a server; it listens. */
  async manager(id: number, options: Partial<QuorumCnxOptions> = {}): Promise<QuorumCnxManager> {
    const { world } = this.simulation.machine(`s${id}`);
    const manager = new QuorumCnxManager(
      world,
      {
        id: sid(id),
        electionAddresses: [{ host: `s${id}`, port: PORT }],
        notice: (what: QuorumCnxNotice, peer) => this.notices.push(`${id} ${what}: ${peer}`),
        ...options,
      },
      {
        electionAddressesOf: (peer) => this.config.get(peer) ?? [],
        received: (from, message) => this.received.push(`${from}->${id}: ${message}`),
      },
    );
    await this.simulation.settle(manager.listen());
    return manager;
  }

  /** Connects from the machine `raw`. */
  raw(to: number, ...writes: Buffer[]): RawPeer {
    const peer = new RawPeer();
    const { network } = this.simulation.machine('raw').world;
    peer.connection = network.connect({ host: `s${to}`, port: PORT }, peer);
    for (const bytes of writes) peer.connection.write(bytes);
    return peer;
  }

  /** Lets the machine `raw` listen. @returns those who connect, as they come */
  async rawListener(port = PORT): Promise<RawPeer[]> {
    const callers: RawPeer[] = [];
    const { network } = this.simulation.machine('raw').world;
    await this.simulation.settle(
      network.listen({ host: '', port }, (connection) => {
        const caller = new RawPeer();
        caller.connection = connection;
        connection.setHandler(caller);
        callers.push(caller);
      }),
    );
    return callers;
  }

  run(ms: number): Promise<void> {
    return this.simulation.runFor(ms);
  }

  /** How often one machine has asked another one for a connection, is told by the transcript's introductions. */
  introductions(): string[] {
    return this.transcript.entries.flatMap((entry) =>
      entry.kind === 'message' && entry.text.startsWith('this is') ? `${entry.from} -> ${entry.to}` : [],
    );
  }

  warnings(id: number): string[] {
    const { logEntries } = this.simulation.machine(`s${id}`);
    return logEntries.filter(({ level }) => level === 'warn').map(({ message, cause }) => `${message}: ${cause}`);
  }
}

class RawPeer {
  connection: Connection | null = null;
  heard: Buffer = Buffer.alloc(0);
  isClosed = false;
  data(chunk: Buffer): void {
    this.heard = Buffer.concat([this.heard, chunk]);
  }
  closed(): void {
    this.isClosed = true;
  }
}

const intro = (id: bigint | number, addresses: Address[] = [{ host: 'raw', port: PORT }]): Buffer =>
  encodeInitialMessage(serverId(BigInt(id)), addresses, addresses.length > 1);

function bare(id: bigint | number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(id));
  return bytes;
}

function frame(text: string | Buffer): Buffer {
  const message = Buffer.from(text as string);
  const bytes = Buffer.alloc(4 + message.length);
  bytes.writeInt32BE(message.length);
  message.copy(bytes, 4);
  return bytes;
}

describe('the larger id', () => {
  test('keeps the connection that it has opened', async () => {
    proves('QC-01', 'QC-05');
    const zoo = new Fixture(2);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(10);
    expect(zoo.received).toEqual(['2->1: hello']);
    expect(zoo.introductions()).toEqual(['s2 -> s1']);
    expect(zoo.notices).toEqual([]);
  });

  test('connects back to the smaller one, which has only knocked', async () => {
    proves('QC-01', 'QC-05');
    const zoo = new Fixture(2);
    const one = await zoo.manager(1);
    const two = await zoo.manager(2);
    one.send(sid(2), Buffer.from('hello'));
    await zoo.run(10);
    expect(zoo.received).toEqual(['1->2: hello']);
    expect(zoo.introductions()).toEqual(['s1 -> s2', 's2 -> s1']);
    expect(zoo.notices).toEqual(['1 knocked: 2', '2 connects back: 1']);
    two.send(sid(1), Buffer.from('hello yourself'));
    await zoo.run(10);
    expect(zoo.received).toEqual(['1->2: hello', '2->1: hello yourself']);
    expect(zoo.introductions()).toHaveLength(2);
  });

  test('has the only connection also when both have called at once', async () => {
    proves('QC-05');
    const zoo = new Fixture(2);
    const one = await zoo.manager(1);
    const two = await zoo.manager(2);
    one.send(sid(2), Buffer.from('from 1'));
    two.send(sid(1), Buffer.from('from 2'));
    await zoo.run(50);
    expect([...new Set(zoo.received)].sort()).toEqual(['1->2: from 1', '2->1: from 2']);
    expect([one.isConnectedTo(sid(2)), two.isConnectedTo(sid(1))]).toEqual([true, true]);
    const before = zoo.introductions().length;
    one.send(sid(2), Buffer.from('again'));
    two.send(sid(1), Buffer.from('again'));
    await zoo.run(50);
    expect(zoo.received.slice(-2)).toEqual(['1->2: again', '2->1: again']);
    expect(zoo.introductions()).toHaveLength(before);
  });

  test('replaces its old connection by a new one', async () => {
    proves('QC-05');
    const zoo = new Fixture(1);
    zoo.config.set(sid(7), [{ host: 'raw', port: PORT }]);
    const one = await zoo.manager(1);
    const first = zoo.raw(1, intro(7));
    await zoo.run(10);
    const second = zoo.raw(1, intro(7));
    await zoo.run(10);
    expect([first.isClosed, second.isClosed, one.isConnectedTo(sid(7))]).toEqual([true, false, true]);
    one.send(sid(7), Buffer.from('hello'));
    await zoo.run(10);
    expect([first.heard.length, second.heard]).toEqual([0, frame('hello')]);
  });

  test('gives up its connection when the smaller one knocks: that one has lost it', async () => {
    proves('QC-05', 'QC-08');
    const zoo = new Fixture(2);
    const two = await zoo.manager(2);
    const [silent] = [await zoo.rawListener()];
    zoo.config.set(sid(1), [{ host: 'raw', port: PORT }]);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(10);
    const knock = zoo.raw(2, intro(1));
    await zoo.run(10);
    expect(silent.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(knock.isClosed).toBe(true);
    // The last message is said again.
    const [first, second] = silent.map(({ heard }) => heard);
    expect(second).toEqual(first);
    expect(zoo.notices).toEqual(['2 connects back: 1', '2 repeats the last message: 1']);
  });
});

describe('messages', () => {
  test('that are newer replace those that have not been sent', async () => {
    proves('QC-07');
    const zoo = new Fixture(2);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    for (const text of ['first', 'second', 'third']) two.send(sid(1), Buffer.from(text));
    expect(two.haveDelivered()).toBe(false);
    await zoo.run(10);
    expect(zoo.received).toEqual(['2->1: third']);
    expect(two.haveDelivered()).toBe(true);
  });

  test('wait for room, and only the newest does', async () => {
    proves('QC-07');
    const zoo = new Fixture(2);
    zoo.simulation.network.conditions.windowBytes = 64;
    await zoo.manager(1);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('begin'));
    await zoo.run(10);
    zoo.simulation.network.partition('s1', 's2');
    for (const text of ['x'.repeat(200), 'second', 'third']) two.send(sid(1), Buffer.from(text));
    zoo.simulation.network.heal();
    await zoo.run(50);
    expect(zoo.received).toEqual(['2->1: begin', `2->1: ${'x'.repeat(200)}`, '2->1: third']);
  });

  test('are kept for a server that can not be reached', async () => {
    const zoo = new Fixture(2);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(100);
    await zoo.manager(1);
    two.connectAll();
    await zoo.run(100);
    expect(zoo.received).toEqual(['2->1: hello']);
  });

  test('are said again on the next connection', async () => {
    proves('QC-08');
    const zoo = new Fixture(2);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(10);
    zoo.simulation.network.breakConnections('s1', 's2');
    await zoo.run(10);
    expect(two.isConnectedTo(sid(1))).toBe(false);
    two.connectAll();
    await zoo.run(10);
    expect(zoo.received).toEqual(['2->1: hello', '2->1: hello']);
    expect(zoo.notices).toEqual(['2 repeats the last message: 1']);
  });

  test('are not said again when there is a newer one', async () => {
    proves('QC-08');
    const zoo = new Fixture(2);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(10);
    zoo.simulation.network.breakConnections('s1', 's2');
    await zoo.run(10);
    two.send(sid(1), Buffer.from('news'));
    await zoo.run(10);
    expect(zoo.received).toEqual(['2->1: hello', '2->1: news']);
  });

  test('are delivered if anybody has got all: only if nobody has, nothing gets out', async () => {
    proves('EL-04');
    const zoo = new Fixture(3);
    const three = await zoo.manager(3);
    expect(three.haveDelivered()).toBe(false);
    three.send(sid(1), Buffer.from('hello'));
    three.send(sid(2), Buffer.from('hello'));
    await zoo.run(10);
    expect(three.haveDelivered()).toBe(false);
    await zoo.manager(1);
    three.connectAll();
    await zoo.run(10);
    expect(three.haveDelivered()).toBe(true);
  });

  test('have 1 to 524288 bytes; any other length ends the connection', async () => {
    proves('QC-06');
    const zoo = new Fixture(1);
    await zoo.manager(1);
    const longest = Buffer.alloc(524_288, 'x');
    const peer = zoo.raw(1, intro(7), frame('ok'), frame(longest));
    await zoo.run(2000);
    expect(zoo.received.map((text) => text.length)).toEqual([8, 6 + 524_288]);
    expect(peer.isClosed).toBe(false);
    for (const lengthBytes of [0, -1, 524_289, 0x7fff_ffff]) {
      const length = Buffer.alloc(4);
      length.writeInt32BE(lengthBytes);
      const wrong = zoo.raw(1, intro(8), length, frame('never'));
      await zoo.run(100);
      expect([lengthBytes, wrong.isClosed, zoo.received.length]).toEqual([lengthBytes, true, 2]);
    }
  });

  test('are found in whatever pieces they arrive', async () => {
    const zoo = new Fixture(1);
    await zoo.manager(1);
    const bytes = Buffer.concat([intro(7), frame('one'), frame('two')]);
    zoo.raw(1, ...Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)));
    zoo.raw(1, Buffer.concat([intro(8), frame('three'), frame('four')]));
    await zoo.run(500);
    expect(zoo.received.sort()).toEqual(['7->1: one', '7->1: two', '8->1: four', '8->1: three']);
  });

  test('to a server that is nowhere are dropped', async () => {
    proves('QC-11');
    const zoo = new Fixture(1);
    const one = await zoo.manager(1);
    one.send(sid(9), Buffer.from('hello'));
    zoo.raw(1, intro(9));
    await zoo.run(10);
    expect([one.isConnectedTo(sid(9)), zoo.received]).toEqual([true, []]);
    one.send(sid(9), Buffer.from('hello'));
    await zoo.run(10);
    expect(zoo.introductions()).toEqual(['raw -> s1']);
  });
});

describe('who connects', () => {
  test('may only say its id', async () => {
    proves('QC-02');
    const zoo = new Fixture(1);
    const one = await zoo.manager(1);
    const peer = zoo.raw(1, bare(7), frame('hello'));
    await zoo.run(10);
    expect(zoo.received).toEqual(['7->1: hello']);
    one.send(sid(7), Buffer.from('you too'));
    await zoo.run(10);
    expect(peer.heard).toEqual(frame('you too'));
  });

  test('and is smaller is connected back to where it says that it is, or else where the configuration says', async () => {
    proves('QC-04', 'QC-05');
    const zoo = new Fixture(3);
    await zoo.manager(3);
    const callers = await zoo.rawListener();
    const others = await zoo.rawListener(3889);
    for (const said of [
      intro(1, [{ host: 'raw', port: 3889 }]),
      intro(2, [{ host: '0.0.0.0', port: PORT }]),
      bare(2),
    ]) {
      zoo.config.set(sid(2), [{ host: 'raw', port: PORT }]);
      zoo.raw(3, said);
      await zoo.run(20);
    }
    expect([others.length, callers.length]).toEqual([1, 2]);
    const said = decodeInitialMessage(others[0]?.heard as Buffer)?.message;
    expect(said).toEqual({ sender: 3n, addresses: [{ host: 's3', port: PORT }] });
  });

  test('without an id of its own gets one, which is smaller than all others', async () => {
    proves('QC-03');
    const zoo = new Fixture(1);
    await zoo.manager(1);
    const callers = await zoo.rawListener();
    for (const _ of [1, 2]) {
      zoo.raw(1, intro(MAX_ID));
      await zoo.run(20);
    }
    expect(zoo.notices).toEqual(['1 connects back: -1', '1 connects back: -2']);
    for (const caller of callers) caller.connection?.write(frame('hello'));
    await zoo.run(20);
    expect(zoo.received).toEqual(['-1->1: hello', '-2->1: hello']);
  });

  test('under the id of this server is turned away', async () => {
    const zoo = new Fixture(1);
    const one = await zoo.manager(1);
    const peer = zoo.raw(1, intro(1), frame('hello'));
    await zoo.run(20);
    expect([peer.isClosed, one.isConnectedTo(sid(1)), zoo.received]).toEqual([true, false, []]);
    expect(zoo.warnings(1)[0]).toMatch(/as server 1, but that is this server/);
  });

  test('and does not say who it is has to go, after a time', async () => {
    proves('QC-09');
    const zoo = new Fixture(1);
    await zoo.manager(1, { handshakeTimeoutMs: 4000 });
    const peers = [zoo.raw(1), zoo.raw(1, intro(7).subarray(0, 25)), zoo.raw(1, intro(8))];
    await zoo.run(3990);
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([false, false, false]);
    await zoo.run(20);
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([true, true, false]);
  });

  test('and talks nonsense has to go at once', async () => {
    proves('QC-02');
    const zoo = new Fixture(1);
    await zoo.manager(1);
    const nonsense = [bare(-1), bare(-65534), intro(7, [{ host: 'a b', port: 1 }]), Buffer.from('GET / HTTP/1.1\r\n')];
    // The last is an id, and then a length.
    const peers = nonsense.map((bytes) => zoo.raw(1, bytes, frame('hello')));
    await zoo.run(20);
    expect(peers.map(({ isClosed }) => isClosed)).toEqual([true, true, true, true]);
    expect(zoo.received).toEqual([]);
  });

  test('may be one of 64 who have not said who they are: the next one takes the place of the first', async () => {
    proves('ED-09');
    const zoo = new Fixture(1);
    await zoo.manager(1);
    const peers = Array.from({ length: 70 }, () => zoo.raw(1));
    await zoo.run(20);
    expect(peers.filter(({ isClosed }) => isClosed)).toEqual(peers.slice(0, 6));
  });

  test('may be one of 100 who are in no configuration: the next one takes the place of the first', async () => {
    proves('ED-09');
    const zoo = new Fixture(2);
    const one = await zoo.manager(1);
    const member = zoo.raw(1, intro(2));
    const peers: RawPeer[] = [];
    for (let id = 1000; id < 1105; id++) {
      peers.push(zoo.raw(1, intro(id)));
      await zoo.run(5);
    }
    expect(peers.filter(({ isClosed }) => isClosed)).toEqual(peers.slice(0, 5));
    expect(member.isClosed).toBe(false);
    // What is known of a stranger goes with its connection.
    for (const { connection } of peers) connection?.destroy();
    await zoo.run(20);
    expect([one.isConnectedTo(sid(1050)), one.isConnectedTo(sid(2))]).toEqual([false, true]);
  });

  test('and is in no configuration is forgotten with its connection', async () => {
    proves('ED-09');
    const zoo = new Fixture(2);
    const one = await zoo.manager(1);
    for (const id of [2, 9]) {
      const first = zoo.raw(1, intro(id));
      await zoo.run(10);
      one.send(sid(id), Buffer.from('hello'));
      await zoo.run(10);
      expect(first.heard).toEqual(frame('hello'));
      first.connection?.destroy();
      await zoo.run(10);
    }
    const again = [2, 9].map((id) => zoo.raw(1, intro(id)));
    await zoo.run(10);
    expect(again.map(({ heard }) => heard.length)).toEqual([frame('hello').length, 0]);
  });

  test('and is in no configuration is one of 20 that are connected back to', async () => {
    proves('ED-09');
    const zoo = new Fixture(1);
    zoo.config.clear();
    await zoo.manager(5000, { electionAddresses: [{ host: 's5000', port: PORT }] });
    const asked: string[] = [];
    zoo.simulation.onEvent((event) => {
      if (event.kind === 'connect' && event.from === 's5000') asked.push(event.to);
    });
    zoo.simulation.machine('hole');
    zoo.simulation.network.partition('s5000', 'hole');
    const addresses = Array.from({ length: 30 }, (_, port) => ({ host: 'hole', port: 1 + port }));
    for (let id = 1; id <= 30; id++) zoo.raw(5000, intro(id, addresses));
    await zoo.run(20);
    expect(asked).toHaveLength(20);
    // Of the thirty addresses that each of them has named, eight are tried.
    await zoo.run(20_000);
    expect(asked).toHaveLength(160);
  });
});

describe('a server that is called', () => {
  test('and does not answer is given up after 5 s, and may be called again', async () => {
    proves('QC-09', 'QC-12');
    const zoo = new Fixture(2);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    zoo.simulation.network.partition('s1', 's2');
    const asked: number[] = [];
    zoo.simulation.onEvent((event) => {
      if (event.kind === 'connect') asked.push(event.atMs);
    });
    for (let ms = 0; ms < 6000; ms += 100) {
      two.send(sid(1), Buffer.from(`at ${ms}`));
      await zoo.run(100);
    }
    expect(asked).toHaveLength(2);
    expect((asked[1] as number) - (asked[0] as number)).toBeGreaterThanOrEqual(5000);
    expect(zoo.warnings(2)).toEqual([expect.stringMatching(/no connection for elections to server 1: .*ETIMEDOUT/)]);
    zoo.simulation.network.heal();
    await zoo.run(100);
    expect(zoo.received).toEqual(['2->1: at 5900']);
  });

  test('may have several addresses: the first that answers is used', async () => {
    proves('QC-14', 'ED-08');
    const zoo = new Fixture(2);
    zoo.simulation.machine('s1-b');
    zoo.simulation.machine('hole');
    zoo.simulation.network.isolate('hole');
    zoo.config.set(sid(1), [
      { host: 'hole', port: PORT },
      { host: 'nowhere', port: PORT },
      { host: 's1', port: PORT },
    ]);
    await zoo.manager(1);
    const two = await zoo.manager(2);
    two.send(sid(1), Buffer.from('hello'));
    await zoo.run(1100);
    // One second for the first, and the second is refused at once.
    expect(zoo.received).toEqual(['2->1: hello']);
    await zoo.run(20_000);
    expect([zoo.warnings(2), two.isConnectedTo(sid(1))]).toEqual([[], true]);
  });

  test('hears of all addresses, if it understands that', async () => {
    proves('QC-01');
    const zoo = new Fixture(1);
    const callers = await zoo.rawListener();
    zoo.config.set(sid(1), [{ host: 'raw', port: PORT }]);
    const electionAddresses = [
      { host: 's2', port: PORT },
      { host: '10.0.0.2', port: 3889 },
    ];
    for (const multiAddressEnabled of [false, true]) {
      const options = { electionAddresses, multiAddressEnabled, quorumListenOnAllIPs: true };
      const two = await zoo.manager(2, options);
      two.send(sid(1), Buffer.from('x'));
      await zoo.run(10);
      two.halt();
    }
    const said = callers.map(({ heard }) => decodeInitialMessage(heard)?.message.addresses);
    expect(said).toEqual([electionAddresses.slice(0, 1), electionAddresses]);
  });
});

describe('listening', () => {
  test('is tried again when the port is taken', async () => {
    proves('QC-13');
    const zoo = new Fixture(1);
    const taken = await zoo.simulation.settle(
      zoo.simulation.machine('s1').world.network.listen({ host: '', port: PORT }, () => {}),
    );
    zoo.simulation.schedule(1500, () => void taken.close());
    const one = await zoo.manager(1);
    expect(zoo.simulation.nowMs).toBeGreaterThanOrEqual(2000);
    expect(zoo.warnings(1)).toHaveLength(2);
    expect(one.listenAddresses).toEqual([{ host: 's1', port: PORT }]);
  });

  test('fails after three times', async () => {
    proves('QC-13');
    const zoo = new Fixture(1);
    await zoo.simulation.settle(zoo.simulation.machine('s1').world.network.listen({ host: '', port: PORT }, () => {}));
    await expect(zoo.manager(1)).rejects.toThrow('EADDRINUSE');
    expect(zoo.simulation.nowMs).toBeLessThan(2100);
  });

  test('never fails when it may be tried for ever', async () => {
    proves('QC-13');
    const zoo = new Fixture(1);
    const taken = await zoo.simulation.settle(
      zoo.simulation.machine('s1').world.network.listen({ host: '', port: PORT }, () => {}),
    );
    zoo.simulation.schedule(60_500, () => void taken.close());
    await zoo.manager(1, { bindRetries: 0 });
    expect(zoo.warnings(1).length).toBeGreaterThan(50);
  });

  test('on all addresses is by port', async () => {
    proves('QC-13');
    const zoo = new Fixture(1);
    const one = await zoo.manager(1, {
      quorumListenOnAllIPs: true,
      electionAddresses: [
        { host: 'elsewhere', port: 3888 },
        { host: '10.0.0.1', port: 3888 },
        { host: '10.0.0.1', port: 3889 },
      ],
    });
    expect(one.listenAddresses.map(({ port }) => port)).toEqual([3888, 3889]);
  });
});

test('what is halted is closed, and does nothing more', async () => {
  const zoo = new Fixture(3);
  await zoo.manager(1);
  const two = await zoo.manager(2);
  const peers = [zoo.raw(2), zoo.raw(2, intro(3))];
  two.send(sid(1), Buffer.from('hello'));
  await zoo.run(10);
  two.halt();
  two.send(sid(1), Buffer.from('more'));
  two.connectAll();
  await zoo.run(10_000);
  expect(peers.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  expect(zoo.received).toEqual(['2->1: hello']);
  const late = zoo.raw(2);
  await zoo.run(10);
  expect([late.isClosed, two.isConnectedTo(sid(1))]).toEqual([true, false]);
});
