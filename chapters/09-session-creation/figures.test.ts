/** The figures of this chapter's text, from the runs that it tells of. */
import { expect, test } from 'vitest';
import { CALM_NETWORK, type NetworkConditions, ORDINARY_NETWORK } from '#00-introduction/network-conditions.js';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { sessionId } from '#06-network-protocol/ids.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { sessionPassword } from '#09-session-creation/session-handshake.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';

const SEED = 11;
const DATA = `/data/${VERSION_FOLDER}`;
const EPHEMERAL = { mode: CreateMode.ephemeral };
const ASKED = { sessionTimeoutMs: 6000 };

interface Circumstances {
  readonly seed?: number;
  readonly network?: Partial<NetworkConditions>;
  readonly config?: object;
}

async function start({ seed = SEED, network = CALM_NETWORK, config }: Circumstances = {}): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed, network, config: { tickTimeMs: 2000, ...config } });
  await zoo.settle(zoo.start());
  return zoo;
}

/** What has been seen from an entry of the transcript on, with its time; without pings. */
const seenFrom = (zoo: SimulatedServer, from: number, what: RegExp): string[] =>
  zoo.transcript.entries
    .slice(from)
    .filter(({ text }) => what.test(text))
    .map(({ atMs, text }) => `${Math.round(atMs)} ${text}`);

const HANDSHAKE = /^(connect |connected |session expired)/;

/** Server, time and count. */
function partsOf(id: bigint): string {
  const digits = BigInt.asUintN(64, id).toString(16).padStart(16, '0');
  return `${digits.slice(0, 2)} ${digits.slice(2, 12)} ${digits.slice(12)}`;
}

test('a session outlives its connection', async () => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', ASKED));
  await zoo.settle(w1.create('/payout'));
  await zoo.settle(w1.create('/payout/leader', 'w1', EPHEMERAL));
  await zoo.simulation.runFor(10_000 - zoo.simulation.nowMs);
  const { network } = zoo.simulation;
  network.breakConnections('w1', 'server');
  network.partition('w1', 'server');
  await zoo.simulation.runFor(2000);
  network.heal('w1', 'server');
  await zoo.simulation.runFor(2000);
  expect(seenFrom(zoo, 0, HANDSHAKE)).toEqual([
    '3 connect timeout 6000 session 0x0',
    '4 connected timeout 6000 session 0x19b76daa8280000',
    '13695 connect timeout 6000 session 0x19b76daa8280000 zxid 0x3',
    '13696 connected timeout 6000 session 0x19b76daa8280000',
  ]);
  expect(zoo.server?.tree.get('/payout/leader')).toBeDefined();
  expect(zoo.server?.lastZxid).toBe(3n);
});

test.each([
  [100, 'SyncConnected', '11795 connect'],
  [2000, 'SyncConnected', '13695 connect'],
  [5000, 'SyncConnected', '15002 connect'],
  [7000, 'Expired', undefined],
  [9000, 'Expired', undefined],
])('a connection breaks at 10 000 ms, and nothing gets through for %i ms', async (cutMs, state, back) => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', ASKED));
  await zoo.settle(w1.create('/leader', 'w1', EPHEMERAL));
  await zoo.simulation.runFor(10_000 - zoo.simulation.nowMs);
  const from = zoo.transcript.entries.length;
  const { network } = zoo.simulation;
  network.breakConnections('w1', 'server');
  network.partition('w1', 'server');
  await zoo.simulation.runFor(cutMs);
  network.heal('w1', 'server');
  await zoo.simulation.runFor(6000);
  const came = seenFrom(zoo, from, /^connect /)[0]?.replace(/ timeout.*/, '');
  expect([w1.state, came, zoo.server?.tree.get('/leader') !== undefined]).toEqual([
    state,
    back,
    state === 'SyncConnected',
  ]);
});

test('numbers over starts: two sessions, a restart, and a clock that is set back by an hour', async () => {
  const zoo = await start();
  const given: string[] = [];
  const connect = async (name: string): Promise<void> => {
    given.push(partsOf((await zoo.settle(zoo.connect(name))).sessionId));
  };
  expect(zoo.machine.world.clock.wallMs()).toBeLessThan(Date.UTC(2026, 0, 1) + 1000);
  await connect('w1');
  await connect('w2');
  zoo.kill();
  await zoo.settle(zoo.restart());
  await connect('w3');
  zoo.kill();
  zoo.machine.restart();
  zoo.machine.jumpWallClock(-3_600_000);
  await zoo.settle(zoo.start());
  await connect('w4');
  expect(given).toEqual(['01 9b76daa828 0000', '01 9b76daa828 0001', '01 9b76daa832 0000', '01 9b76daa836 0000']);
});

