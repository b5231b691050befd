/**
 * A server that is looking for a leader, ours and Apache's, and the test as all the others: what goes over its election
 * port, byte by byte. The server is number 2; 1 and 3 vote, 4 observes.
 */
import { Buffer } from 'node:buffer';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import { decodeInitialMessage, encodeInitialMessage } from '#15-fast-leader-election/initial-message.js';
import { decodeNotification, encodeNotification } from '#15-fast-leader-election/notification.js';
import { eventually } from '#testing/apache-ensemble.node.js';
import { freePort, startApacheServer } from '#testing/apache-server.node.js';
import { GUARD_MS } from '#testing/child-process.node.js';
import { proves } from '#testing/proves.js';
import { connectRaw, framed, type RawConnection } from '#testing/raw-connection.node.js';
import { describeServers } from '#testing/servers.js';
import { startZoowalkProcess } from '#testing/zoowalk-process.node.js';

const HOST = '127.0.0.1';
const sid = (id: number | bigint): ServerId => serverId(BigInt(id));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describeServers('a server that is looking', ({ name }) => {
  /** Starts it. @returns what the others know of it */
  async function startLooking(properties: Record<string, string> = {}): Promise<Looking> {
    const ports = new Map<number, { readonly quorum: number; readonly election: number }>();
    for (const id of [1, 2, 3, 4]) ports.set(id, { quorum: await freePort(), election: await freePort() });
    const config: Record<string, string> = { tickTime: '500', initLimit: '20', syncLimit: '4', ...properties };
    for (const [id, { quorum, election }] of ports) {
      config[`server.${id}`] = `${HOST}:${quorum}:${election}:${id === 4 ? 'observer' : 'participant'}`;
    }
    const options = { config, myId: 2 };
    const server =
      name === 'apache'
        ? await startApacheServer({ ...options, ready: 'running' })
        : await startZoowalkProcess(options);
    cleanups.push(() => server[Symbol.asyncDispose]());
    return new Looking(ports);
  }

  test('tells a voter with a larger id what it votes for, in its own words and bytes', async () => {
    proves('NF-1', 'NF-2', 'NF-3', 'NF-4', 'NF-5', 'NF-6', 'NF-7', 'EL-02', 'EL-03', 'EL-21', 'QC-05', 'QC-06');
    const looking = await startLooking();
    const three = await looking.connect(encodeInitialMessage(sid(3), [looking.addressOf(3)], false));
    const bytes = await three.receive();
    const { vote, config } = decodeNotification(bytes);
    expect(vote).toEqual({ leader: 2n, zxid: 0n, electionEpoch: 1n, peerEpoch: 0n, state: 'looking', version: 2 });
    expect(config).toBe(looking.config);
    expect(encodeNotification({ vote, config: looking.config })).toEqual(bytes);
  });

  test('knows a server by its bare id', async () => {
    proves('QC-02');
    const looking = await startLooking();
    const bare = Buffer.alloc(8);
    bare.writeBigInt64BE(3n);
    const three = await looking.connect(bare);
    expect((await hear(three)).leader).toBe(2n);
  });

  test('connects back to one with a smaller id', async () => {
    proves('QC-01', 'QC-05');
    const looking = await startLooking();
    const listener = await listen();
    const one = await looking.connect(encodeInitialMessage(sid(1), [listener.address], false));
    await one.closed;
    const caller = await listener.next();
    const introduction = await caller.read(20);
    const { message } = decodeInitialMessage(await caller.read(20 + introduction.readInt32BE(16))) ?? {};
    expect(message).toEqual({ sender: 2n, addresses: [looking.addressOf(2)] });
    expect(introduction.readBigInt64BE(0)).toBe(-65536n);
    const frame = await caller.readFrame();
    expect(decodeNotification(frame).vote).toMatchObject({ leader: 2n, state: 'looking' });
  });

  test.each(['0.0.0.0', '[::]'])('does not connect back to %s, but to where the configuration says', async (host) => {
    proves('QC-04');
    const looking = await startLooking();
    const listener = await listen(looking.addressOf(1).port);
    // The port is that of nobody.
    const text = Buffer.from(`${host}:1`);
    const introduction = Buffer.alloc(20 + text.length);
    introduction.writeBigInt64BE(-65536n, 0);
    introduction.writeBigInt64BE(1n, 8);
    introduction.writeInt32BE(text.length, 16);
    text.copy(introduction, 20);
    await looking.connect(introduction);
    const caller = await listener.next();
    expect((await caller.read(16)).readBigInt64BE(8)).toBe(2n);
  });

  test('gives one without an id an id below all others, and so connects back to it', async () => {
    proves('QC-03');
    const looking = await startLooking();
    const listener = await listen();
    const observer = await looking.connect(encodeInitialMessage(sid(2n ** 63n - 1n), [listener.address], false));
    await observer.closed;
    const caller = await listener.next();
    expect((await caller.read(16)).readBigInt64BE(8)).toBe(2n);
  });

  test.each<[string, Buffer]>([
    ['an unknown version', introductionWith({ version: -65534n })],
    ['no address', introductionWith({ lengthBytes: 0 })],
    ['too many addresses', introductionWith({ lengthBytes: 2049 })],
    ['an address without a port', introductionWith({ text: 'somewhere' })],
  ])('turns away who introduces itself with %s', async (_what, introduction) => {
    proves('QC-02');
    const looking = await startLooking();
    const three = await looking.connect(introduction);
    expect(await three.receiveRest()).toEqual(Buffer.alloc(0));
    // And it lives on.
    const next = await looking.connect(encodeInitialMessage(sid(3), [looking.addressOf(3)], false));
    expect((await hear(next)).leader).toBe(2n);
  });

  test.each([0, -1, 524_289])('ends a connection with a message of %i bytes', async (lengthBytes) => {
    proves('QC-06');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    const length = Buffer.alloc(4);
    length.writeInt32BE(lengthBytes);
    three.sendBytes(length);
    await three.closed;
  });

  test('drops what is no notification, and goes on', async () => {
    proves('NF-8');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    const better = notification({ leader: 3, peerEpoch: 9n });
    for (const sizeBytes of [1, 27, 29, 36, 41, better.length - 1]) three.send(better.subarray(0, sizeBytes));
    const wrongLength = Buffer.from(better);
    wrongLength.writeInt32BE(-5, 40);
    three.send(wrongLength);
    const wrongState = Buffer.from(better);
    wrongState.writeInt32BE(7, 0);
    three.send(wrongState);
    // A vote that is not better, in a later round: the answer shows that nothing has been taken over before.
    three.send(notification({ leader: 1, electionEpoch: 5n }));
    expect(await hearUntil(three, ({ electionEpoch }) => electionEpoch === 5n)).toMatchObject({ leader: 2n });
  });

  test('reads the messages of older releases', async () => {
    proves('NF-8');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    // Without an epoch: that of the zxid counts.
    three.send(notification({ leader: 3, zxid: 0x4_0000_0001n, peerEpoch: 0n }).subarray(0, 28));
    expect(await hearUntil(three, ({ leader }) => leader === 3n)).toMatchObject({ peerEpoch: 4n });
    // Without a version, and with one that has no configuration.
    three.send(notification({ leader: 3, zxid: 0x5_0000_0001n, peerEpoch: 5n }).subarray(0, 40));
    expect(await hearUntil(three, ({ peerEpoch }) => peerEpoch === 5n)).toMatchObject({ leader: 3n });
    three.send(notification({ leader: 3, zxid: 0x6_0000_0001n, peerEpoch: 6n, version: 1 }).subarray(0, 44));
    expect(await hearUntil(three, ({ peerEpoch }) => peerEpoch === 6n)).toMatchObject({ leader: 3n });
  });

  test('takes over a better vote, by epoch, zxid and id, and no other', async () => {
    proves('EL-01', 'EL-05');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    const steps = [
      { leader: 3, zxid: 0n, peerEpoch: 0n, isBetter: true },
      { leader: 1, zxid: 1n, peerEpoch: 0n, isBetter: true },
      { leader: 3, zxid: 0n, peerEpoch: 0n, isBetter: false },
      { leader: 3, zxid: 1n, peerEpoch: 0n, isBetter: true },
      { leader: 1, zxid: 0n, peerEpoch: 1n, isBetter: true },
      { leader: 3, zxid: 9n, peerEpoch: 0n, isBetter: false },
      { leader: 2, zxid: 0n, peerEpoch: 1n, isBetter: true },
      { leader: 1, zxid: 0n, peerEpoch: 1n, isBetter: false },
      { leader: 2, zxid: 5n, peerEpoch: 1n, isBetter: true },
    ];
    // Server 3 is told each change, and never votes the same, so no quorum comes together.
    let expected: { readonly leader: bigint; readonly zxid: bigint; readonly peerEpoch: bigint } | null = null;
    for (const { isBetter, ...vote } of steps) {
      three.send(notification({ ...vote, version: 2 }));
      if (isBetter) expected = { leader: BigInt(vote.leader), zxid: vote.zxid, peerEpoch: vote.peerEpoch };
      // A vote of 3 for the worst there is: it only makes the server count again, and speak to nobody.
      three.send(notification({ leader: 1, zxid: 0n, peerEpoch: 0n }));
      if (isBetter) {
        const wanted = { ...expected };
        expect(
          await hearUntil(three, (heard) => heard.leader === wanted.leader && heard.zxid === wanted.zxid),
        ).toMatchObject(wanted);
      }
    }
    // A later round begins with its own vote again.
    three.send(notification({ leader: 1, zxid: 0n, peerEpoch: 0n, electionEpoch: 2n }));
    const begun = await hearUntil(three, ({ electionEpoch }) => electionEpoch === 2n);
    expect(begun).toMatchObject({ leader: 2n, zxid: 0n, peerEpoch: 0n });
  });

  test('answers one in an earlier round with its own, and does not count its vote', async () => {
    proves('EL-05');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    three.send(notification({ leader: 1, electionEpoch: 8n }));
    await hearUntil(three, ({ electionEpoch }) => electionEpoch === 8n);
    three.send(notification({ leader: 3, zxid: 99n, peerEpoch: 9n, electionEpoch: 7n }));
    expect(await hear(three)).toMatchObject({ leader: 2n, zxid: 0n, electionEpoch: 8n, state: 'looking' });
  });

  test('passes over a vote whose zxid is -1', async () => {
    proves('EL-05');
    const looking = await startLooking();
    const three = await looking.introduce(3);
    three.send(notification({ leader: 3, zxid: -1n, peerEpoch: 9n, electionEpoch: 4n }));
    three.send(notification({ leader: 1, electionEpoch: 3n }));
    expect(await hearUntil(three, ({ electionEpoch }) => electionEpoch > 1n)).toMatchObject({ electionEpoch: 3n });
  });

  test('follows whom a quorum has voted for, and says so to one that comes late', async () => {
    proves('EL-06', 'EL-07', 'EL-11');
    const looking = await startLooking();
    const leader = await listen(looking.quorumPortOf(3));
    const three = await looking.introduce(3);
    three.send(notification({ leader: 3, zxid: 5n }));
    // Until then it must not be asked: each notification that comes begins the wait of Apache's server anew (ED-02).
    await leader.next();
    three.send(notification({ leader: 1, electionEpoch: 9n }));
    const said = await hearUntil(three, ({ state }) => state !== 'looking');
    expect(said).toMatchObject({ leader: 3n, zxid: 5n, electionEpoch: 1n, peerEpoch: 0n, state: 'following' });
  });

  test('joins a leader that a quorum has, in the round of that one', async () => {
    proves('EL-08', 'EL-09');
    const looking = await startLooking();
    const leader = await listen(looking.quorumPortOf(3));
    const listener = await listen(looking.addressOf(1).port);
    const three = await looking.introduce(3);
    three.send(notification({ leader: 3, zxid: 5n, electionEpoch: 7n, state: 'leading' }));
    // The leader alone is no quorum.
    three.send(notification({ leader: 1, electionEpoch: 2n }));
    await hearUntil(three, ({ electionEpoch, state }) => electionEpoch === 2n && state === 'looking');
    listener.say(framed(notification({ leader: 3, zxid: 5n, electionEpoch: 7n, state: 'following' })));
    await looking.connect(encodeInitialMessage(sid(1), [listener.address], false));
    await leader.next();
    three.send(notification({ leader: 1, electionEpoch: 9n }));
    const said = await hearUntil(three, ({ state }) => state !== 'looking');
    expect(said).toMatchObject({ leader: 3n, electionEpoch: 7n, state: 'following' });
  });

  test('does not join a leader that has not said that it leads', async () => {
    proves('EL-09');
    const looking = await startLooking();
    const listener = await listen(looking.addressOf(1).port);
    const three = await looking.introduce(3);
    // Both follow 1, which does not lead.
    three.send(notification({ leader: 1, zxid: 5n, electionEpoch: 7n, state: 'following' }));
    const following = framed(notification({ leader: 1, zxid: 5n, electionEpoch: 7n, state: 'following' }));
    listener.say(Buffer.concat([following, framed(notification({ leader: 1, electionEpoch: 4n }))]));
    await looking.connect(encodeInitialMessage(sid(1), [listener.address], false));
    const said = await hearUntil(three, ({ electionEpoch }) => electionEpoch === 4n);
    expect(said).toMatchObject({ leader: 2n, state: 'looking' });
  });

  test('answers an observer, and does not count it', async () => {
    proves('EL-12');
    const looking = await startLooking();
    await looking.introduce(3);
    const four = await looking.connect(encodeInitialMessage(sid(4), [looking.addressOf(4)], false));
    for (const leader of [2, 3]) {
      four.send(notification({ leader, zxid: 9n, peerEpoch: 9n }));
      expect(await hear(four)).toMatchObject({ leader: 2n, zxid: 0n, electionEpoch: 1n, state: 'looking' });
    }
  });

  test('answers an observer that is in a later round, or does not', async () => {
    const looking = await startLooking();
    await looking.introduce(3);
    const four = await looking.connect(encodeInitialMessage(sid(4), [looking.addressOf(4)], false));
    four.send(notification({ leader: 2, electionEpoch: 6n }));
    if (name === 'apache') {
      // An observer of Apache's would answer that in turn, as one that is behind.
      expect(await hear(four)).toMatchObject({ electionEpoch: 1n, state: 'looking' });
    } else {
      proves('ED-03');
      four.send(notification({ leader: 2 }));
      await hear(four);
      // The next connection ends this one: nothing else was said.
      await looking.connect(encodeInitialMessage(sid(4), [looking.addressOf(4)], false));
      expect(await four.receiveRest()).toEqual(Buffer.alloc(0));
    }
  });

  test('lives on when somebody names a port that can not be, or does not', async () => {
    const looking = await startLooking();
    const three = await looking.connect(introductionWith({ text: `${HOST}:70000` }));
    if (name === 'apache') {
      await eventually('nobody listens any more', () =>
        connectRaw(looking.addressOf(2).port).then(
          () => false,
          () => true,
        ),
      );
    } else {
      proves('ED-07');
      await three.closed;
      await looking.introduce(3);
    }
  });

  test('says its last message again on a new connection', async () => {
    proves('QC-08');
    const looking = await startLooking({ 'fastleader.minNotificationInterval': '30000' });
    const first = await looking.introduce(3);
    first.send(notification({ leader: 3, zxid: 5n }));
    await hearUntil(first, ({ leader }) => leader === 3n);
    first.destroy();
    const second = await looking.connect(encodeInitialMessage(sid(3), [looking.addressOf(3)], false));
    expect(await hear(second)).toMatchObject({ leader: 3n, zxid: 5n });
  });

  test('closes the connection that it had before to the same server', async () => {
    proves('QC-05');
    const looking = await startLooking();
    const first = await looking.introduce(3);
    await looking.introduce(3);
    await first.closed;
  });
});

