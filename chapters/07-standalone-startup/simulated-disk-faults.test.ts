/** What a server does when its disk fails: it stops before it promises anything more, and has lost nothing afterwards. */
import { describe, expect, test } from 'vitest';
import { SimulatedServer, type ZooKeeper } from '#07-standalone-startup/simulated-server.js';
import { type Trouble, troubledRun } from '#07-standalone-startup/troubled-run.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';

const FOLDER = `/data/${VERSION_FOLDER}`;

/** A server with one client, and some nodes. */
async function serverWithData(seed: number, config = {}): Promise<{ zoo: SimulatedServer; alice: ZooKeeper }> {
  const zoo = new SimulatedServer({ seed, config: { preAllocSizeBytes: 4096, ...config } });
  await zoo.settle(zoo.start());
  const alice = await zoo.settle(zoo.connect('alice'));
  for (let i = 0; i < 10; i++) await zoo.settle(alice.create(`/${i}`, `data ${i}`));
  return { zoo, alice };
}

/** Creates nodes, without waiting, until the server fails. @returns those that were acknowledged */
async function writeUntilItFails(zoo: SimulatedServer, alice: ZooKeeper): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let i = 0; zoo.failure === null; i++) {
    expect(i).toBeLessThan(1000);
    const path = `/late${i}`;
    alice.create(path, 'x'.repeat(200)).then(
      () => acknowledged.push(path),
      () => {},
    );
    await zoo.simulation.runFor(1);
  }
  return acknowledged;
}

/** Answers to writes that the server sent after a time. */
function answersAfter(zoo: SimulatedServer, timeMs: number): string[] {
  const isAnswer = /^reply #\d+ (create|setData|delete|multi) ok/;
  return zoo.transcript.entries
    .filter(({ atMs, text }) => atMs > timeMs && isAnswer.test(text))
    .map(({ text }) => text);
}

const lastFaultMs = (zoo: SimulatedServer): number =>
  zoo.transcript.entries.findLast(({ kind }) => kind === 'disk-fault')?.atMs ?? Number.NaN;

describe('a full disk', () => {
  test('stops the server, which acknowledges nothing more, and has everything when there is room again', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { zoo, alice } = await serverWithData(seed);
      zoo.machine.disk.faults.limitBytes = zoo.machine.disk.usedBytes + 3000;
      const acknowledged = await writeUntilItFails(zoo, alice);
      expect(zoo.failure).toMatchObject({ code: 'ENOSPC' });
      expect(acknowledged.length).toBeGreaterThan(3);
      await zoo.simulation.runFor(100);
      expect(answersAfter(zoo, lastFaultMs(zoo))).toEqual([]);

      zoo.machine.disk.faults.limitBytes = Number.POSITIVE_INFINITY;
      await zoo.settle(zoo.restart());
      const paths = new Set(zoo.nodes().map(({ path }) => path));
      for (const path of [...acknowledged, '/0', '/9']) expect(paths).toContain(path);
    }
  });

  test('keeps a server from starting, and says so', async () => {
    const { zoo } = await serverWithData(1);
    zoo.crash();
    zoo.machine.disk.faults.limitBytes = zoo.machine.disk.usedBytes + 100;
    await expect(zoo.settle(zoo.restart())).rejects.toThrow('no space left on device (ENOSPC)');
    zoo.machine.disk.faults.limitBytes = Number.POSITIVE_INFINITY;
    await zoo.settle(zoo.restart());
    expect(zoo.nodes()).toHaveLength(4 + 10);
  });

  test('is not filled with snapshots that could not be finished', async () => {
    const { zoo } = await serverWithData(1);
    zoo.kill();
    const { disk } = zoo.machine;
    disk.faults.limitBytes = disk.usedBytes + 100;
    for (let i = 0; i < 3; i++) await expect(zoo.settle(zoo.restart())).rejects.toThrow(/ENOSPC/);
    expect(disk.names.list(FOLDER).filter((name) => name.startsWith('unfinished'))).toEqual([]);
    // Nor with those that a crash has left.
    disk.faults.limitBytes = Number.POSITIVE_INFINITY;
    const starting = zoo.restart();
    const stop = zoo.simulation.onEvent((event) => {
      if (event.kind === 'write' && event.path.includes('unfinished')) zoo.kill();
    });
    await expect(zoo.settle(starting)).rejects.toThrow('went down');
    expect(disk.names.list(FOLDER).filter((name) => name.startsWith('unfinished'))).toHaveLength(1);
    stop();
    // This one has the number of another transaction: the next snapshot would not overwrite it.
    zoo.machine.restart().disk.open(`${FOLDER}/unfinished.snapshot.777`, 'create').close();
    await zoo.settle(zoo.start());
    expect(disk.names.list(FOLDER).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  });
});

