/** How long a session lives, whatever happens to clocks, processors and power. */
import { describe, expect, test } from 'vitest';
import { CreateMode } from '#06-network-protocol/create-mode.js';
import { type SessionId, sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { serverIdOf } from '#09-session-creation/session-handshake.js';
import { TxnLog } from '#32-storage/txn-log.js';
import { proves } from '#testing/proves.js';

const TICK_MS = 2000;
const TIMEOUT_MS = 6000;
const HOUR_MS = 3_600_000;
const EPHEMERAL = { mode: CreateMode.ephemeral };

async function startedServer(seed = 1): Promise<SimulatedServer> {
  const zoo = new SimulatedServer({ seed, config: { tickTimeMs: TICK_MS } });
  await zoo.settle(zoo.start());
  return zoo;
}

async function connected(zoo: SimulatedServer, name: string): Promise<ZooKeeper> {
  return zoo.settle(zoo.connect(name, { sessionTimeoutMs: TIMEOUT_MS, retryDelayMs: 200 }));
}

/** A client with an ephemeral node of its name. */
async function present(zoo: SimulatedServer, name: string): Promise<ZooKeeper> {
  const client = await connected(zoo, name);
  await zoo.settle(client.create(`/${name}`, '', EPHEMERAL));
  return client;
}

const exists = (zoo: SimulatedServer, path: string): boolean => zoo.nodes().some((node) => node.path === path);

/** @returns how long it took until the node was gone */
async function untilGone(zoo: SimulatedServer, path: string): Promise<number> {
  const startMs = zoo.simulation.nowMs;
  await zoo.simulation.runUntil(() => !exists(zoo, path));
  return zoo.simulation.nowMs - startMs;
}

function expectedLifeMs(silentForMs: number): void {
  // Never early; late by a tick at most, and by what it takes to write it down.
  expect(silentForMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
  expect(silentForMs).toBeLessThan(TIMEOUT_MS + TICK_MS + 10);
}

/** When the server heard the last of a machine. */
function lastHeardMs(zoo: SimulatedServer, from: string): number {
  const packet = zoo.transcript.entries.findLast((entry) => entry.kind === 'packet' && entry.from === from);
  return (packet?.kind === 'packet' && packet.arrivedMs) || Number.NaN;
}

describe('a session that is silent', () => {
  test('expires in its time, takes its ephemeral nodes along, and whoever watches is told', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const zoo = await startedServer(seed);
      await present(zoo, 'alice');
      const bob = await connected(zoo, 'bob');
      const told: string[] = [];
      const watch = ({ type, path }: { type: string; path: string | null }): void => {
        if (path !== null) told.push(`${type} ${path}`);
      };
      await zoo.settle(bob.exists('/alice', { watch }));
      await zoo.settle(bob.getChildren('/', { watch }));
      await zoo.simulation.runFor(seed * 500);
      // Without a word, and without the end of its connection being noticed.
      zoo.simulation.network.isolate('alice');
      await zoo.simulation.runFor(5);
      const heardMs = lastHeardMs(zoo, 'alice');
      await untilGone(zoo, '/alice');
      expectedLifeMs(zoo.simulation.nowMs - heardMs);
      await zoo.simulation.runFor(10);
      expect(told).toEqual(['NodeDeleted /alice', 'NodeChildrenChanged /']);
    }
  });

  test('is over for a client that comes back too late', async () => {
    const zoo = await startedServer();
    const alice = await present(zoo, 'alice');
    zoo.simulation.machine('alice').freeze(10_000);
    await zoo.simulation.runFor(9_000);
    expect(exists(zoo, '/alice')).toBe(false);
    await zoo.simulation.runFor(5_000);
    expect(alice.state).toBe('Expired');
    await expect(zoo.settle(alice.exists('/'))).rejects.toThrow(/SessionExpired/);
  });

  test('lives as long as its client says so', async () => {
    const zoo = await startedServer();
    const alice = await present(zoo, 'alice');
    await zoo.simulation.runFor(HOUR_MS, { maxEvents: 1_000_000 });
    expect([exists(zoo, '/alice'), alice.state]).toEqual([true, 'SyncConnected']);
  });

  test('that was closed in good order is over at once, and stays so after a crash', async () => {
    const zoo = await startedServer();
    const alice = await present(zoo, 'alice');
    await zoo.settle(alice.close());
    expect(exists(zoo, '/alice')).toBe(false);
    zoo.crash();
    await zoo.settle(zoo.restart());
    expect(exists(zoo, '/alice')).toBe(false);
    const session = { id: alice.sessionId, password: alice.sessionPassword };
    await expect(zoo.settle(zoo.connect('other', { session }))).rejects.toThrow(/SessionExpired/);
  });
});

