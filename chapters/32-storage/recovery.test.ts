import { Buffer } from 'node:buffer';
import { beforeEach, describe, expect, test } from 'vitest';
import { newStat } from '#01-data-model/data-node.js';
import { describeTree } from '#01-data-model/model-tree.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ErrorCode } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction, TxnBody } from '#06-network-protocol/txn.js';
import { createNode } from '#20-data-files/sample-log.js';
import { SnapshotWriter } from '#20-data-files/snapshot-writer.js';
import { encodeEntry } from '#20-data-files/txn-log-format.js';
import { TxnLogError } from '#20-data-files/txn-log-reader.js';
import { RecoveryError } from '#32-storage/recovery.js';
import { applyAll, LOGS, newTree, SNAPSHOTS, StoredData } from '#32-storage/stored-data.js';
import { proves } from '#testing/proves.js';

const ALICE = sessionId(0x0100_0000_0000_0001n);
const BOB = sessionId(0x0100_0000_0000_0002n);

let stored: StoredData;

beforeEach(() => {
  stored = new StoredData();
});

/** The creations of /node-1, /node-2 … */
const creations = (first: number, last: number): Transaction[] =>
  Array.from({ length: last - first + 1 }, (_, i) => createNode(first + i, Buffer.from(`data ${first + i}`), null));

const transaction = (id: number, clientId: typeof ALICE, body: TxnBody): Transaction => ({
  header: { clientId, cxid: 0, zxid: zxid(BigInt(id)), time: id, type: body.type },
  body,
  digest: null,
});

/** The tree that these transactions make. */
const treeOf = (...transactions: Transaction[]) => applyAll(newTree(), transactions);

/** Which of the nodes are there: their numbers. */
const numbers = ({ tree }: { tree: ReturnType<typeof newTree> }): number[] =>
  [...tree.require('/').children]
    .filter((name) => name.startsWith('node-'))
    .map((name) => Number(name.slice(5)))
    .sort((a, b) => a - b);

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);

const logNames = (): string[] => stored.disk.list(LOGS);

function errorOf(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}

function makeFile(path: string, bytes: Uint8Array): void {
  const file = stored.disk.open(path, 'create');
  file.writeNow(bytes, 0);
  file.syncNow();
  file.close();
  stored.disk.syncDirectory(path.slice(0, path.lastIndexOf('/')));
}

describe('a server', () => {
  test('that starts for the first time has the reserved nodes', () => {
    const recovered = stored.recover();
    expect(recovered).toMatchObject({ replayed: 0, isNew: true });
    expect(describeTree(recovered.tree)).toEqual(describeTree(newTree()));
  });

  test('has its snapshot, and the log on top of it', async () => {
    const all = creations(1, 9);
    await stored.writeSnapshot(treeOf(...all.slice(0, 4)));
    stored.writeLog(...all);
    const recovered = stored.recoverAfterCrash();
    expect(recovered).toMatchObject({ replayed: 5, isNew: false });
    expect(describeTree(recovered.tree)).toEqual(describeTree(treeOf(...all)));
    expect(stored.warnings).toEqual([]);
  });

  test('goes on from one log to the next, and needs none from before the snapshot', async () => {
    await stored.writeSnapshot(treeOf(...creations(1, 4)));
    makeFile(`${LOGS}/log.1`, Buffer.from('no log at all'));
    stored.writeLog(...creations(3, 5));
    stored.writeLog(...creations(6, 6));
    stored.writeLog(...creations(7, 9));
    expect(numbers(stored.recoverAfterCrash())).toEqual(upTo(9));
  });

  test('finds the same when it starts again, whatever it had to mend', async () => {
    await stored.writeSnapshot(treeOf(...creations(1, 2)));
    stored.writeLog(...creations(3, 5));
    const end = stored.disk.readFile(`${LOGS}/log.3`).indexOf(Buffer.alloc(64));
    stored.damage(`${LOGS}/log.3`, (bytes) => bytes.subarray(0, end - 1));
    makeFile(`${LOGS}/log.6`, Buffer.alloc(0));
    const first = stored.recoverAfterCrash();
    expect(numbers(first)).toEqual(upTo(4));
    expect(describeTree(stored.recoverAfterCrash().tree)).toEqual(describeTree(first.tree));
    expect(stored.warnings).toHaveLength(2);
  });

  test('knows the sessions that are open', async () => {
    await stored.writeSnapshot(newTree(), new Map([[ALICE, 4000]]));
    stored.writeLog(
      transaction(1, BOB, { type: OpCode.createSession, record: { timeOut: 9000 } }),
      transaction(2, ALICE, { type: OpCode.closeSession, record: { paths2Delete: [] } }),
    );
    expect(stored.recoverAfterCrash().sessionTimeoutsMs).toEqual(new Map([[BOB, 9000]]));
    proves('SE-20');
  });

  test('keeps a session that was closed in the snapshot closed', async () => {
    await stored.writeSnapshot(newTree(), new Map());
    stored.writeLog(transaction(1, ALICE, { type: OpCode.closeSession, record: null }));
    expect(stored.recoverAfterCrash().sessionTimeoutsMs.size).toBe(0);
  });

  test('replays what failed as that', async () => {
    await stored.writeSnapshot(newTree());
    stored.writeLog(
      transaction(1, ALICE, { type: OpCode.error, record: { err: ErrorCode.NoNode } }),
      ...creations(2, 2),
    );
    expect(stored.recoverAfterCrash().tree.lastProcessedZxid).toBe(2n);
  });

  test('reads the end of a session that owned more nodes than fit into any request', async () => {
    const paths = Array.from({ length: 40_000 }, (_, i) => `/a-path-of-a-good-length-that-is-one-of-very-many-${i}`);
    await stored.writeSnapshot(newTree());
    stored.writeLog(transaction(1, ALICE, { type: OpCode.closeSession, record: { paths2Delete: paths } }));
    expect(stored.disk.readFile(`${LOGS}/log.1`).length).toBeGreaterThan(2_097_150);
    expect(stored.recoverAfterCrash().replayed).toBe(1);
  });
});

