/**
 * The data of a server: the tree in memory, and the log and the snapshots that bring it back.
 *
 * @apache server.ZKDatabase
 */
import { type Disk, DiskError, type Log, type Random, type World } from '#00-introduction/world.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';
import { type Recovered, RecoveryError, recover } from '#32-storage/recovery.js';
import { removeUnfinishedSnapshots, takeSnapshot } from '#32-storage/snapshot-task.js';
import { TxnLog, type TxnLogSettings } from '#32-storage/txn-log.js';

export interface DatabaseSettings extends TxnLogSettings {
  /** Where snapshots lie. */
  readonly dataDir: string;
  /** Where logs lie. */
  readonly dataLogDir: string;
  readonly autocreateDataDir: boolean;
  readonly extendedTypesEnabled: boolean;
  readonly digestEnabled: boolean;
  /** Whether a snapshot says which transaction was the last one in it. */
  readonly serializeLastProcessedZxid: boolean;
  readonly trustEmptySnapshot: boolean;
  readonly maxElementBytes: number;
  /** A snapshot follows after half as many transactions, or up to this many. */
  readonly snapCount: number;
  /** The same for the bytes of the log; 0 or less: no limit. */
  readonly snapSizeLimitBytes: number;
}

/** An open session, as a snapshot keeps it. */
interface OpenSession {
  readonly id: SessionId;
  readonly timeoutMs: number;
}

/**
 * Brings the data back from the disk, and writes them down as a snapshot: the next start need not replay it all again.
 * @throws {DiskError | RecoveryError | TxnLogError} (as a rejection)
 */
export async function openDatabase(
  { disk, log, random }: Pick<World, 'disk' | 'log' | 'random'>,
  settings: DatabaseSettings,
): Promise<Database> {
  const snapshotDirectory = `${settings.dataDir}/${VERSION_FOLDER}`;
  const logDirectory = `${settings.dataLogDir}/${VERSION_FOLDER}`;
  for (const directory of [snapshotDirectory, logDirectory]) makeDirectory(disk, directory, settings.autocreateDataDir);
  removeUnfinishedSnapshots(disk, snapshotDirectory);
  const recovered = recover(disk, log, {
    ...settings,
    snapshotDirectory,
    logDirectory,
    extendedTypes: settings.extendedTypesEnabled,
    digest: settings.digestEnabled,
  });
  const { tree, sessionTimeoutsMs } = recovered;
  const { sizeBytes } = await takeSnapshot(disk, snapshotDirectory, tree, sessionTimeoutsMs, {
    lastZxid: settings.serializeLastProcessedZxid,
  });
  const txnLog = new TxnLog(disk, logDirectory, settings);
  return new Database({ disk, log, random }, settings, snapshotDirectory, recovered, txnLog, sizeBytes);
}

/** A folder's name has to be durable before anything is in it. */
function makeDirectory(disk: Disk, directory: string, isAllowed: boolean): void {
  const parent = directory.slice(0, directory.lastIndexOf('/')) || '/';
  if (disk.exists(directory)) {
    // An empty one may be left from a start that failed before the name was durable.
    if (disk.list(directory).length === 0) syncIfAllowed(disk, parent);
    return;
  }
  if (!isAllowed) {
    throw new RecoveryError(
      `${directory} does not exist, and zookeeper.datadir.autocreate=false forbids to make it. Make it, or allow it.`,
    );
  }
  makeDirectory(disk, parent, isAllowed);
  disk.makeDirectories(directory);
  disk.syncDirectory(parent);
}

/** A folder that we may not read was not made by us, nor what is in it. */
function syncIfAllowed(disk: Disk, directory: string): void {
  try {
    disk.syncDirectory(directory);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== 'EACCES') throw error;
  }
}

