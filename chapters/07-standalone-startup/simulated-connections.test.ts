/** What clients can rely on when their connections break again and again. */
import { describe, expect, test } from 'vitest';
import { CALM_NETWORK, type NetworkConditions, ROUGH_NETWORK } from '#00-introduction/network-conditions.js';
import type { ConnectResponse } from '#05-jute/records/proto.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { untilAnswered } from '#07-standalone-startup/careful-writer.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { troubledRun } from '#07-standalone-startup/troubled-run.js';

/** About every fortieth piece of bytes is lost, and its connection with it. */
const BREAKING: Partial<NetworkConditions> = { ...ROUGH_NETWORK, breakChance: 1 / 40, refuseChance: 1 / 5 };

async function breakingServer(seed: number): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed, network: BREAKING });
  await zoo.settle(zoo.start());
  return zoo;
}

/** The sessions that a client was given, as far as it heard of it. */
function sessionsOf(zoo: SimulatedServer, client: string): Set<bigint> {
  const ids = zoo.transcript.entries.flatMap((entry) => {
    const isGrant = entry.kind === 'packet' && entry.packet.kind === 'connectResponse' && entry.to === client;
    return isGrant && entry.arrivedMs !== null ? [(entry.packet.details.record as ConnectResponse).sessionId] : [];
  });
  return new Set(ids);
}

describe('when connections break', () => {
  test('no acknowledged write is lost, and each client keeps its session', async () => {
    let breaks = 0;
    let acknowledged = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const run = await troubledRun({ seed, troubles: ['broken connections', 'partition'], network: BREAKING });
      acknowledged += run.acknowledged;
      breaks += run.zoo.transcript.entries.filter(({ kind }) => kind === 'break').length;
      for (const name of ['alice', 'bob', 'carol']) expect(sessionsOf(run.zoo, name).size).toBe(1);
    }
    expect(acknowledged).toBeGreaterThan(4000);
    expect(breaks).toBeGreaterThan(300);
  });

  test('the session and its ephemeral nodes survive', async () => {
    const zoo = await breakingServer(1);
    const alice = await zoo.settle(zoo.connect('alice'));
    const { sessionId } = alice;
    await zoo.settle(untilAnswered(() => createIfNew(alice, '/alive')));
    for (let i = 0; i < 20; i++) {
      zoo.simulation.network.breakConnections('alice', 'server');
      await zoo.simulation.runFor(2000);
    }
    const stat = await zoo.settle(untilAnswered(() => alice.exists('/alive')));
    expect(stat).toMatchObject({ ephemeralOwner: sessionId });
    expect([alice.sessionId, alice.state]).toEqual([sessionId, 'SyncConnected']);
    expect(zoo.server?.connections).toHaveLength(1);
  });

  test('a write without an answer may have been done: who asks again is told', async () => {
    const zoo = new SimulatedServer({ seed: 1, network: CALM_NETWORK });
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    await zoo.settle(alice.create('/counter', '1'));
    zoo.simulation.onEvent((event) => {
      // The server has sent its answer; it is lost on the way.
      const isAnswer =
        event.kind === 'send' && event.from === 'server' && zoo.nodes().some(({ stat }) => stat.version > 0);
      if (isAnswer) zoo.simulation.network.breakConnections('alice', 'server');
    });
    await expect(zoo.settle(alice.setData('/counter', '2', 0))).rejects.toMatchObject({
      code: ErrorCode.ConnectionLoss,
    });
    expect(zoo.nodes()[1]).toMatchObject({ path: '/counter', stat: { version: 1 } });
  });
});