describe('a snapshot that is damaged', () => {
  const all = creations(1, 9);

  /** Snapshots at 2 and 6, and all logs. */
  beforeEach(async () => {
    await stored.writeSnapshot(treeOf(...all.slice(0, 2)), new Map([[ALICE, 4000]]));
    await stored.writeSnapshot(treeOf(...all.slice(0, 6)), new Map([[ALICE, 4000]]));
    stored.writeLog(...all.slice(0, 6));
    stored.writeLog(...all.slice(6));
  });
  const NEWEST = `${SNAPSHOTS}/snapshot.6`;

  /** The one before it and the log give the same tree. */
  function expectPassedOver(): void {
    const recovered = stored.recoverAfterCrash();
    expect(recovered.replayed).toBe(7);
    expect(describeTree(recovered.tree)).toEqual(describeTree(treeOf(...all)));
    expect(recovered.sessionTimeoutsMs).toEqual(new Map([[ALICE, 4000]]));
    expect(stored.warnings[0]).toContain(`passing over a snapshot: ${NEWEST}`);
  }

  test('in any of its bytes is passed over', () => {
    const whole = stored.disk.readFile(NEWEST);
    const expected = describeTree(treeOf(...all));
    for (let at = 0; at < whole.length; at++) {
      stored.damage(NEWEST, () => Buffer.from(whole.map((byte, i) => (i === at ? byte ^ 0x41 : byte))));
      const recovered = stored.recover();
      expect(describeTree(recovered.tree), `byte ${at}`).toEqual(expected);
      expect(recovered.replayed).toBe(7);
    }
  });

  test('in its length is passed over, wherever it ends', () => {
    const whole = stored.disk.readFile(NEWEST);
    for (let length = 0; length < whole.length; length += 7) {
      stored.damage(NEWEST, () => whole.subarray(0, length));
      expect(stored.recover().replayed, `${length} bytes`).toBe(7);
    }
    expectPassedOver();
  });

  test.each([
    ['the order of its nodes', '/a/b', '/a/b stands before its parent'],
    ['what there is once', '/', '/ is there twice'],
  ])('in %s is passed over', (_, path, warning) => {
    const writer = new SnapshotWriter();
    writer.writeHeader(new Map(), new Map());
    const stat = newStat(zxid(1n), 0, NO_SESSION);
    writer.writeNode('/', null, -1n, stat);
    writer.writeNode(path, null, -1n, stat);
    writer.finish();
    makeFile(NEWEST, writer.drain());
    expectPassedOver();
    expect(stored.warnings[0]).toContain(warning);
  });

  test('in that the disk can’t read it is passed over', () => {
    stored.machine.crash();
    stored.machine.restart();
    const { disk } = stored;
    const open = disk.open.bind(disk);
    disk.open = (path, mode) => {
      if (path === NEWEST) stored.machine.disk.faults.failReads = 1;
      return open(path, mode);
    };
    expect(numbers(stored.recover())).toEqual(upTo(9));
    expect(stored.warnings[0]).toContain('EIO');
  });

  test('beside others that are damaged, is one of none: the server does not start', () => {
    for (const name of ['snapshot.2', 'snapshot.6']) stored.damage(`${SNAPSHOTS}/${name}`, (bytes) => bytes.fill(0));
    expect(() => stored.recover()).toThrow(RecoveryError);
    expect(() => stored.recover()).toThrow(`${SNAPSHOTS}: none of 2 snapshots can be used`);
  });

  describe('and logs that don’t lead from the one before it as far as it did', () => {
    beforeEach(() => stored.damage(NEWEST, (bytes) => bytes.subarray(0, 100)));

    test.each([
      ['since they end before', ['log.1', 'log.7'], creations(1, 5), '0x5'],
      ['since one in the middle is gone', ['log.1'], creations(1, 3), '0x3'],
      ['since the first one is gone', ['log.1'], [], '0x2'],
    ])('%s: the server does not start', (_why, removed, kept, reached) => {
      for (const name of removed) stored.disk.remove(`${LOGS}/${name}`);
      if (kept.length > 0) stored.writeLog(...kept);
      expect(() => stored.recover()).toThrow(RecoveryError);
      expect(() => stored.recover()).toThrow(
        `snapshot.6 can't be used, and from snapshot.2 the logs in ${LOGS} lead only to ${reached}`,
      );
      stored.disk.remove(NEWEST);
      expect(stored.recover().replayed).toBeGreaterThanOrEqual(0);
    });

    test('but only to the end of the epoch before it: nothing is known to be missing', () => {
      stored.disk.rename(NEWEST, `${SNAPSHOTS}/snapshot.100000000`);
      expect(numbers(stored.recover())).toEqual(upTo(9));
    });
  });
});