export class Database {
  readonly tree: DataTree;
  /** The sessions that were open when the data were written, with their time-outs. */
  readonly sessionTimeoutsMs: ReadonlyMap<SessionId, number>;
  /** The latest time in the data, in milliseconds since 1970; 0 when there is none. */
  readonly lastTimeMs: number;
  /** The largest number of a session that each server is known to have given, by its top byte. */
  readonly lastSessions: ReadonlyMap<number, SessionId>;

  private readonly disk: Disk;
  private readonly log: Log;
  private readonly random: Random;
  private readonly settings: DatabaseSettings;
  private readonly snapshotDirectory: string;
  private readonly txnLog: TxnLog;
  private txnsSinceSnapshot = 0;
  private snapshotAfterTxns = 0;
  private snapshotAfterBytes = 0;
  private lastSnapshotBytes: number;
  private snapshot: Promise<unknown> | null = null;

  constructor(
    { disk, log, random }: Pick<World, 'disk' | 'log' | 'random'>,
    settings: DatabaseSettings,
    snapshotDirectory: string,
    { tree, sessionTimeoutsMs, lastTimeMs, lastSessions }: Recovered,
    txnLog: TxnLog,
    lastSnapshotBytes: number,
  ) {
    this.disk = disk;
    this.log = log;
    this.random = random;
    this.settings = settings;
    this.snapshotDirectory = snapshotDirectory;
    this.tree = tree;
    this.sessionTimeoutsMs = sessionTimeoutsMs;
    this.lastTimeMs = lastTimeMs;
    this.lastSessions = lastSessions;
    this.txnLog = txnLog;
    this.lastSnapshotBytes = lastSnapshotBytes;
    this.drawSnapshotThresholds();
  }

  /** Adds a transaction to what the next `commit` makes durable. */
  append(transaction: Transaction): void {
    this.txnsSinceSnapshot++;
    this.txnLog.append(transaction);
  }

  commit(): Promise<void> {
    return this.txnLog.commit();
  }

  commitNow(): void {
    this.txnLog.commitNow();
  }

  /**
   * Starts a snapshot when enough transactions have come since the last one. It is written while the server goes on.
   * A large tree is written less often: not before the log has grown as long as the last snapshot was. So writing
   * snapshots never costs more than writing the log does, and a start never has more than twice as much to read.
   * @param sessions those that are open now
   */
  snapshotIfDue(sessions: Iterable<OpenSession>): void {
    if (this.snapshot || this.txnLog.sizeBytes < this.lastSnapshotBytes) return;
    const isDue =
      this.txnsSinceSnapshot >= this.snapshotAfterTxns ||
      (this.settings.snapSizeLimitBytes > 0 && this.txnLog.sizeBytes >= this.snapshotAfterBytes);
    if (!isDue) return;
    this.drawSnapshotThresholds();
    this.txnLog.roll();
    const timeoutsMs = new Map<SessionId, number>();
    for (const { id, timeoutMs } of sessions) timeoutsMs.set(id, timeoutMs);
    this.snapshot = takeSnapshot(this.disk, this.snapshotDirectory, this.tree, timeoutsMs, {
      lastZxid: this.settings.serializeLastProcessedZxid,
    })
      .then(({ sizeBytes }) => {
        this.lastSnapshotBytes = sizeBytes;
      })
      .catch((error) => this.log.error('the snapshot failed; the log keeps everything, and another one follows', error))
      .finally(() => {
        this.snapshot = null;
      });
  }

  async close(): Promise<void> {
    await this.snapshot;
    this.txnLog.close();
  }

  /** Random, so that the servers of an ensemble don't all write at once. */
  private drawSnapshotThresholds(): void {
    const { snapCount, snapSizeLimitBytes } = this.settings;
    this.txnsSinceSnapshot = 0;
    this.snapshotAfterTxns = this.fromHalfTo(snapCount);
    this.snapshotAfterBytes = this.fromHalfTo(snapSizeLimitBytes);
  }

  private fromHalfTo(limit: number): number {
    const half = Math.max(1, Math.floor(limit / 2));
    return half + this.random.integer(Math.min(half, 2 ** 32));
  }
}
