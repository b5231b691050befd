import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Disk } from '#00-introduction/world.js';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { anyChoice, type Choice, describeTree, ModelTree } from '#01-data-model/model-tree.js';
import { sessionId } from '#06-network-protocol/ids.js';
import { parseLogName, parseSnapshotName } from '#20-data-files/file-names.js';
import { createNode } from '#20-data-files/sample-log.js';
import { type Database, type DatabaseSettings, openDatabase } from '#32-storage/database.js';
import { RecoveryError } from '#32-storage/recovery.js';
import { proves } from '#testing/proves.js';

const SETTINGS: DatabaseSettings = {
  dataDir: '/data',
  dataLogDir: '/logs',
  autocreateDataDir: true,
  extendedTypesEnabled: true,
  digestEnabled: true,
  serializeLastProcessedZxid: true,
  trustEmptySnapshot: false,
  maxElementBytes: 2_097_150,
  snapCount: 100_000,
  snapSizeLimitBytes: 0,
  forceSync: true,
  preAllocSizeBytes: 1024,
};
const SNAPSHOTS = '/data/version-2';
const LOGS = '/logs/version-2';

let simulation: Simulation;
let machine: SimulatedMachine;
let lastZxid: number;

beforeEach(() => begin(1));

function begin(seed: number): void {
  simulation = new Simulation({ seed });
  machine = simulation.machine('server');
  lastZxid = 0;
}

const disk = (): Disk => machine.world.disk;

const open = (settings: Partial<DatabaseSettings> = {}): Promise<Database> =>
  simulation.settle(openDatabase(machine.world, { ...SETTINGS, ...settings }));

/** Does a transaction as a server does. */
function write(database: Database, dataBytes = 0): void {
  const transaction = createNode(++lastZxid, Buffer.alloc(dataBytes), null);
  database.append(transaction);
  database.commitNow();
  applyTxn(database.tree, transaction.header, transaction.body);
  database.snapshotIfDue([]);
}

const snapshots = (): string[] =>
  disk()
    .list(SNAPSHOTS)
    .filter((name) => parseSnapshotName(name));
const logs = (): string[] =>
  disk()
    .list(LOGS)
    .filter((name) => parseLogName(name));

describe('opening', () => {
  test('makes the folders, and they last', async () => {
    await open();
    machine.crash();
    machine.restart();
    expect([snapshots(), logs()]).toEqual([['snapshot.0'], []]);
  });

  test('makes no folder where that is forbidden, and says so', async () => {
    await expect(open({ autocreateDataDir: false })).rejects.toThrow(RecoveryError);
    await expect(open({ autocreateDataDir: false })).rejects.toThrow(`${SNAPSHOTS} does not exist`);
    expect(disk().list('/')).toEqual([]);
    for (const directory of [SNAPSHOTS, LOGS]) disk().makeDirectories(directory);
    expect((await open({ autocreateDataDir: false })).tree.lastProcessedZxid).toBe(0n);
  });

  test('takes one folder for both kinds of files', async () => {
    const database = await open({ dataLogDir: '/data' });
    write(database);
    await simulation.settle(database.close());
    expect(disk().list(SNAPSHOTS)).toEqual(['log.1', 'snapshot.0']);
    expect((await open({ dataLogDir: '/data' })).tree.lastProcessedZxid).toBe(1n);
  });

  test('writes down what it has read, so that the next start has less to read', async () => {
    const database = await open();
    for (let i = 0; i < 5; i++) write(database);
    await simulation.settle(database.close());
    await open();
    expect(snapshots()).toEqual(['snapshot.0', 'snapshot.5']);
  });

  test('clears away what is left of snapshots', async () => {
    await open();
    disk().open(`${SNAPSHOTS}/unfinished.snapshot.7`, 'create').close();
    await open();
    expect(disk().list(SNAPSHOTS)).toEqual(['snapshot.0']);
  });
});