describe('a log', () => {
  test('without a snapshot is only half of the data', () => {
    stored.writeLog(...creations(1, 3));
    expect(() => stored.recoverAfterCrash()).toThrow(RecoveryError);
    expect(() => stored.recover()).toThrow(`${LOGS}: there is a transaction log, but no snapshot in ${SNAPSHOTS}`);
    const recovered = stored.recover({ trustEmptySnapshot: true });
    expect(numbers(recovered)).toEqual(upTo(3));
    expect(recovered.isNew).toBe(false);
  });

  test('of which one is missing in the middle is told of', async () => {
    await stored.writeSnapshot(newTree());
    stored.writeLog(...creations(1, 3));
    stored.writeLog(...creations(6, 7));
    stored.recoverAfterCrash();
    expect(stored.warnings).toEqual([`${LOGS}/log.6: of the transactions between 0x3 and 0x6 none is there`]);
  });

  test('of a new epoch is not', async () => {
    await stored.writeSnapshot(treeOf(...creations(1, 3)));
    stored.writeLog(transaction(0x1_0000_0001, ALICE, { type: OpCode.createSession, record: { timeOut: 1 } }));
    expect(stored.recoverAfterCrash().tree.lastProcessedZxid).toBe(0x1_0000_0001n);
    expect(stored.warnings).toEqual([]);
  });

  test('that is damaged before its end keeps the server from starting', async () => {
    await stored.writeSnapshot(newTree());
    stored.writeLog(...creations(1, 3));
    stored.damage(`${LOGS}/log.1`, (bytes) => bytes.fill(0xff, 100, 104));
    expect(() => stored.recoverAfterCrash()).toThrow(TxnLogError);
  });

  test('with a multi that has a step of an unknown kind is of a newer version', () => {
    const unknown = { type: 99, record: null } as unknown as TxnBody;
    const short = { type: OpCode.delete, record: null } as unknown as TxnBody;
    for (const [i, step] of [unknown, short].entries()) {
      stored = new StoredData();
      stored.writeLog(...creations(1, 2), transaction(3, ALICE, { type: OpCode.multi, record: { steps: [step] } }));
      const error = errorOf(() => stored.recover({ trustEmptySnapshot: true }));
      expect(error).toBeInstanceOf(TxnLogError);
      expect([i, error]).toMatchObject([i, { reason: 'unreadable-transaction', path: `${LOGS}/log.1` }]);
      expect(error.message).toMatch(
        /^\/logs\/version-2\/log\.1: the entry at offset \d\d+ is whole, but .*newer server/,
      );
    }
  });

  test('whose digests are not those of the tree is told of once, and used', async () => {
    await stored.writeSnapshot(newTree());
    const wrong = { version: 2, treeDigest: 5n };
    stored.writeLog(...creations(1, 3).map((each) => ({ ...each, digest: wrong })));
    const recovered = stored.recover();
    expect(numbers(recovered)).toEqual([1, 2, 3]);
    expect(recovered).toMatchObject({ digestsCompared: 3, digestMismatches: 3 });
    expect(stored.warnings).toHaveLength(1);
    expect(stored.warnings[0]).toContain('/logs/version-2/log.1: after the transaction 0x1 the tree has the digest 0x');
    expect(stored.recover({ digest: false })).toMatchObject({ digestsCompared: 0, digestMismatches: 0 });
    proves('DG-4');
  });
});