test('passwords: the top 16 bits of a number do not count', () => {
  const passwordOf = (parts: string): string =>
    sessionPassword(sessionId(BigInt(`0x${parts.replaceAll(' ', '')}`))).toString('hex');
  expect(['01 9b76daa828 0000', '01 9b76daa828 0001', '02 9b76daa828 0000'].map((parts) => passwordOf(parts))).toEqual([
    'eaa1d05b2f5e9a85d81fadd090e714a5',
    'fdc2ca5bcfa979cacd6214fc64702972',
    'eaa1d05b2f5e9a85d81fadd090e714a5',
  ]);
});

test('what is asked for, and what is granted', async () => {
  const zoo = await start();
  const granted: number[] = [];
  for (const sessionTimeoutMs of [1000, 4000, 6000, 40_000, 120_000]) {
    granted.push((await zoo.settle(zoo.connect(`w${sessionTimeoutMs}`, { sessionTimeoutMs }))).sessionTimeoutMs);
  }
  expect(granted).toEqual([4000, 4000, 6000, 40_000, 40_000]);
});

test('a disk that takes 50 ms: a new session waits for it, one that is resumed does not', async () => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', ASKED));
  zoo.machine.disk.faults.syncMs = [50, 50];
  await zoo.settle(w1.exists('/'));
  const from = zoo.transcript.entries.length;
  zoo.simulation.network.breakConnections('w1', 'server');
  await zoo.settle(zoo.connect('w2', ASKED));
  await zoo.simulation.runFor(3000);
  expect(seenFrom(zoo, from, HANDSHAKE)).toEqual([
    '10 connect timeout 6000 session 0x0',
    '61 connected timeout 6000 session 0x19b76daa8280001',
    '1703 connect timeout 6000 session 0x19b76daa8280000 zxid 0x1',
    '1704 connected timeout 6000 session 0x19b76daa8280000',
  ]);
});

test('a hundred clients: what it costs when they come, and when they come back', async () => {
  const costs: number[][] = [];
  for (const network of [CALM_NETWORK, ORDINARY_NETWORK]) {
    const zoo = await start({ network });
    let syncs = 0;
    zoo.simulation.onEvent(({ kind }) => {
      if (kind === 'sync') syncs++;
    });
    const names = Array.from({ length: 100 }, (_, index) => `w${index}`);
    await zoo.settle(Promise.all(names.map((name) => zoo.connect(name, { sessionTimeoutMs: 10_000 }))));
    const transactions = zoo.server?.lastZxid ?? 0n;
    const before = syncs;
    zoo.kill();
    await zoo.settle(zoo.restart());
    syncs = 0;
    await zoo.simulation.runUntil(
      () => zoo.server?.connections.filter(({ session }) => session !== null).length === names.length,
    );
    costs.push([Number(transactions), before, Number((zoo.server?.lastZxid ?? 0n) - transactions), syncs]);
  }
  expect(costs).toEqual([
    [100, 2, 0, 0],
    [100, 28, 0, 0],
  ]);
});

test('two clients with one session take it from each other', async () => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', ASKED));
  await zoo.settle(w1.create('/leader', 'w1', EPHEMERAL));
  const from = zoo.transcript.entries.length;
  const session = { id: w1.sessionId, password: w1.sessionPassword };
  await zoo.settle(zoo.connect('w2', { ...ASKED, session }));
  await zoo.simulation.runFor(60_000);
  const taken = zoo.transcript.entries.slice(from).filter(({ text }) => text.startsWith('connected '));
  expect(taken).toHaveLength(40);
  expect(taken.slice(0, 4).map((entry) => `${Math.round(entry.atMs)} ${'to' in entry && entry.to}`)).toEqual([
    '11 w2',
    '1707 w1',
    '3365 w2',
    '5235 w1',
  ]);
  expect(zoo.server?.tree.get('/leader')).toBeDefined();
});