describe('a disk that fails', () => {
  test.each<[Trouble, Trouble[]]>([
    ['failing sync', []],
    ['failing write', []],
    ['failing folder sync', []],
    ['full disk', []],
    // What a failed sync has left is not certain, whatever programs read.
    ['failing sync', ['power cut']],
    ['failing folder sync', ['power cut']],
  ])('%s: nothing acknowledged is lost (also: %s)', async (trouble, others) => {
    let failures = 0;
    let acknowledged = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const config = { snapCount: 10, preAllocSizeBytes: 4096 };
      const run = await troubledRun({ seed, troubles: [trouble, ...others], config, rounds: 6 });
      failures += run.failures;
      acknowledged += run.acknowledged;
    }
    expect(acknowledged).toBeGreaterThan(2500);
    expect(failures).toBeGreaterThan(8);
  });

  test.each([
    ['write', 'failWrites'],
    ['sync', 'failSyncs'],
  ] as const)('at a %s of the log stops the server, which acknowledges nothing more', async (_what, fault) => {
    for (let seed = 1; seed <= 10; seed++) {
      const { zoo, alice } = await serverWithData(seed);
      zoo.machine.disk.faults[fault] = 1;
      await writeUntilItFails(zoo, alice);
      await zoo.simulation.runFor(100);
      expect(zoo.failure).toMatchObject({ code: 'EIO' });
      expect(answersAfter(zoo, lastFaultMs(zoo))).toEqual([]);
    }
  });

  test('at the sync of a folder in the very first start does not endanger what comes later', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      for (let failAt = 1; failAt <= 4; failAt++) {
        const zoo = new SimulatedServer({ seed, config: { dataDir: '/srv/zookeeper/data' } });
        let folderSyncs = 0;
        zoo.simulation.onEvent((event) => {
          if (event.kind === 'make-directory') folderSyncs++;
          if (event.kind === 'make-directory' && folderSyncs === failAt) zoo.machine.disk.faults.failDirectorySyncs = 1;
        });
        await expect(zoo.settle(zoo.start())).rejects.toThrow(/cannot sync directory/);
        // A new process on the same machine: what the first one has made is there, but not for certain.
        await zoo.settle(zoo.restart());
        const alice = await zoo.settle(zoo.connect('alice'));
        await zoo.settle(alice.create('/a'));
        zoo.crash();
        await zoo.settle(zoo.restart());
        expect(zoo.nodes().map(({ path }) => path)).toContain('/a');
      }
    }
  });

  test('at a snapshot goes on serving: the log has everything', async () => {
    const { zoo, alice } = await serverWithData(1, { snapCount: 6 });
    const { faults } = zoo.machine.disk;
    // So that a snapshot is written at once: no write of the log comes in between and fails instead.
    Object.assign(faults, { writeMs: [0, 0] });
    let snapshots = 0;
    const stop = zoo.simulation.onEvent((event) => {
      if (event.kind !== 'create' || !event.path.includes('unfinished')) return;
      faults.failWrites = 1;
      snapshots++;
    });
    for (let i = 0; i < 60; i++) await zoo.settle(alice.setData('/0', `${i}`.padEnd(100)));
    stop();
    expect(snapshots).toBeGreaterThan(3);
    const failed = zoo.transcript.entries.filter(({ text }) =>
      text.startsWith('log error: the snapshot failed; the log keeps'),
    );
    expect([failed.length, zoo.failure]).toEqual([snapshots, null]);
    zoo.crash();
    await zoo.settle(zoo.restart());
    expect(zoo.nodes().find(({ path }) => path === '/0')).toMatchObject({ stat: { version: 60 } });
  });
});

test('a slow disk delays writes and not the reads of others', async () => {
  const { zoo, alice } = await serverWithData(1);
  const bob = await zoo.settle(zoo.connect('bob'));
  // The first syncs of a server that has nothing else to do stop it; from then on it knows that others read.
  await zoo.settle(bob.getData('/1'));
  Object.assign(zoo.machine.disk.faults, { syncMs: [500, 500] });
  const startMs = zoo.simulation.nowMs;
  let isWritten = false;
  const written = alice.setData('/1', 'new').then(() => {
    isWritten = true;
  });
  await zoo.simulation.runFor(10);
  for (let i = 0; i < 20; i++) {
    const { data } = await zoo.settle(bob.getData('/1'));
    expect([isWritten, String(data)]).toEqual([false, 'data 1']);
  }
  expect(zoo.simulation.nowMs - startMs).toBeLessThan(500);
  await zoo.settle(written);
  expect(zoo.simulation.nowMs - startMs).toBeGreaterThan(500);
  expect(String((await zoo.settle(bob.getData('/1'))).data)).toBe('new');
});
