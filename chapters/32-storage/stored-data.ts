/** For tests: a data folder on a simulated disk, and what a server would read from it. */
import type { Buffer } from 'node:buffer';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { Simulation } from '#00-introduction/simulation.js';
import type { Disk } from '#00-introduction/world.js';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { DataTree } from '#01-data-model/data-tree.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { type Recovered, type RecoverySettings, recover } from '#32-storage/recovery.js';
import { type TakenSnapshot, takeSnapshot } from '#32-storage/snapshot-task.js';
import { TxnLog } from '#32-storage/txn-log.js';

export const SNAPSHOTS = '/data/version-2';
export const LOGS = '/logs/version-2';

const SETTINGS: RecoverySettings = {
  snapshotDirectory: SNAPSHOTS,
  logDirectory: LOGS,
  extendedTypes: true,
  digest: true,
  maxElementBytes: 2_097_150,
  trustEmptySnapshot: false,
};

export const newTree = (): DataTree => DataTree.fresh({ extendedTypes: true });

export function applyAll(tree: DataTree, transactions: Iterable<Transaction>): DataTree {
  for (const { header, body } of transactions) applyTxn(tree, header, body);
  return tree;
}

export class StoredData {
  readonly simulation: Simulation;
  readonly machine: SimulatedMachine;

  constructor(seed = 1) {
    this.simulation = new Simulation({ seed });
    this.machine = this.simulation.machine('server');
    for (const directory of [SNAPSHOTS, LOGS]) this.disk.makeDirectories(directory);
    for (const directory of ['/', '/data', '/logs']) this.disk.syncDirectory(directory);
  }

  get disk(): Disk {
    return this.machine.world.disk;
  }

  newLog(): TxnLog {
    return new TxnLog(this.disk, LOGS, { forceSync: true, preAllocSizeBytes: 1024 });
  }

  /** A log file of its own with these transactions, synced. */
  writeLog(...transactions: readonly Transaction[]): void {
    const log = this.newLog();
    for (const transaction of transactions) log.append(transaction);
    log.commitNow();
    log.close();
  }

  /** A snapshot of the tree as it is now. */
  writeSnapshot(tree: DataTree, sessionTimeoutsMs: ReadonlyMap<SessionId, number> = new Map()): Promise<TakenSnapshot> {
    return this.simulation.settle(takeSnapshot(this.disk, SNAPSHOTS, tree, sessionTimeoutsMs, { lastZxid: true }));
  }

  /** Changes the bytes of a file. */
  damage(path: string, change: (bytes: Buffer) => Uint8Array | undefined): void {
    const bytes = this.disk.readFile(path);
    const changed = change(bytes) ?? bytes;
    const file = this.disk.open(path, 'create');
    file.writeNow(changed, 0);
    file.syncNow();
    file.close();
  }

  /** What a server finds when it starts after a power cut. */
  recoverAfterCrash(settings: Partial<RecoverySettings> = {}): Recovered {
    this.machine.crash();
    this.machine.restart();
    return this.recover(settings);
  }

  recover(settings: Partial<RecoverySettings> = {}): Recovered {
    const { disk, log } = this.machine.world;
    return recover(disk, log, { ...SETTINGS, ...settings });
  }

  /** What was logged as a warning. */
  get warnings(): string[] {
    return this.machine.logEntries.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }
}