describe('what a power cut leaves', () => {
  beforeEach(async () => {
    await stored.writeSnapshot(newTree());
    stored.writeLog(...creations(1, 4));
  });

  /** The server goes on from here, and all of it is there at the next start. */
  function expectGoesOnFrom(last: number): void {
    expect(numbers(stored.recoverAfterCrash())).toEqual(upTo(last));
    stored.writeLog(...creations(last + 1, last + 2));
    const warnings = stored.warnings.length;
    expect(numbers(stored.recoverAfterCrash())).toEqual(upTo(last + 2));
    expect(stored.warnings).toHaveLength(warnings);
  }

  test('half an entry at the end is cut off, however much of it there is', () => {
    const archive = new BinaryOutputArchive();
    encodeEntry(archive, createNode(5, Buffer.from('x'), null));
    for (let length = 1; length < archive.position; length++) {
      stored = new StoredData();
      stored.writeLog(...creations(1, 4));
      const path = `${LOGS}/log.1`;
      stored.damage(path, (bytes) => {
        archive.bytes().copy(bytes, bytes.lastIndexOf(0x42) + 1, 0, length);
        return bytes;
      });
      expect(numbers(stored.recoverAfterCrash({ trustEmptySnapshot: true })), `${length} bytes`).toEqual(upTo(4));
      const rest = stored.disk.readFile(path);
      expect(rest.subarray(rest.lastIndexOf(0x42) + 1).every((byte) => byte === 0)).toBe(true);
    }
  });

  test('a log with nothing but its header is no trouble', () => {
    makeFile(`${LOGS}/log.5`, stored.disk.readFile(`${LOGS}/log.1`).subarray(0, 16));
    expectGoesOnFrom(4);
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['half a header long', Buffer.from('ZKLG\0\0')],
    ['full of zeroes', Buffer.alloc(5000)],
  ])('a log that is %s is removed', (_name, bytes) => {
    makeFile(`${LOGS}/log.5`, bytes);
    expect(numbers(stored.recoverAfterCrash())).toEqual(upTo(4));
    expect(logNames()).toEqual(['log.1']);
    expect(stored.warnings[0]).toContain(`${LOGS}/log.5: removing this log`);
    expectGoesOnFrom(4);
  });

  test('a log that is removed makes the one before it the last one, whose torn end is cut off', () => {
    makeFile(`${LOGS}/log.5`, Buffer.alloc(0));
    stored.damage(`${LOGS}/log.1`, (bytes) => bytes.fill(7, bytes.lastIndexOf(0x42) - 3, bytes.lastIndexOf(0x42)));
    expectGoesOnFrom(3);
  });

  test('several logs without anything in them are all removed', () => {
    for (const name of ['log.5', 'log.100000001']) makeFile(`${LOGS}/${name}`, Buffer.alloc(0));
    expect(numbers(stored.recoverAfterCrash())).toEqual(upTo(4));
    expect(logNames()).toEqual(['log.1']);
  });

  test('the only log, without anything in it, is as good as none', async () => {
    stored = new StoredData();
    await stored.writeSnapshot(newTree());
    makeFile(`${LOGS}/log.1`, Buffer.alloc(0));
    expectGoesOnFrom(0);
  });
});