test('a server on an old copy of its data', async () => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', { sessionTimeoutMs: 30_000 }));
  await zoo.settle(w1.create('/payout'));
  const files = (): Map<string, Buffer> => {
    const { disk } = zoo.machine.world;
    return new Map(disk.list(DATA).map((name) => [name, disk.readFile(`${DATA}/${name}`)]));
  };
  const startOn = async (data: ReadonlyMap<string, Buffer>): Promise<Map<string, Buffer>> => {
    await zoo.settle(zoo.stop());
    const before = files();
    const { disk } = zoo.machine.world;
    for (const name of before.keys()) disk.remove(`${DATA}/${name}`);
    for (const [name, bytes] of data) {
      const file = disk.open(`${DATA}/${name}`, 'create');
      file.writeNow(bytes, 0);
      file.close();
    }
    await zoo.settle(zoo.restart());
    return before;
  };
  const old = files();
  const w2 = await zoo.settle(zoo.connect('w2', { sessionTimeoutMs: 30_000 }));
  await zoo.settle(w2.create('/payout/leader', 'w2', EPHEMERAL));
  const from = zoo.transcript.entries.length;
  const current = await startOn(old);
  await zoo.simulation.runFor(10_000);
  expect([w1.state, w2.state]).toEqual(['SyncConnected', 'Disconnected']);
  expect(seenFrom(zoo, from, /^log warn: refusing/)).toHaveLength(6);
  expect(seenFrom(zoo, from, /^log warn: refusing/)[0]).toMatch(
    /refusing a client that has seen zxid 0x4: this server has only reached 0x2; the client has to try another server$/,
  );
  await startOn(current);
  await zoo.simulation.runFor(5000);
  expect([w1.state, w2.state]).toEqual(['SyncConnected', 'SyncConnected']);
  expect(zoo.server?.tree.get('/payout/leader')).toBeDefined();
});

test('a session that is being closed is not given back', async () => {
  const zoo = await start();
  const w1 = await zoo.settle(zoo.connect('w1', ASKED));
  zoo.machine.disk.faults.syncMs = [50, 50];
  await zoo.settle(w1.exists('/'));
  const session = { id: w1.sessionId, password: w1.sessionPassword };
  const closed = w1.close();
  await zoo.simulation.runFor(10);
  await expect(zoo.settle(zoo.connect('w2', { ...ASKED, session }))).rejects.toThrow(/SessionExpired/);
  await zoo.settle(closed);
  expect(seenFrom(zoo, 0, /closeSession|^connect .*session 0x1|session expired/)).toEqual([
    '8 closeSession',
    '20 connect timeout 6000 session 0x19b76daa8280000',
    '21 session expired',
    '59 reply #2 closeSession ok zxid 0x2',
  ]);
});

test('ConnectionLoss: the write may have been done or not', async () => {
  const outcomes = new Map<string, number>();
  for (let seed = 0; seed < 100; seed++) {
    const zoo = await start({ seed, network: ORDINARY_NETWORK });
    const w1 = await zoo.settle(zoo.connect('w1', ASKED));
    const answer = w1.create('/payout').then(
      () => 'created',
      (error: Error) => error.message.split(' ')[0] as string,
    );
    await zoo.simulation.runFor(zoo.simulation.random.integer(40) / 10);
    zoo.simulation.network.breakConnections('w1', 'server');
    const told = await zoo.settle(answer);
    await zoo.simulation.runFor(3000);
    const outcome = `${told}, ${zoo.server?.tree.get('/payout') ? 'there' : 'not there'}`;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(Object.fromEntries(outcomes)).toEqual({
    'created, there': 46,
    'ConnectionLoss, there': 35,
    'ConnectionLoss, not there': 19,
  });
});

test.each([
  [0, 0, 7],
  [20, 349, 5408],
])('two hundred clients at once, a bucket of %i tokens', async (tokens, turnedAway, untilMs) => {
  const config = { connectionThrottleTokens: tokens, connectionThrottleFillTimeMs: 20, connectionThrottleFillCount: 1 };
  const zoo = await start({ config });
  const names = Array.from({ length: 200 }, (_, index) => `w${index}`);
  const connect = (name: string): Promise<ZooKeeper> => zoo.connect(name, { sessionTimeoutMs: 30_000 });
  await zoo.settle(Promise.all(names.map(connect)));
  expect([zoo.server?.stats.connectionsThrottled, Math.round(zoo.simulation.nowMs)]).toEqual([turnedAway, untilMs]);
});