describe('a clock on the wall that jumps', () => {
  test.each([HOUR_MS, -HOUR_MS])('by %i ms ends no session early and lets none live for ever', async (byMs) => {
    const zoo = await startedServer();
    const alice = await present(zoo, 'alice');
    await present(zoo, 'bob');
    for (let i = 0; i < 5; i++) {
      zoo.machine.jumpWallClock(byMs);
      await zoo.simulation.runFor(TIMEOUT_MS);
    }
    expect([exists(zoo, '/alice'), exists(zoo, '/bob')]).toEqual([true, true]);

    zoo.simulation.network.isolate('bob');
    await zoo.simulation.runFor(5);
    const heardMs = lastHeardMs(zoo, 'bob');
    zoo.machine.jumpWallClock(byMs);
    await untilGone(zoo, '/bob');
    expectedLifeMs(zoo.simulation.nowMs - heardMs);
    expect([exists(zoo, '/alice'), alice.state]).toEqual([true, 'SyncConnected']);
  });

  test('shows in the times of nodes, which may run backwards', async () => {
    const zoo = await startedServer();
    const alice = await connected(zoo, 'alice');
    const { stat: before } = await zoo.settle(alice.createWithStat('/a'));
    zoo.machine.jumpWallClock(-HOUR_MS);
    const after = await zoo.settle(alice.setData('/a', 'x'));
    expect(after.mtime).toBeLessThan(before.ctime);
    expect(after.mzxid).toBeGreaterThan(before.mzxid);
  });

  test('back to the time of the last start gives no session the number of an open one', async () => {
    const zoo = new SimulatedServer({ seed: 1 });
    const { clock } = zoo.machine.world;
    const firstStartMs = clock.wallMs();
    await zoo.settle(zoo.start());
    const ids: SessionId[] = [];
    for (const name of ['a', 'b', 'c']) ids.push((await connected(zoo, name)).sessionId);
    for (let restart = 0; restart < 3; restart++) {
      zoo.crash();
      zoo.machine.restart();
      zoo.machine.jumpWallClock(firstStartMs - zoo.machine.world.clock.wallMs());
      await zoo.settle(zoo.start());
      for (const name of ['d', 'e']) ids.push((await connected(zoo, name + restart)).sessionId);
    }
    expect(new Set(ids).size).toBe(9);
    // All of them are well, and each has what is its own.
    await zoo.simulation.runFor(TIMEOUT_MS);
    expect(zoo.server?.connections).toHaveLength(9);
  });
});

describe('a frozen machine', () => {
  test('that serves does everything late, and loses nothing', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const zoo = await startedServer(seed);
      const alice = await present(zoo, 'alice');
      const { sessionId } = alice;
      const writes = [1, 2, 3].map((i) => alice.create(`/${i}`));
      // Not long enough for the client to look for another server.
      zoo.machine.freeze(TIMEOUT_MS / 2);
      await zoo.settle(Promise.all(writes));
      await zoo.simulation.runFor(TIMEOUT_MS);
      expect([alice.state, alice.sessionId, exists(zoo, '/alice')]).toEqual(['SyncConnected', sessionId, true]);
    }
  });

  test('that serves may be gone for longer than a client waits for it: the session is there when it is back', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const zoo = await startedServer(seed);
      const alice = await present(zoo, 'alice');
      const { sessionId } = alice;
      zoo.machine.freeze(TIMEOUT_MS + 1000);
      await zoo.simulation.runFor(3 * TIMEOUT_MS);
      expect([alice.state, alice.sessionId, exists(zoo, '/alice')]).toEqual(['SyncConnected', sessionId, true]);
      expect(zoo.transcriptText()).toContain('not a word from the server');
    }
  });

  test('that serves can be gone too long: then the client knows, and never the client alone believes', async () => {
    const zoo = await startedServer();
    const alice = await present(zoo, 'alice');
    zoo.machine.freeze(5 * TIMEOUT_MS);
    await zoo.simulation.runFor(3 * TIMEOUT_MS);
    expect([alice.state, exists(zoo, '/alice')]).toEqual(['Expired', true]);
    await zoo.simulation.runFor(3 * TIMEOUT_MS + TICK_MS);
    expect(exists(zoo, '/alice')).toBe(false);
  });
});

