import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Disk } from '#00-introduction/world.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { sortLogNames } from '#20-data-files/file-names.js';
import { createNode, someTransactions } from '#20-data-files/sample-log.js';
import { readTxnLog } from '#20-data-files/txn-log-reader.js';
import { TxnLog, type TxnLogSettings } from '#32-storage/txn-log.js';
import { proves } from '#testing/proves.js';

const DIRECTORY = '/log';
const HEADER_BYTES = 16;
const SETTINGS: TxnLogSettings = { forceSync: true, preAllocSizeBytes: 8192 };

let simulation: Simulation;
let machine: SimulatedMachine;
let disk: Disk;
let log: TxnLog;

beforeEach(() => begin());

function begin(settings: Partial<TxnLogSettings> = {}, seed = 1): void {
  simulation = new Simulation({ seed });
  machine = simulation.machine('server');
  disk = machine.world.disk;
  disk.makeDirectories(DIRECTORY);
  disk.syncDirectory('/');
  log = new TxnLog(disk, DIRECTORY, { ...SETTINGS, ...settings });
}

const commit = (): Promise<void> => simulation.settle(log.commit());

async function write(...transactions: Transaction[]): Promise<void> {
  for (const transaction of transactions) log.append(transaction);
  await commit();
}

const transaction = (zxid: number, dataBytes = 10): Transaction => createNode(zxid, Buffer.alloc(dataBytes, 0x61));

/** What is in each file, by name: the zxids. */
function files(from: Disk = disk): Record<string, number[]> {
  const names = sortLogNames(from.list(DIRECTORY)).map(({ name }) => name);
  return Object.fromEntries(names.map((name) => [name, read(from, name).map(({ header }) => Number(header.zxid))]));
}

function read(from: Disk, name: string): Transaction[] {
  const file = from.open(`${DIRECTORY}/${name}`, 'read');
  const entries = [...readTxnLog(file, { isLastLog: true, onTornTail: 'cut' })];
  file.close();
  return entries.map((entry) => entry.transaction);
}

const sizeOf = (name: string): number => disk.readFile(`${DIRECTORY}/${name}`).length;

describe('a commit', () => {
  test('writes what was appended, to a file that is named after the first of it', async () => {
    const transactions = someTransactions(20);
    await write(...transactions.slice(0, 7));
    await write(...transactions.slice(7));
    expect(disk.list(DIRECTORY)).toEqual(['log.1']);
    expect(read(disk, 'log.1')).toEqual(transactions);
    proves('TL-01');
  });

  test('makes it durable, and its file too', async () => {
    await write(transaction(0x2a));
    machine.crash();
    expect(files(machine.restart().disk)).toEqual({ 'log.2a': [0x2a] });
  });

  test('that waits for the disk does the same', () => {
    log.append(transaction(1));
    log.commitNow();
    log.append(transaction(2));
    log.commitNow();
    machine.crash();
    expect(files(machine.restart().disk)).toEqual({ 'log.1': [1, 2] });
  });

  test('does not sync where that is switched off', async () => {
    begin({ forceSync: false });
    machine.disk.faults.failSyncs = Number.POSITIVE_INFINITY;
    await write(transaction(1));
    log.append(transaction(2));
    log.commitNow();
    expect(files()).toEqual({ 'log.1': [1, 2] });
  });

  test('of nothing makes no file', async () => {
    await commit();
    log.commitNow();
    expect(disk.list(DIRECTORY)).toEqual([]);
  });

  test('is the first that touches the disk', () => {
    log.append(transaction(1));
    expect(disk.list(DIRECTORY)).toEqual([]);
  });

  test('takes over what a start that came to nothing has left under the same name', async () => {
    disk.open(`${DIRECTORY}/log.1`, 'create').writeNow(Buffer.alloc(9000, 0xff), 0);
    await write(transaction(1));
    expect(files()).toEqual({ 'log.1': [1] });
  });

  test('does not mix up what is appended while it syncs', async () => {
    log.append(transaction(1));
    const first = log.commit();
    log.append(transaction(2));
    await simulation.settle(first);
    expect(files()).toEqual({ 'log.1': [1] });
    await commit();
    expect(files()).toEqual({ 'log.1': [1, 2] });
  });

  test('of more than is kept in memory is no trouble', async () => {
    const large = [transaction(1, 5_000_000), transaction(2, 1_000_000), transaction(3)];
    await write(...large);
    await write(transaction(4));
    const file = disk.open(`${DIRECTORY}/log.1`, 'read');
    const entries = [...readTxnLog(file, { maxEntryBytes: 6_000_000 })];
    expect(entries.map((entry) => entry.transaction.header.zxid)).toEqual([1n, 2n, 3n, 4n]);
  });
});