describe('a watch', () => {
  /** Watches a node, reads it when it hears of a change, and watches again. */
  class Follower {
    /** The version that it saw last; -1 when the node is not there. */
    version = -1;
    fired = 0;
    private readonly client: ZooKeeper;
    constructor(client: ZooKeeper) {
      this.client = client;
    }

    async follow(): Promise<void> {
      let calls = 0;
      let isSet = false;
      const watch = (): void => {
        calls++;
        expect([calls, isSet]).toEqual([1, true]);
        this.fired++;
        void this.follow();
      };
      const stat = await untilAnswered(() => this.client.exists('/n', { watch: once(watch) }));
      isSet = true;
      if (stat) expect(stat.version).toBeGreaterThanOrEqual(this.version);
      this.version = stat?.version ?? -1;
    }
  }

  /** Not only the watch, also the function itself may be handed over again by `untilAnswered`. */
  const once = (watch: () => void) => () => watch();

  test('fires once for each time that it was set, and none is missed', async () => {
    let fired = 0;
    let breaks = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const zoo = await breakingServer(seed);
      const alice = await zoo.settle(zoo.connect('alice'));
      await zoo.settle(untilAnswered(() => createIfNew(alice, '/n')));
      const followers: Follower[] = [];
      for (const name of ['bob', 'carol']) {
        const follower = new Follower(await zoo.settle(zoo.connect(name)));
        followers.push(follower);
        await zoo.settle(follower.follow());
      }
      for (let i = 0; i < 30; i++) {
        await zoo.settle(untilAnswered(() => alice.setData('/n', `${i}`)));
        await zoo.simulation.runFor(zoo.simulation.random.integer(300));
      }
      Object.assign(zoo.simulation.network.conditions, { breakChance: 0 });
      await zoo.simulation.runFor(10_000);
      const { stat } = await zoo.settle(alice.getData('/n'));
      for (const follower of followers) expect(follower.version).toBe(stat.version);
      fired += followers.reduce((sum, follower) => sum + follower.fired, 0);
      breaks += zoo.transcript.entries.filter(({ kind }) => kind === 'break').length;
    }
    expect(fired).toBeGreaterThan(500);
    expect(breaks).toBeGreaterThan(100);
  });

  test('is told by the server once, however often the node changes', async () => {
    const zoo = new SimulatedServer({ seed: 1 });
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    const bob = await zoo.settle(zoo.connect('bob'));
    await zoo.settle(alice.create('/n'));
    await zoo.settle(bob.getData('/n', { watch: () => {} }));
    await zoo.settle(bob.getChildren('/', { watch: () => {} }));
    for (let i = 0; i < 5; i++) await zoo.settle(Promise.all([alice.setData('/n', `${i}`), alice.create(`/${i}`)]));
    await zoo.simulation.runFor(100);
    const events = zoo.transcript.entries.filter(({ text }) => text.startsWith('event'));
    expect(events.map(({ text }) => text)).toEqual(['event NodeDataChanged /n', 'event NodeChildrenChanged /']);
  });

  test('outlives a crash of the server, and tells of what happened meanwhile', async () => {
    const zoo = new SimulatedServer({ seed: 1 });
    await zoo.settle(zoo.start());
    const alice = await zoo.settle(zoo.connect('alice'));
    const bob = await zoo.settle(zoo.connect('bob'));
    await zoo.settle(alice.create('/changed'));
    await zoo.settle(alice.create('/left'));
    const told: string[] = [];
    const watch = ({ type, path }: { type: string; path: string | null }): void => {
      if (path !== null) told.push(`${type} ${path}`);
    };
    for (const path of ['/changed', '/left']) await zoo.settle(bob.getData(path, { watch }));
    await zoo.settle(bob.exists('/new', { watch }));
    await zoo.settle(bob.getChildren('/', { watch }));
    // Bob can't hear of it.
    zoo.simulation.network.partition('bob', 'server');
    await zoo.settle(Promise.all([alice.setData('/changed', 'x'), alice.create('/new')]));
    zoo.crash();
    zoo.simulation.network.heal();
    await zoo.settle(zoo.restart());
    await zoo.simulation.runFor(5000);
    expect(told.sort()).toEqual(['NodeChildrenChanged /', 'NodeCreated /new', 'NodeDataChanged /changed']);
    await zoo.settle(alice.setData('/left', 'y'));
    await zoo.settle(alice.setData('/changed', 'y'));
    await zoo.simulation.runFor(100);
    expect(told.sort()).toEqual([
      'NodeChildrenChanged /',
      'NodeCreated /new',
      'NodeDataChanged /changed',
      'NodeDataChanged /left',
    ]);
  });
});

/** Asked for again, after the first answer was lost, it may be there already. */
async function createIfNew(client: ZooKeeper, path: string): Promise<void> {
  if (!(await client.exists(path))) await client.create(path, '', { mode: 1 });
}