// -------------------------------------------------------------------------------------------------- helpers

interface Said {
  readonly leader: number;
  readonly zxid?: bigint;
  readonly peerEpoch?: bigint;
  readonly electionEpoch?: bigint;
  readonly state?: Vote['state'];
  readonly version?: number;
}

function notification({ leader, ...said }: Said): Buffer {
  const vote = { zxid: 0n, peerEpoch: 0n, electionEpoch: 1n, state: 'looking' as const, version: 2, ...said };
  return encodeNotification({ vote: { ...vote, leader: sid(leader), zxid: zxid(vote.zxid) }, config: '' });
}

function introductionWith(wrong: { version?: bigint; lengthBytes?: number; text?: string }): Buffer {
  const text = Buffer.from(wrong.text ?? `${HOST}:1`);
  const bytes = Buffer.alloc(20 + text.length);
  bytes.writeBigInt64BE(wrong.version ?? -65536n, 0);
  bytes.writeBigInt64BE(3n, 8);
  bytes.writeInt32BE(wrong.lengthBytes ?? text.length, 16);
  text.copy(bytes, 20);
  return bytes;
}

class Looking {
  private readonly ports: ReadonlyMap<number, { readonly quorum: number; readonly election: number }>;

  constructor(ports: ReadonlyMap<number, { readonly quorum: number; readonly election: number }>) {
    this.ports = ports;
  }