describe('a new file', () => {
  test('is begun by the first commit after it was asked for', async () => {
    await write(transaction(1), transaction(2));
    log.roll();
    log.append(transaction(3));
    log.append(transaction(4));
    expect(disk.list(DIRECTORY)).toEqual(['log.1']);
    await commit();
    await write(transaction(5));
    expect(files()).toEqual({ 'log.1': [1, 2], 'log.3': [3, 4, 5] });
    proves('TL-01');
  });

  test('holds what was pending when it was asked for', async () => {
    await write(transaction(1));
    log.append(transaction(2));
    log.roll();
    log.append(transaction(3));
    await commit();
    expect(files()).toEqual({ 'log.1': [1], 'log.2': [2, 3] });
  });

  test('does not come while nothing is written', async () => {
    await write(transaction(1));
    log.roll();
    await commit();
    log.commitNow();
    log.roll();
    expect(disk.list(DIRECTORY)).toEqual(['log.1']);
  });

  test('asked for at first is the first one', async () => {
    log.roll();
    await write(transaction(1));
    await write(transaction(2));
    expect(files()).toEqual({ 'log.1': [1, 2] });
  });

  test('asked for while the last one syncs leaves that sync alone', async () => {
    log.append(transaction(1));
    const first = log.commit();
    log.roll();
    log.append(transaction(2));
    await simulation.settle(first);
    expect(machine.disk.durableBytes(`${DIRECTORY}/log.1`)?.length).toBeGreaterThan(HEADER_BYTES);
    await commit();
    expect(files()).toEqual({ 'log.1': [1], 'log.2': [2] });
  });

  test('begins to count its bytes anew', async () => {
    expect(log.sizeBytes).toBe(0);
    log.append(transaction(1));
    const pendingBytes = log.sizeBytes;
    expect(pendingBytes).toBeGreaterThan(0);
    await commit();
    expect(log.sizeBytes).toBe(HEADER_BYTES + pendingBytes);
    log.roll();
    expect(log.sizeBytes).toBe(0);
    log.append(transaction(2));
    expect(log.sizeBytes).toBe(pendingBytes);
    await commit();
    expect(log.sizeBytes).toBe(HEADER_BYTES + pendingBytes);
  });
});

describe('the zeroes ahead', () => {
  test('fill the file up to a whole step, and again before they are used up', async () => {
    await write(transaction(1));
    expect(sizeOf('log.1')).toBe(8192);
    const bytes = disk.readFile(`${DIRECTORY}/log.1`);
    expect(bytes.subarray(log.sizeBytes).every((byte) => byte === 0)).toBe(true);
    for (let zxid = 2; log.sizeBytes < 8192 - 4096; zxid++) {
      expect(sizeOf('log.1')).toBe(8192);
      await write(transaction(zxid));
    }
    await write(transaction(1000));
    expect(sizeOf('log.1')).toBe(16_384);
  });

  test('come behind a commit that is longer than they are', async () => {
    await write(transaction(1));
    await write(transaction(2, 50_000));
    await write(transaction(3));
    expect(sizeOf('log.1') % 8192).toBe(0);
    expect(sizeOf('log.1')).toBeGreaterThan(log.sizeBytes);
    expect(files()).toEqual({ 'log.1': [1, 2, 3] });
  });

  test.each([0, -1])('are left out where the step is %i', async (preAllocSizeBytes) => {
    begin({ preAllocSizeBytes });
    await write(transaction(1), transaction(2));
    expect(sizeOf('log.1')).toBe(log.sizeBytes);
    expect(files()).toEqual({ 'log.1': [1, 2] });
  });

  test('are 128 KiB at a time at most', async () => {
    begin({ preAllocSizeBytes: 64 * 0x10_0000 });
    await write(transaction(1));
    expect(sizeOf('log.1')).toBe(0x2_0000);
  });
});

/** What a commit is rejected with. */
async function failureOf(commits: Promise<void>): Promise<unknown> {
  const [result] = await simulation.settle(Promise.allSettled([commits]));
  return result?.status === 'rejected' ? result.reason : null;
}

describe('on a full disk', () => {
  test('entries are written as long as they themselves find room', async () => {
    machine.disk.faults.limitBytes = 1000;
    let zxid = 0;
    let failure: unknown = null;
    while (failure === null) {
      log.append(transaction(++zxid));
      failure = await failureOf(log.commit());
    }
    expect(failure).toMatchObject({ code: 'ENOSPC' });
    expect(zxid).toBeGreaterThan(5);
    const written = Array.from({ length: zxid - 1 }, (_, i) => i + 1);
    expect(files()).toEqual({ 'log.1': written });
    machine.crash();
    expect(files(machine.restart().disk)).toEqual({ 'log.1': written });
  });

  test('nothing is written any more after that, though there is room again', async () => {
    await write(transaction(1));
    machine.disk.faults.limitBytes = 0;
    log.append(transaction(2, 100_000));
    const failure = await failureOf(log.commit());
    expect(failure).toMatchObject({ code: 'ENOSPC' });
    machine.disk.faults.limitBytes = Number.POSITIVE_INFINITY;
    log.append(transaction(3));
    expect(await failureOf(log.commit())).toBe(failure);
    expect(() => log.commitNow()).toThrow(failure as Error);
    expect(files()).toEqual({ 'log.1': [1] });
  });
});