describe('a snapshot', () => {
  /** Transactions until the next snapshot is there. */
  async function untilSnapshot(database: Database, dataBytes: number): Promise<number> {
    const before = snapshots().length;
    for (let count = 1; count < 1000; count++) {
      write(database, dataBytes);
      await simulation.runUntilIdle();
      if (snapshots().length > before) return count;
    }
    throw new Error('no snapshot was taken');
  }

  test('comes after half of snapCount to all of it, each time another number', async () => {
    const counts: number[] = [];
    for (let seed = 0; seed < 10; seed++) {
      begin(seed);
      const database = await open({ snapCount: 20 });
      counts.push(await untilSnapshot(database, 1000));
    }
    for (const count of counts) {
      expect(count).toBeGreaterThanOrEqual(10);
      expect(count).toBeLessThanOrEqual(20);
    }
    expect(new Set(counts).size).toBeGreaterThan(3);
    proves('FI-4');
  });

  test('comes after half of the bytes to all of them', async () => {
    const database = await open({ snapSizeLimitBytes: 100_000 });
    const bytes = (await untilSnapshot(database, 1000)) * 1100;
    expect(bytes).toBeGreaterThan(50_000);
    expect(bytes).toBeLessThan(110_000);
    proves('FI-4');
  });

  test('begins a new log, with the next transaction', async () => {
    const database = await open({ snapCount: 4 });
    await untilSnapshot(database, 1000);
    const zxid = lastZxid.toString(16);
    expect([snapshots().at(-1), logs()]).toEqual([`snapshot.${zxid}`, ['log.1']]);
    write(database);
    expect(logs()).toEqual(['log.1', `log.${lastZxid.toString(16)}`]);
  });

  test('of a tree that is larger than the log since the last one is not worth it yet', async () => {
    const database = await open({ snapCount: 2 });
    await untilSnapshot(database, 50_000);
    const sizeBytes = disk().readFile(`${SNAPSHOTS}/${snapshots().at(-1)}`).length;
    const count = await untilSnapshot(database, 100);
    expect(count * 300).toBeGreaterThan(sizeBytes);
  });

  test('is one at a time', async () => {
    const database = await open({ snapCount: 2 });
    for (let i = 0; i < 50; i++) write(database, 1000);
    expect(
      disk()
        .list(SNAPSHOTS)
        .filter((name) => name.startsWith('unfinished')),
    ).toHaveLength(1);
    await simulation.runUntilIdle();
    expect(snapshots()).toHaveLength(2);
  });

  test('that fails is told, and followed by another', async () => {
    const database = await open({ snapCount: 2 });
    write(database, 1000);
    machine.disk.faults.failNameChanges = 1;
    await simulation.runUntilIdle();
    expect(snapshots()).toEqual(['snapshot.0']);
    write(database, 1000);
    await simulation.runUntilIdle();
    const errors = machine.logEntries.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual(['the snapshot failed; the log keeps everything, and another one follows']);
    expect(snapshots()).toEqual(['snapshot.0', 'snapshot.2']);
  });

  test('that is under way is finished before the database is closed', async () => {
    const database = await open({ snapCount: 2 });
    for (let i = 0; i < 3; i++) write(database, 1000);
    const closed = database.close();
    expect(snapshots()).toEqual(['snapshot.0']);
    await simulation.settle(closed);
    expect(snapshots()).toHaveLength(2);
    await expect(database.commit()).rejects.toThrow('closed');
  });
});

/** What a server does with its database, until the power goes. Its history is that of a model. */
class ServerLife {
  /** All up to this zxid were acknowledged. */
  acknowledged: bigint;
  readonly history: readonly Choice[];
  private readonly model: ModelTree;

  constructor(history: readonly Choice[]) {
    this.history = history;
    this.model = modelOf(history);
    this.acknowledged = this.model.lastZxid;
  }

  async run(choices: readonly Choice[]): Promise<void> {
    const database = await openDatabase(machine.world, { ...SETTINGS, snapCount: 6 });
    expect(describeTree(database.tree)).toEqual(this.model.describe());
    expect(database.sessionTimeoutsMs).toEqual(this.model.sessionTimeoutsMs);
    for (const choice of choices) {
      const transaction = this.model.next(choice);
      database.append(transaction);
      (this.history as Choice[]).push(choice);
      if (simulation.random.chance(0.5)) await database.commit();
      else database.commitNow();
      this.acknowledged = transaction.header.zxid;
      applyTxn(database.tree, transaction.header, transaction.body);
      const sessions = [...this.model.sessionTimeoutsMs].map(([id, timeoutMs]) => ({ id, timeoutMs }));
      database.snapshotIfDue(sessions);
    }
  }
}

function modelOf(history: readonly Choice[]): ModelTree {
  const model = new ModelTree();
  for (const choice of history) model.next(choice);
  return model;
}

test('over many starts and power cuts, what was acknowledged stays, and the tree is exactly what its history makes', async () => {
  const life = fc.tuple(fc.array(anyChoice, { maxLength: 40 }), fc.nat(60));
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 5 }), fc.nat(), async (lives, seed) => {
      begin(seed);
      let history: Choice[] = [];
      for (const [choices, crashAfter] of lives) {
        const server = new ServerLife(history);
        let failure: unknown = null;
        const running = server.run(choices).catch((error) => {
          failure = error;
        });
        const crashAt = simulation.eventCount + crashAfter;
        await simulation.run({ until: () => failure !== null || simulation.eventCount >= crashAt });
        machine.crash();
        machine.restart();
        void running;
        expect(failure).toBeNull();
        const { tree } = await open();
        expect(tree.lastProcessedZxid).toBeGreaterThanOrEqual(server.acknowledged);
        expect(tree.lastProcessedZxid).toBeLessThanOrEqual(server.history.length);
        history = server.history.slice(0, Number(tree.lastProcessedZxid));
        expect(describeTree(tree)).toEqual(modelOf(history).describe());
        machine.crash();
        machine.restart();
      }
    }),
    { numRuns: 300 },
  );
});

test('a session may be in a snapshot before it is durable: it is open, and nobody knows of it', async () => {
  const ghost = { id: sessionId(77n), timeoutMs: 4000 };
  const database = await open({ snapCount: 1 });
  const transaction = createNode(1, Buffer.alloc(1000), null);
  database.append(transaction);
  database.commitNow();
  applyTxn(database.tree, transaction.header, transaction.body);
  database.snapshotIfDue([ghost]);
  await simulation.runUntilIdle();
  machine.crash();
  machine.restart();
  expect((await open()).sessionTimeoutsMs).toEqual(new Map([[ghost.id, 4000]]));
});
