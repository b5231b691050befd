/**
 * What a server does before it serves: loads the newest snapshot that is whole, and replays the log on top of it.
 *
 * @apache server.persistence.FileTxnSnapLog#restore
 */
import { type Disk, DiskError, type Log } from '#00-introduction/world.js';
import { applyTxn } from '#01-data-model/apply-txn.js';
import { DataNode } from '#01-data-model/data-node.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { DigestCheck } from '#01-data-model/digest-check.js';
import type { ZxidDigest } from '#01-data-model/tree-digest.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { hex, type SessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { formatSnapshotName, logsFrom, sortLogNames, sortSnapshotNames } from '#20-data-files/file-names.js';
import { isValidSnapshotTail } from '#20-data-files/snapshot-format.js';
import { readSnapshot, SnapshotError, type SnapshotSections } from '#20-data-files/snapshot-reader.js';
import {
  readTxnLog,
  type TxnLogEntry,
  type TxnLogOptions,
  unreadableTransaction,
} from '#20-data-files/txn-log-reader.js';

export interface Recovered {
  readonly tree: DataTree;
  /** Every session that was open, with its time-out in milliseconds. */
  readonly sessionTimeoutsMs: Map<SessionId, number>;
  /** The latest time in the data, in milliseconds since 1970: no transaction is known to be younger. 0 when there is none. */
  readonly lastTimeMs: number;
  /** Of the sessions that began or ended in the logs, the largest number that each server has given, by its top byte. */
  readonly lastSessions: ReadonlyMap<number, SessionId>;
  /** How many transactions were replayed. */
  readonly replayed: number;
  /** How many digests of the tree were compared, and how many of them were not what they should be. */
  readonly digestsCompared: number;
  readonly digestMismatches: number;
  /** Neither snapshot nor log was there. */
  readonly isNew: boolean;
}

export interface RecoverySettings {
  readonly snapshotDirectory: string;
  readonly logDirectory: string;
  readonly extendedTypes: boolean;
  /** Whether digests are kept and compared. */
  readonly digest: boolean;
  readonly maxElementBytes: number;
  readonly trustEmptySnapshot: boolean;
}

/** The data can't be used as they are. The message says what to do. */
export class RecoveryError extends Error {
  override readonly name = 'RecoveryError';
}

/**
 * A closeSession names all ephemeral nodes of its session: that may be far more than fits into a request. What a server
 * has written it must be able to read.
 */
const MAX_ENTRY_BYTES = 0x1000_0000;

/**
 * @throws {RecoveryError} logs without a snapshot, no snapshot of several is whole, or the log does not reach back to
 *   the one that is
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
  const { tree, sessionTimeoutsMs, digest, lastTimeMs } = loaded ?? {
    tree: DataTree.fresh(settings),
    sessionTimeoutsMs: new Map<SessionId, number>(),
    digest: null,
    lastTimeMs: 0,
  };
  const digests = new DigestCheck(tree, digest, (message) => log.warn(message));
  const replay = new Replay(log, tree, sessionTimeoutsMs, digests);
  replayLogs(disk, log, settings, replay);
  if (loaded) checkNothingIsMissing(settings, loaded, replay.reachedZxid);
  digests.finish();
  return {
    tree,
    sessionTimeoutsMs,
    lastTimeMs: Math.max(lastTimeMs, replay.lastTimeMs),
    lastSessions: replay.lastSessions,
    replayed: replay.count,
    digestsCompared: digests.compared,
    digestMismatches: digests.mismatches,
    isNew: !loaded && logs.length === 0,
  };
}

/** What is in a snapshot. */
interface LoadedSnapshot {
  readonly tree: DataTree;
  readonly sessionTimeoutsMs: Map<SessionId, number>;
  readonly digest: ZxidDigest | null;
  readonly lastTimeMs: number;
}

interface Loaded extends LoadedSnapshot {
  /** Of the snapshot that was loaded, and of the newest: that one may have been passed over. */
  readonly loadedZxid: Zxid;
  readonly newestZxid: Zxid;
}

function loadNewestSnapshot(disk: Disk, log: Log, settings: RecoverySettings): Loaded | null {
  const names = sortSnapshotNames(disk.list(settings.snapshotDirectory));
  for (const { name, zxid: snapshotZxid, compression } of names) {
    const path = `${settings.snapshotDirectory}/${name}`;
    try {
      if (compression !== 'none') throw new RecoveryError(`${path}: ${compression} snapshots can't be read yet`);
      const loaded = loadSnapshot(disk, path, snapshotZxid, settings);
      return { ...loaded, loadedZxid: snapshotZxid, newestZxid: names[0]?.zxid ?? snapshotZxid };
    } catch (error) {
      if (!isUnusable(error)) throw error;
      log.warn(`passing over a snapshot: ${error.message}`);
    }
  }
  if (names.length === 0) return null;
  throw new RecoveryError(
    `${settings.snapshotDirectory}: none of ${names.length} snapshots can be used; the log lines before this one say why.`,
  );
}

/** A snapshot that is damaged, or that the disk can't read any more. */
function isUnusable(error: unknown): error is Error {
  if (error instanceof DiskError) return error.code === 'EIO';
  return error instanceof SnapshotError || error instanceof RecoveryError;
}