  /** The configuration as servers tell it to each other. */
  get config(): string {
    const lines = [...this.ports].map(([id, { quorum, election }]) => {
      return `server.${id}=${HOST}:${quorum}:${election}:${id === 4 ? 'observer' : 'participant'}\n`;
    });
    return `${lines.join('')}version=0`;
  }

  addressOf(id: number): { host: string; port: number } {
    return { host: HOST, port: this.ports.get(id)?.election as number };
  }

  /** Where a follower of this server comes to. */
  quorumPortOf(id: number): number {
    return this.ports.get(id)?.quorum as number;
  }

  /** Connects to its election port, which may not be there yet. */
  async connect(bytes: Buffer): Promise<RawConnection> {
    const endsAt = performance.now() + GUARD_MS;
    for (;;) {
      try {
        const connection = await connectRaw(this.addressOf(2).port, HOST);
        cleanups.push(() => connection.destroy());
        connection.sendBytes(bytes);
        return connection;
      } catch (error) {
        if (performance.now() > endsAt) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Connects as a server with a larger id, and waits until it is heard. */
  async introduce(id: number): Promise<RawConnection> {
    const connection = await this.connect(encodeInitialMessage(sid(id), [this.addressOf(id)], false));
    await hear(connection);
    return connection;
  }
}

async function hear(connection: RawConnection): Promise<Vote> {
  return decodeNotification(await connection.receive()).vote;
}

async function hearUntil(connection: RawConnection, isIt: (vote: Vote) => boolean): Promise<Vote> {
  for (;;) {
    const vote = await hear(connection);
    if (isIt(vote)) return vote;
  }
}

/** Somebody who has connected to the test. */
class Caller {
  private received: Buffer = Buffer.alloc(0);
  private taken = 0;
  private wake = (): void => {};

  constructor(socket: Socket) {
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.wake();
    });
  }

  /** The first so many bytes. */
  async read(sizeBytes: number): Promise<Buffer> {
    while (this.received.length < sizeBytes) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    this.taken = Math.max(this.taken, sizeBytes);
    return this.received.subarray(0, sizeBytes);
  }

  /** The frame after what has been read. */
  async readFrame(): Promise<Buffer> {
    const from = this.taken;
    const lengthBytes = (await this.read(from + 4)).readInt32BE(from);
    return (await this.read(from + 4 + lengthBytes)).subarray(from + 4);
  }
}

interface CallersListener {
  readonly address: { readonly host: string; readonly port: number };
  next(): Promise<Caller>;
  /**
   * To all that have called and will call. A server that is knocked at may have connected by itself just before, and then
   * gives up that connection for another one: nobody can tell which of them it listens to.
   */
  say(bytes: Buffer): void;
}

async function listen(port = 0): Promise<CallersListener> {
  const callers: Caller[] = [];
  let said: Buffer = Buffer.alloc(0);
  let wake = (): void => {};
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    callers.push(new Caller(socket));
    if (said.length > 0) socket.write(said);
    wake();
  });
  await new Promise<void>((resolve) => server.listen(port, HOST, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    address: { host: HOST, port: (server.address() as AddressInfo).port },
    say(bytes) {
      said = bytes;
      for (const socket of sockets) socket.write(bytes);
    },
    async next() {
      while (callers.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return callers.shift() as Caller;
    },
  };
}