describe('a disk that fails', () => {
  const faults = ['failSyncs', 'failWrites', 'failNameChanges', 'failDirectorySyncs'] as const;

  test.each(faults)('at first, by %s, fails this commit and all that follow', async (fault) => {
    machine.disk.faults[fault] = 1;
    log.append(transaction(1));
    const failure = await failureOf(log.commit());
    expect(failure).toMatchObject({ code: 'EIO' });
    log.append(transaction(2));
    expect(await failureOf(log.commit())).toBe(failure);
    log.roll();
    expect(await failureOf(log.commit())).toBe(failure);
    expect(disk.list(DIRECTORY).length).toBeLessThanOrEqual(1);
  });

  test.each(faults)('when a new file is begun, by %s, fails too', async (fault) => {
    await write(transaction(1));
    log.roll();
    machine.disk.faults[fault] = 1;
    log.append(transaction(2));
    expect(() => log.commitNow()).toThrow('EIO');
    const namesThen = disk.list(DIRECTORY);
    const bytesThen = namesThen.map(sizeOf);
    log.append(transaction(3));
    expect(() => log.commitNow()).toThrow('EIO');
    expect(await failureOf(log.commit())).toMatchObject({ code: 'EIO' });
    expect(disk.list(DIRECTORY)).toEqual(namesThen);
    expect(namesThen.map(sizeOf)).toEqual(bytesThen);
    expect(read(disk, 'log.1').map(({ header }) => header.zxid)).toEqual([1n]);
  });

  test('fails a commit that comes while the sync that will fail is under way', async () => {
    await write(transaction(1));
    machine.disk.faults.failSyncs = 1;
    log.append(transaction(2));
    const failing = log.commit();
    log.append(transaction(3));
    const failure = await failureOf(failing);
    expect(failure).toMatchObject({ code: 'EIO' });
    expect(await failureOf(log.commit())).toBe(failure);
    expect(files()).toEqual({ 'log.1': [1, 2] });
  });
});

describe('a closed log', () => {
  test('commits nothing: not what was pending, and not what comes after', async () => {
    await write(transaction(1));
    log.append(transaction(2));
    log.close();
    expect(await failureOf(log.commit())).toBeInstanceOf(Error);
    log.append(transaction(3));
    expect(() => log.commitNow()).toThrow('closed');
    expect(files()).toEqual({ 'log.1': [1] });
  });

  test('finishes the sync that is under way', async () => {
    log.append(transaction(1));
    const commits = log.commit();
    log.close();
    log.close();
    expect(await failureOf(commits)).toBeNull();
    machine.crash();
    expect(files(machine.restart().disk)).toEqual({ 'log.1': [1] });
  });
});

type Action = 'commit' | 'commitNow' | 'roll' | number;

/** How many bytes of data the next transaction has, or what else is done. */
const action: fc.Arbitrary<Action> = fc.oneof(
  { arbitrary: fc.nat(3000), weight: 4 },
  { arbitrary: fc.constantFrom<Action>('commit', 'commitNow'), weight: 3 },
  fc.constant<Action>('roll'),
);

test('whatever is appended, committed and rolled, all that was committed is there, each file named after its first', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.constantFrom(0, 1000, 8192), async (actions, step) => {
      begin({ preAllocSizeBytes: step });
      let appended = 0;
      let committed = 0;
      for (const does of actions) {
        if (typeof does === 'number') log.append(transaction(++appended, does));
        else if (does === 'roll') log.roll();
        else {
          if (does === 'commit') await commit();
          else log.commitNow();
          committed = appended;
        }
      }
      const found = files();
      expect(Object.values(found).flat()).toEqual(Array.from({ length: committed }, (_, i) => i + 1));
      for (const [name, zxids] of Object.entries(found)) expect(name).toBe(`log.${zxids[0]?.toString(16)}`);
    }),
    { numRuns: 60 },
  );
});

test('after a power cut at any moment, all that was acknowledged is there, and nothing out of order', async () => {
  for (let seed = 0; seed < 150; seed++) {
    begin({ preAllocSizeBytes: 1024 }, seed);
    let acknowledged = 0;
    let appended = 0;
    simulation.schedule(simulation.random.integer(30), () => machine.crash());
    const writing = (async () => {
      for (;;) {
        log.append(transaction(++appended, simulation.random.integer(200)));
        if (simulation.random.integer(6) === 0) log.roll();
        await log.commit();
        acknowledged = appended;
      }
    })();
    writing.catch(() => {});
    await simulation.run({ until: () => !machine.isRunning });
    const found = Object.values(files(machine.restart().disk)).flat();
    expect(found.length, `seed ${seed}`).toBeGreaterThanOrEqual(acknowledged);
    expect(found.length).toBeLessThanOrEqual(appended);
    expect(found).toEqual(found.map((_, i) => i + 1));
  }
});