function loadSnapshot(disk: Disk, path: string, snapshotZxid: Zxid, settings: RecoverySettings): LoadedSnapshot {
  const tree = new DataTree(settings);
  const sessionTimeoutsMs = new Map<SessionId, number>();
  const file = disk.open(path, 'read');
  let sections: SnapshotSections;
  let lastTimeMs = 0;
  try {
    if (!isValidSnapshotTail(file)) throw new RecoveryError(`${path}: the file is not whole; it is left where it is`);
    sections = readSnapshot(
      file,
      {
        session: (id, timeoutMs) => sessionTimeoutsMs.set(id, timeoutMs),
        acl: (aclId, acl) => tree.acls.restore(Number(aclId), acl),
        node: (nodePath, data, aclId, stat) => {
          restoreNode(tree, path, nodePath, new DataNode(data, Number(aclId), stat));
          if (stat.mtime > lastTimeMs) lastTimeMs = stat.mtime;
        },
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
  return { tree, sessionTimeoutsMs, digest: sections.digest, lastTimeMs };
}

/** The checksum is at the end: until then the nodes may be anything. */
function restoreNode(tree: DataTree, path: string, nodePath: string, node: DataNode): void {
  try {
    tree.restoreNode(nodePath, node);
  } catch (error) {
    if (!(error instanceof KeeperException)) throw error;
    const what = error.code === ErrorCode.NodeExists ? 'is there twice' : 'stands before its parent';
    throw new RecoveryError(`${path}: the node ${nodePath} ${what}; the file is left where it is`);
  }
}

function replayLogs(disk: Disk, log: Log, settings: RecoverySettings, replay: Replay): void {
  removeUnwrittenLogs(disk, log, settings);
  const names = logsFrom(sortLogNames(disk.list(settings.logDirectory)), replay.firstZxid);
  names.forEach(({ name }, i) => {
    const isLastLog = i === names.length - 1;
    replayLog(disk, log, `${settings.logDirectory}/${name}`, readingOptions(settings, isLastLog), replay);
  });
}

function replayLog(disk: Disk, log: Log, path: string, options: TxnLogOptions, replay: Replay): void {
  const file = disk.open(path, options.isLastLog ? 'write' : 'read');
  try {
    const reader = readTxnLog(file, options);
    for (const entry of reader) replay.add(entry, path);
    if (options.isLastLog && reader.end.needsCut) {
      log.warn(`${path}: cutting what follows the last whole transaction, at ${reader.end.endBytes} bytes`);
      file.truncate(reader.end.endBytes);
      file.syncNow();
    }
  } finally {
    file.close();
  }
}

class Replay {
  /** What comes before it is in the snapshot. */
  readonly firstZxid: Zxid;
  count = 0;
  /** Of all transactions in the logs, also those that the snapshot has already. */
  lastTimeMs = 0;
  readonly lastSessions = new Map<number, SessionId>();
  private readonly log: Log;
  private readonly tree: DataTree;
  private readonly sessionTimeoutsMs: Map<SessionId, number>;
  private readonly digests: DigestCheck;
  private gapAfter: Zxid | null = null;

  constructor(log: Log, tree: DataTree, sessionTimeoutsMs: Map<SessionId, number>, digests: DigestCheck) {
    this.log = log;
    this.tree = tree;
    this.sessionTimeoutsMs = sessionTimeoutsMs;
    this.digests = digests;
    this.firstZxid = zxid(tree.lastProcessedZxid + 1n);
  }

  /** Up to here no transaction is missing. */
  get reachedZxid(): Zxid {
    return this.gapAfter ?? this.tree.lastProcessedZxid;
  }

  /** @throws {TxnLogError} a step of a multi is none that this version knows */
  add({ transaction: { header, body, digest }, startBytes }: TxnLogEntry, path: string): void {
    if (header.time > this.lastTimeMs) this.lastTimeMs = header.time;
    if (body.type === OpCode.createSession || body.type === OpCode.closeSession) this.noteSession(header.clientId);
    if (header.zxid < this.firstZxid) return;
    this.lookForGap(header.zxid, path);
    try {
      applyTxn(this.tree, header, body);
    } catch (error) {
      throw unreadableTransaction(error, path, startBytes);
    }
    this.digests.applied(header.zxid, digest, path);
    if (body.type === OpCode.createSession) this.sessionTimeoutsMs.set(header.clientId, body.record.timeOut);
    if (body.type === OpCode.closeSession) this.sessionTimeoutsMs.delete(header.clientId);
    this.count++;
  }

  private noteSession(id: SessionId): void {
    const topByte = Number(BigInt.asUintN(8, id >> 56n));
    if (id > (this.lastSessions.get(topByte) ?? id - 1n)) this.lastSessions.set(topByte, id);
  }

  /** Within an epoch, one zxid follows the other. */
  private lookForGap(next: Zxid, path: string): void {
    const last = this.tree.lastProcessedZxid;
    if (next <= last + 1n || next >> 32n !== last >> 32n) return;
    this.gapAfter ??= last;
    this.log.warn(`${path}: of the transactions between 0x${hex(last)} and 0x${hex(next)} none is there`);
  }
}

/**
 * A snapshot that was passed over tells how far the logs have to lead: what was in it was acknowledged.
 * @throws {RecoveryError} they don't
 */
function checkNothingIsMissing(
  { snapshotDirectory, logDirectory }: RecoverySettings,
  { loadedZxid, newestZxid }: Loaded,
  reachedZxid: Zxid,
): void {
  // An epoch begins without a transaction.
  if (newestZxid <= reachedZxid || (newestZxid & 0xffff_ffffn) === 0n) return;
  throw new RecoveryError(
    `${snapshotDirectory}: ${formatSnapshotName(newestZxid)} can't be used, and from ${formatSnapshotName(loadedZxid)} the ` +
      `logs in ${logDirectory} lead only to 0x${hex(reachedZxid)}. Put the missing logs back; or move the snapshot out of ` +
      'the folder to do without what came after that. A server of an ensemble gets its data from the leader when its ' +
      'version-2 folders are moved away.',
  );
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
  return { maxEntryBytes: Math.max(maxElementBytes, MAX_ENTRY_BYTES), isLastLog, onTornTail: 'cut' };
}
