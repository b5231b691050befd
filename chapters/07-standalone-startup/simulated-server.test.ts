import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK } from '#00-introduction/network-conditions.js';
import { hex } from '#06-network-protocol/ids.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { isPing, type TranscriptEntry } from '#07-standalone-startup/transcript.js';
import type { ZooKeeperServer } from '#07-standalone-startup/zookeeper-server.js';

/** A server that serves, on a network that keeps no surprises. */
async function calmServer(seed = 7): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed, network: CALM_NETWORK });
  await zoo.settle(zoo.start());
  return zoo;
}

async function connected(zoo: SimulatedServer, name: string): Promise<ZooKeeper> {
  return zoo.settle(zoo.connect(name));
}

/** The transcript without times, log lines and pings. */
function story(zoo: SimulatedServer, from = 0): string[] {
  const entries = zoo.transcript.entries.slice(from).filter((entry) => entry.kind !== 'log' && !isPing(entry));
  return zoo.transcript
    .text(entries)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^ *[\d.]+ ms {2}/, '').replace(/ {2,}/g, '  '));
}

describe('a transcript', () => {
  test('tells what clients and server said to each other, in order', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    const bob = await connected(zoo, 'bob');
    await zoo.settle(bob.exists('/job', { watch: () => {} }));
    await zoo.settle(alice.create('/job', 'paint'));
    await zoo.settle(bob.getData('/job'));
    await zoo.settle(bob.delete('/nothing').catch(() => {}));
    const id = hex(alice.sessionId);
    const otherId = hex(bob.sessionId);
    expect(story(zoo)).toEqual([
      'alice -> server  connect timeout 30000 session 0x0',
      `server -> alice  connected timeout 30000 session 0x${id}`,
      'bob -> server  connect timeout 30000 session 0x0',
      `server -> bob  connected timeout 30000 session 0x${otherId}`,
      'bob -> server  exists /job watch',
      'server -> bob  reply #1 exists NoNode zxid 0x2',
      'alice -> server  create /job "paint"',
      'server -> bob  event NodeCreated /job',
      'server -> alice  reply #1 create ok /job zxid 0x3',
      'bob -> server  getData /job',
      'server -> bob  reply #2 getData ok "paint" version 0 zxid 0x3',
      'bob -> server  delete /nothing',
      'server -> bob  reply #3 delete NoNode zxid 0x4',
    ]);
  });

  test('has entries with times, names and the packet itself', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    await zoo.settle(alice.create('/job', 'paint'));
    const sent = zoo.transcript.entries.find(({ text }) => text.startsWith('create'));
    expect(sent).toMatchObject({
      kind: 'packet',
      from: 'alice',
      to: 'server',
      connection: 1,
      packet: {
        kind: 'request',
        details: { header: { xid: 1 }, record: { path: '/job', data: Buffer.from('paint') } },
      },
    });
    const { atMs, arrivedMs } = sent as TranscriptEntry & { kind: 'packet' };
    expect(arrivedMs).toBeCloseTo(atMs + 1, 6);
    const text = zoo.transcript.text([sent as TranscriptEntry]);
    expect(text).toBe(`${atMs.toFixed(3)} ms  alice -> server  create /job "paint"\n`);
  });

  test('knows a packet that came in pieces, and one that shared a piece with others', async () => {
    const zoo = new SimulatedServer({ seed: 3, network: { splitChance: 1, joinChance: 0.2, singleByteChance: 0.5 } });
    await zoo.settle(zoo.start());
    const bytesAt: { atMs: number; from: string; sumBytes: number }[] = [];
    const sums: Record<string, number> = { alice: 0, server: 0 };
    zoo.simulation.onEvent((event) => {
      if (event.kind !== 'data') return;
      const { atMs, from } = event;
      const sumBytes = (sums[from] ?? 0) + event.bytes.length;
      sums[from] = sumBytes;
      bytesAt.push({ atMs, from, sumBytes });
    });
    const alice = await connected(zoo, 'alice');
    const writes: Promise<string>[] = [];
    for (let i = 0; i < 20; i++) {
      writes.push(alice.create(`/n${i}`, 'x'.repeat(i * 20)));
      await zoo.simulation.runFor(0.5);
    }
    await zoo.settle(Promise.all(writes));
    expect(bytesAt.length).toBeGreaterThan(60);
    const packets = zoo.transcript.entries.filter((entry) => entry.kind === 'packet');
    expect(packets.filter(({ text }) => text.startsWith('create'))).toHaveLength(20);
    expect(packets.filter(({ text }) => / create ok /.test(text))).toHaveLength(20);
    const needed: Record<string, number> = { alice: 0, server: 0 };
    for (const { from, packet, arrivedMs } of packets) {
      const neededBytes = (needed[from] ?? 0) + packet.sizeBytes;
      needed[from] = neededBytes;
      const lastByte = bytesAt.find((bytes) => bytes.from === from && bytes.sumBytes >= neededBytes);
      expect(arrivedMs).toBe(lastByte?.atMs);
    }
  });

  test('shows which packets never arrived', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    const from = zoo.transcript.entries.length;
    const lost = expect(zoo.settle(alice.create('/a'))).rejects.toThrow(/ConnectionLoss/);
    // As soon as the server has said that it is done.
    zoo.simulation.onEvent((event) => {
      if (event.kind === 'send' && event.from === 'server') zoo.simulation.network.breakConnections('server', 'alice');
    });
    await lost;
    expect(story(zoo, from).slice(0, 3)).toEqual([
      'alice -> server  create /a ""',
      'server -> alice  reply #1 create ok /a zxid 0x2  (has not arrived)',
      'alice -> server  the connection breaks',
    ]);
  });

  test('tells what befell machines, disks and the network', async () => {
    const zoo = await calmServer();
    const { simulation, machine } = zoo;
    const alice = await connected(zoo, 'alice');
    const from = zoo.transcript.entries.length;
    machine.freeze(10);
    machine.jumpWallClock(-5000);
    simulation.network.partition('alice', 'server');
    simulation.network.heal();
    machine.disk.faults.failSyncs = 1;
    await zoo.settle(alice.create('/a').catch(() => {}));
    await simulation.runFor(3);
    machine.disk.faults.failNameChanges = 1;
    await expect(zoo.settle(zoo.restart())).rejects.toThrow(/EIO/);
    zoo.crash();
    await simulation.runFor(2000);
    await zoo.settle(zoo.restart());
    expect([...new Set(story(zoo, from))]).toEqual([
      'server  freezes for 10 ms',
      'server  the clock on the wall jumps by -5000 ms',
      'alice -> server  nothing gets through',
      'server -> alice  nothing gets through',
      'alice -> server  everything gets through again',
      'server -> alice  everything gets through again',
      'alice -> server  create /a ""',
      'server  disk fault: sync /data/version-2/log.1 fails with EIO',
      'server  killed: what was written stays',
      'server  restart',
      expect.stringMatching(/^server {2}disk fault: \w+ \/data\/version-2\/\S+ fails with EIO$/),
      'server  crash: what was not synced is lost',
      'alice -> server  connection refused',
    ]);
    expect(zoo.transcriptText()).toContain(
      'log error: stopping: nothing can be acknowledged any more (DiskError: cannot sync /data/version-2/log.1',
    );
  });

  test('has four-letter words too, and leaves out what goes to other ports', async () => {
    const zoo = await calmServer();
    const { network } = zoo.simulation.machine('admin').world;
    await zoo.machine.world.network.listen({ host: '', port: 8080 }, (connection) =>
      connection.setHandler({ data: () => {}, closed: () => {} }),
    );
    for (const port of [8080, 2181]) {
      network.connect({ host: 'server', port }, { data: () => {}, closed: () => {} }).write(Buffer.from('srvr'));
    }
    await zoo.simulation.runFor(100);
    expect(story(zoo)).toEqual([
      'admin -> server  srvr',
      expect.stringMatching(/^server -> admin {2}answer "Zookeeper version/),
    ]);
  });

  test('can be read step by step, and comes to the same', async () => {
    const run = async (isStepping: boolean): Promise<string> => {
      const zoo = new SimulatedServer({ seed: 5 });
      const play = async (): Promise<void> => {
        await zoo.start();
        const alice = await zoo.connect('alice');
        await Promise.all([alice.create('/a'), alice.create('/b')]);
        await alice.close();
      };
      const played = play();
      if (!isStepping) await zoo.settle(played);
      const seen: TranscriptEntry[] = [];
      for (let isNew = isStepping; isNew; ) {
        const entries = await zoo.step();
        seen.push(...entries);
        isNew = entries.length > 0;
      }
      if (isStepping) expect(seen).toEqual(zoo.transcript.entries);
      return zoo.transcriptText();
    };
    expect(await run(true)).toBe(await run(false));
  });

  test('has no next step when nothing more is said', async () => {
    const zoo = await calmServer();
    expect(await zoo.step()).toEqual([]);
    expect(zoo.simulation.nowMs).toBeGreaterThan(60_000);
  });
});