describe('a server that was down', () => {
  test('gives each session its whole time again, and then ends those that nobody has claimed', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const zoo = await startedServer(seed);
      await present(zoo, 'alice');
      const bob = await present(zoo, 'bob');
      zoo.simulation.machine('alice').crash();
      zoo.crash();
      // Alice's session would have expired meanwhile; bob's client has not given up yet.
      await zoo.simulation.runFor(TIMEOUT_MS + 1000);
      await zoo.settle(zoo.restart());
      expect(exists(zoo, '/alice')).toBe(true);
      expectedLifeMs(await untilGone(zoo, '/alice'));
      expect([exists(zoo, '/bob'), bob.state]).toEqual([true, 'SyncConnected']);
    }
  });

  test('forgets no end of a session that it has told anybody of, whenever the power is cut', async () => {
    let goneBefore = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const zoo = await startedServer(seed);
      await present(zoo, 'alice');
      const bob = await connected(zoo, 'bob');
      let isToldOfEnd = false;
      await zoo.settle(
        bob.exists('/alice', {
          watch: ({ type }) => {
            isToldOfEnd ||= type === 'NodeDeleted';
          },
        }),
      );
      zoo.simulation.network.isolate('alice');
      await zoo.simulation.runFor(TIMEOUT_MS - 100);
      // At one of the first things that the server does with its disk when the session expires, or shortly after.
      let left = seed % 5;
      zoo.simulation.onEvent(({ kind }) => {
        if ((kind === 'write' || kind === 'sync') && left-- === 0) zoo.crash();
      });
      await zoo.simulation.runFor(TICK_MS + 110);
      if (zoo.machine.isRunning) zoo.crash();
      left = -1;
      const wasTold = isToldOfEnd;
      await zoo.settle(zoo.restart());
      if (wasTold) expect(exists(zoo, '/alice')).toBe(false);
      if (wasTold) goneBefore++;
      await zoo.simulation.runFor(TIMEOUT_MS + TICK_MS + 100);
      expect(exists(zoo, '/alice')).toBe(false);
      expect(isToldOfEnd).toBe(true);
    }
    expect(goneBefore).toBeGreaterThan(5);
    expect(goneBefore).toBeLessThan(35);
  });
});

describe('numbers of sessions', () => {
  const RESTARTS = 6;

  /** The clock is set back by an hour before each restart. @returns the numbers of sessions that were opened and closed */
  async function sessionsOverRestarts(snapCount: number): Promise<SessionId[]> {
    const zoo = new SimulatedServer({ seed: 5, config: { tickTimeMs: TICK_MS, snapCount } });
    await zoo.settle(zoo.start());
    const ids: SessionId[] = [];
    for (let run = 0; run < RESTARTS; run++) {
      const client = await connected(zoo, `client-${run}`);
      ids.push(client.sessionId);
      await zoo.settle(client.create(`/${run}`));
      await zoo.settle(client.close());
      await zoo.settle(zoo.stop());
      zoo.machine.jumpWallClock(-HOUR_MS);
      await zoo.settle(zoo.restart());
    }
    return ids;
  }

  test('are never given twice, though the sessions are closed and the clock goes back', async () => {
    for (const snapCount of [2, 1000]) {
      const ids = await sessionsOverRestarts(snapCount);
      expect(new Set(ids).size).toBe(RESTARTS);
      for (const [i, id] of ids.slice(1).entries()) expect(id).toBeGreaterThan(ids[i] as SessionId);
    }
    proves('SE-01');
  });

  test('do not go on from those of other servers, which the data of an ensemble have', async () => {
    const zoo = await startedServer();
    const foreign = sessionId((7n << 56n) | 5n);
    await zoo.settle(zoo.stop());
    const { disk } = zoo.machine.world;
    const log = new TxnLog(disk, '/data/version-2', { forceSync: true, preAllocSizeBytes: 1024 });
    const header = { clientId: foreign, cxid: 0, zxid: zxid(1n), time: 1, type: OpCode.createSession };
    log.append({ header, body: { type: OpCode.createSession, record: { timeOut: 60_000 } }, digest: null });
    log.commitNow();
    log.close();
    await zoo.settle(zoo.restart());
    const client = await connected(zoo, 'alice');
    expect(serverIdOf(client.sessionId)).toBe(1);
    proves('SE-02');
  });
});

test('ephemeral nodes of a session that there is not go when the server starts', async () => {
  const zoo = await startedServer();
  await zoo.settle(zoo.stop());
  const log = new TxnLog(zoo.machine.world.disk, '/data/version-2', { forceSync: true, preAllocSizeBytes: 1024 });
  const lost = sessionId((1n << 56n) | 5n);
  const record = { path: '/lost', data: null, acl: null, ephemeral: true, parentCVersion: 1 };
  const header = { clientId: lost, cxid: 1, zxid: zxid(1n), time: 1, type: OpCode.create };
  log.append({ header, body: { type: OpCode.create, record }, digest: null });
  log.commitNow();
  log.close();
  await zoo.settle(zoo.restart());
  await untilGone(zoo, '/lost');
  zoo.crash();
  // Nobody asked for it, so it has no xid.
  const closing = zoo.dataFiles().flatMap(({ lines }) => lines.filter((line) => line.includes('closeSession')));
  expect(closing).toEqual([expect.stringMatching(/session 0x100000000000005 {2}cxid 0 {2}closeSession .*"\/lost"/)]);
  proves('SE-19', 'XID-6');
});
