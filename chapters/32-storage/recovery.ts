/**
 * What a server does before it serves: loads the newest snapshot that is whole, and replays the log on top of it.
 *
 * @apache server.persistence.FileTxnSnapLog#restore
 */
import type { Disk, Log } from '#00-introduction/world.js';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { DataNode } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { type SessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { logsFrom, sortLogNames, sortSnapshotNames } from '#20-data-files/file-names.js';
import { isValidSnapshotTail } from '#20-data-files/snapshot-format.js';
import { readSnapshot, SnapshotError } from '#20-data-files/snapshot-reader.js';
import { readTxnLog, type TxnLogOptions } from '#20-data-files/txn-log-reader.js';

export interface Recovered {
  readonly tree: DataTree;
  /** Every session that was open, with its time-out in milliseconds. */
  readonly sessionTimeoutsMs: Map<SessionId, number>;
  /** How many transactions were replayed. */
  readonly replayed: number;
  /** Neither snapshot nor log was there. */
  readonly isNew: boolean;
}

export interface RecoverySettings {
  readonly snapshotDirectory: string;
  readonly logDirectory: string;
  readonly extendedTypes: boolean;
  readonly maxElementBytes: number;
  readonly trustEmptySnapshot: boolean;
}

/** The data can't be used as they are. The message says what to do. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
}

/**
 * @throws {RecoveryError} logs without a snapshot, or no snapshot of several is whole
 * @throws {TxnLogError} the log is damaged
 */
export function recover(disk: Disk, log: Log, settings: RecoverySettings): Recovered {
  const loaded = loadNewestSnapshot(disk, log, settings);
  const logs = sortLogNames(disk.list(settings.logDirectory));
  if (!loaded && logs.length > 0 && !settings.trustEmptySnapshot) {
    throw new RecoveryError(
      `${settings.logDirectory}: there is a transaction log, but no snapshot in ${settings.snapshotDirectory}. What was ` +
        'before the log is missing. Put the snapshot back, or set snapshot.trust.empty=true if there never was one.',
    );
  }
  const { tree, sessionTimeoutsMs } = loaded ?? {
    tree: DataTree.fresh(settings),
    sessionTimeoutsMs: new Map<SessionId, number>(),
  };
  const replayed = replayLogs(disk, log, settings, tree, sessionTimeoutsMs);
  return { tree, sessionTimeoutsMs, replayed, isNew: !loaded && logs.length === 0 };
}

interface Loaded {
  readonly tree: DataTree;
  readonly sessionTimeoutsMs: Map<SessionId, number>;
}

function loadNewestSnapshot(disk: Disk, log: Log, settings: RecoverySettings): Loaded | null {
  const names = sortSnapshotNames(disk.list(settings.snapshotDirectory));
  for (const { name, zxid: snapshotZxid, compression } of names) {
    const path = `${settings.snapshotDirectory}/${name}`;
    try {
      if (compression !== 'none') throw new RecoveryError(`${path}: ${compression} snapshots can't be read yet`);
      return loadSnapshot(disk, path, snapshotZxid, settings);
    } catch (error) {
      if (!(error instanceof SnapshotError) && !(error instanceof RecoveryError)) throw error;
      log.warn(`passing over a snapshot: ${error.message}`);
    }
  }
  if (names.length === 0) return null;
  throw new RecoveryError(
    `${settings.snapshotDirectory}: none of ${names.length} snapshots can be used; the log lines before this one say why.`,
  );
}

function loadSnapshot(disk: Disk, path: string, snapshotZxid: Zxid, settings: RecoverySettings): Loaded {
  const tree = new DataTree(settings);
  const sessionTimeoutsMs = new Map<SessionId, number>();
  const file = disk.open(path, 'read');
  try {
    if (!isValidSnapshotTail(file)) throw new RecoveryError(`${path}: the file is not whole; it is left where it is`);
    readSnapshot(
      file,
      {
        session: (id, timeoutMs) => sessionTimeoutsMs.set(id, timeoutMs),
        acl: (aclId, acl) => tree.acls.restore(Number(aclId), acl),
        node: (nodePath, data, aclId, stat) => tree.restoreNode(nodePath, new DataNode(data, Number(aclId), stat)),
      },
      { maxElementBytes: settings.maxElementBytes },
    );
  } finally {
    file.close();
  }
  tree.createReservedNodes();
  tree.quotas.restore();
  tree.acls.purgeUnused();
  tree.lastProcessedZxid = snapshotZxid;
  return { tree, sessionTimeoutsMs };
}

function replayLogs(
  disk: Disk,
  log: Log,
  settings: RecoverySettings,
  tree: DataTree,
  sessionTimeoutsMs: Map<SessionId, number>,
): number {
  const firstZxid = zxid(tree.lastProcessedZxid + 1n);
  removeUnwrittenLogs(disk, log, settings);
  const names = logsFrom(sortLogNames(disk.list(settings.logDirectory)), firstZxid);
  let replayed = 0;
  names.forEach(({ name }, i) => {
    const path = `${settings.logDirectory}/${name}`;
    const isLastLog = i === names.length - 1;
    const file = disk.open(path, isLastLog ? 'write' : 'read');
    try {
      const reader = readTxnLog(file, readingOptions(settings, isLastLog));
      for (const { transaction } of reader) {
        if (transaction.header.zxid < firstZxid) continue;
        replay(tree, sessionTimeoutsMs, transaction);
        replayed++;
      }
      if (isLastLog && reader.end.needsCut) {
        log.warn(`${path}: cutting what follows the last whole transaction, at ${reader.end.endBytes} bytes`);
        file.truncate(reader.end.endBytes);
        file.syncNow();
      }
    } finally {
      file.close();
    }
  });
  return replayed;
}

/** Logs that were made right before a power cut. Were they left, the log before them would not be the last one. */
function removeUnwrittenLogs(disk: Disk, log: Log, settings: RecoverySettings): void {
  const names = sortLogNames(disk.list(settings.logDirectory)).map(({ name }) => name);
  for (let name = names.pop(); name !== undefined; name = names.pop()) {
    const path = `${settings.logDirectory}/${name}`;
    if (isWritten(disk, path, settings)) return;
    log.warn(`${path}: removing this log, since nothing was written to it`);
    disk.remove(path);
    disk.syncDirectory(settings.logDirectory);
  }
}

function isWritten(disk: Disk, path: string, settings: RecoverySettings): boolean {
  const file = disk.open(path, 'read');
  try {
    const reader = readTxnLog(file, readingOptions(settings, true));
    return reader.next() !== null || reader.end.reason !== 'no-header';
  } finally {
    file.close();
  }
}

function readingOptions({ maxElementBytes }: RecoverySettings, isLastLog: boolean): TxnLogOptions {
  return { maxEntryBytes: maxElementBytes, isLastLog, onTornTail: 'cut' };
}

function replay(tree: DataTree, sessionTimeoutsMs: Map<SessionId, number>, { header, body }: Transaction): void {
  applyTxn(tree, header, body);
  if (body.type === OpCode.createSession) sessionTimeoutsMs.set(header.clientId, body.record.timeOut);
  if (body.type === OpCode.closeSession) sessionTimeoutsMs.delete(header.clientId);
}