describe('a simulated server', () => {
  test('keeps what it has acknowledged over a crash, a kill and a stop', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    const endings = [() => zoo.crash(), () => zoo.kill(), () => zoo.settle(zoo.stop()), () => {}];
    for (const [i, end] of endings.entries()) {
      await zoo.settle(alice.create(`/${i}`, `data ${i}`));
      await end();
      if (i < 3) expect([zoo.server, zoo.failure]).toEqual([null, null]);
      await zoo.settle(zoo.restart());
      expect(zoo.server).not.toBeNull();
    }
    // The client has lost each of its connections, and has its session still.
    await zoo.settle(alice.sync().catch(() => {}));
    const { children } = await zoo.settle(alice.getChildren('/'));
    expect(children.sort()).toEqual(['0', '1', '2', '3', 'zookeeper']);
    expect(String((await zoo.settle(alice.getData('/2'))).data)).toBe('data 2');
  });

  test('shows its tree, and its files even when it is down', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    await zoo.settle(alice.create('/b', 'x'));
    await zoo.settle(alice.create('/a'));
    await zoo.settle(alice.create('/b/c'));
    const reserved = ['/zookeeper', '/zookeeper/config', '/zookeeper/quota'];
    expect(zoo.nodes().map(({ path }) => path)).toEqual(['/', '/a', '/b', '/b/c', ...reserved]);
    expect(zoo.nodes()[2]).toMatchObject({ data: Buffer.from('x'), stat: { czxid: 2n, version: 0, numChildren: 1 } });
    zoo.crash();
    expect(zoo.nodes()).toEqual([]);
    const files = zoo.dataFiles();
    expect(files.map(({ path, sizeBytes }) => [path, sizeBytes > 0])).toEqual([
      ['/data/version-2/log.1', true],
      ['/data/version-2/snapshot.0', true],
    ]);
    const [log, snapshot] = files;
    expect(log?.lines).toHaveLength(5);
    expect(log?.lines[1]).toMatch(/^@\d+ {2}0x2 .* create path "\/b", data 1 byte/);
    expect(log?.lines[4]).toMatch(/^4 transactions; the log ends at offset/);
    expect(snapshot?.lines.at(-1)).toBe('4 nodes with 0 bytes of data; digest 2:0x0 at 0x0; last zxid 0x0');
  });

  test('shows of a damaged file what is wrong with it', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    await zoo.settle(alice.create('/a'));
    const file = zoo.machine.world.disk.open('/data/version-2/log.1', 'write');
    file.writeNow(Buffer.from('nonsense'), 30);
    expect(zoo.dataFiles()[0]?.lines).toEqual([expect.stringMatching(/the log entry at offset 16 has the checksum/)]);
  });

  test('is not started twice', async () => {
    const zoo = await calmServer();
    expect(() => zoo.start()).toThrow('the server runs already');
  });

  test('says why it could not start', async () => {
    const zoo = new SimulatedServer({ seed: 1 });
    zoo.machine.disk.faults.failDirectorySyncs = 1;
    await expect(zoo.settle(zoo.start())).rejects.toThrow('cannot sync directory /');
    expect(zoo.failure?.message).toContain('cannot sync directory /');
    expect(zoo.server).toBeNull();
    await zoo.settle(zoo.start());
    expect([zoo.server?.mode, zoo.failure]).toEqual(['standalone', null]);
  });

  test('may go down while it starts', async () => {
    for (const goDown of ['crash', 'kill'] as const) {
      const zoo = new SimulatedServer({ seed: 1 });
      const starting = zoo.start();
      zoo.simulation.onEvent((event) => {
        if (event.kind === 'rename') zoo[goDown]();
      });
      await expect(zoo.settle(starting)).rejects.toThrow('the machine went down before the server served');
      expect([zoo.server, zoo.failure]).toEqual([null, null]);
    }
  });

  test('that stops itself is not there any more, and says why', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    zoo.machine.disk.faults.failWrites = Number.POSITIVE_INFINITY;
    await expect(zoo.settle(alice.create('/a'))).rejects.toThrow(/ConnectionLoss/);
    expect(zoo.server).toBeNull();
    expect(zoo.failure).toMatchObject({ code: 'EIO' });
    zoo.crash();
    expect(zoo.failure).toMatchObject({ code: 'EIO' });
    await expect(zoo.settle(zoo.restart())).rejects.toMatchObject({ code: 'EIO' });
    zoo.machine.disk.faults.failWrites = 0;
    await zoo.settle(zoo.restart());
    expect(zoo.failure).toBeNull();
  });

  test('has clients on machines of their own, which may crash as well', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    const other = await connected(zoo, 'alice');
    expect(other.sessionId).not.toBe(alice.sessionId);
    zoo.simulation.machine('alice').crash();
    zoo.simulation.machine('alice').restart();
    const again = await connected(zoo, 'alice');
    expect(await zoo.settle(again.create('/a'))).toBe('/a');
    expect(zoo.server?.connections).toHaveLength(1);
  });

  test('counts how long requests took: the write that waits for the disk, and the reads that wait for nothing', async () => {
    const zoo = await calmServer();
    const alice = await connected(zoo, 'alice');
    Object.assign(zoo.machine.disk.faults, { syncMs: [40, 40] });
    await zoo.settle(alice.exists('/'));
    await zoo.settle(alice.create('/a'));
    await zoo.settle(alice.exists('/a'));
    const { minLatencyMs, averageLatencyMs, maxLatencyMs } = (zoo.server as ZooKeeperServer).stats;
    expect([minLatencyMs, Math.floor(maxLatencyMs)]).toEqual([0, 40]);
    // Her session, too, was a request.
    expect(Math.floor(4 * averageLatencyMs)).toBe(40);
  });

  test('takes any configuration', async () => {
    const config = { clientPort: 2182, dataDir: '/snapshots', dataLogDir: '/logs', maxSessionTimeoutMs: 5000 };
    const zoo = new SimulatedServer({ seed: 1, config });
    await zoo.settle(zoo.start());
    const alice = await connected(zoo, 'alice');
    expect(zoo.connectString).toBe('server:2182');
    expect(alice.sessionTimeoutMs).toBe(5000);
    expect(zoo.dataFiles().map(({ path }) => path)).toEqual([
      '/snapshots/version-2/snapshot.0',
      '/logs/version-2/log.1',
    ]);
  });
});
