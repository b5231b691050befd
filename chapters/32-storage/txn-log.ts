/**
 * The transaction log as a server writes it: entries gather in memory, `commit` writes them in one piece and syncs.
 *
 * Ahead of the entries the file is filled with zeroes. A sync then has no new length to record, only bytes, which makes
 * it about half as long; and a reader knows the end by them.
 *
 * Invariants: after a failed write or sync nothing is written any more, since nobody knows what is on the disk; a file
 * is in its folder, durably, before its first transaction is acknowledged; and it is made only when all transactions in
 * the file before it are durable, so that only the newest file can have a torn end.
 *
 * @apache server.persistence.FileTxnLog
 */
import { Buffer } from 'node:buffer';
import { type Disk, DiskError, type DiskFile } from '#00-introduction/world.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { formatLogName } from '#20-data-files/file-names.js';
import { encodeEntry, txnLogHeader } from '#20-data-files/txn-log-format.js';

/** What is written ahead at a time: not so much that the sync beside it would be waiting for it. */
const ZEROES = Buffer.alloc(0x2_0000);
const KEPT_MEMORY_BYTES = 0x40_0000;

export interface TxnLogSettings {
  readonly forceSync: boolean;
  /** How much the file is filled with zeroes at a time, up to 128 KiB; 0 or less: not at all. */
  readonly preAllocSizeBytes: number;
}

export class TxnLog {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly settings: TxnLogSettings;
  private readonly pending = new BinaryOutputArchive(0x1_0000);
  private file: DiskFile | null = null;
  /** Of the transactions that the next commit writes. */
  private firstPending: Zxid | null = null;
  private endBytes = 0;
  private filledBytes = 0;
  private rollRequested = false;
  private failure: unknown = null;

  /** @param directory the version-2 folder */
  constructor(disk: Disk, directory: string, settings: TxnLogSettings) {
    this.disk = disk;
    this.directory = directory;
    this.settings = settings;
  }

  /** Bytes of transactions in the current file; 0 when the next one begins a new file. */
  get sizeBytes(): number {
    return (this.rollRequested ? 0 : this.endBytes) + this.pending.position;
  }

  append(transaction: Transaction): void {
    this.firstPending ??= transaction.header.zxid;
    encodeEntry(this.pending, transaction);
  }

  /** The next commit begins a new file: not before, since the end of this one may be on its way to the disk. */
  roll(): void {
    this.rollRequested = true;
  }

  /**
   * Writes and syncs what was appended.
   * @throws whatever the disk said (as a rejection), now and at every later call
   */
  async commit(): Promise<void> {
    try {
      const file = this.writePending();
      if (file === null) return;
      const zeroes = this.zeroesAhead();
      const synced = this.settings.forceSync ? file.sync() : Promise.resolve();
      if (zeroes === null) await synced;
      else await Promise.all([synced, file.write(zeroes.bytes, zeroes.at).catch(unlessFull)]);
    } catch (error) {
      throw this.failedBy(error);
    }
  }

  /** The same, and the whole server waits for the disk: less work, when it is quick and nothing else is to be done. */
  commitNow(): void {
    try {
      const file = this.writePending();
      if (file === null) return;
      const zeroes = this.zeroesAhead();
      if (zeroes !== null) writeIfRoom(file, zeroes);
      if (this.settings.forceSync) file.syncNow();
    } catch (error) {
      throw this.failedBy(error);
    }
  }

  /** What was appended and not committed is lost, and nothing can be committed any more. */
  close(): void {
    this.failure ??= new Error('the transaction log is closed');
    this.closeFile();
  }

  private failedBy(error: unknown): unknown {
    this.failure ??= error;
    return this.failure;
  }

  /** @returns the file to sync; null when nothing was ever written */
  private writePending(): DiskFile | null {
    if (this.failure) throw this.failure;
    if (this.firstPending === null) return this.file;
    const file = this.fileFor(this.firstPending);
    const bytes = this.pending.bytes();
    file.writeNow(bytes, this.endBytes);
    this.endBytes += bytes.length;
    this.firstPending = null;
    if (this.pending.capacityBytes > KEPT_MEMORY_BYTES) this.pending.replaceMemory(0x1_0000);
    else this.pending.reset();
    return file;
  }

  private fileFor(firstZxid: Zxid): DiskFile {
    if (this.rollRequested) this.closeFile();
    this.rollRequested = false;
    return this.file ?? this.openFile(firstZxid);
  }

  private openFile(firstZxid: Zxid): DiskFile {
    const file = this.disk.open(`${this.directory}/${formatLogName(firstZxid)}`, 'create');
    this.file = file;
    const start = txnLogHeader();
    // At once: a log without it, as a crash may leave one, keeps Apache's servers before 3.9.3 from starting.
    file.writeNow(start, 0);
    this.disk.syncDirectory(this.directory);
    this.endBytes = start.length;
    this.filledBytes = start.length;
    return file;
  }

  private closeFile(): void {
    this.file?.close();
    this.file = null;
  }

  /** The zeroes to be written now; null while half a step of them is left. */
  private zeroesAhead(): Zeroes | null {
    const stepBytes = Math.min(this.settings.preAllocSizeBytes, ZEROES.length);
    if (stepBytes <= 0 || this.filledBytes - this.endBytes >= stepBytes / 2) return null;
    const at = Math.max(this.filledBytes, this.endBytes);
    const bytes = ZEROES.subarray(0, stepBytes - (at % stepBytes));
    this.filledBytes = at + bytes.length;
    return { bytes, at };
  }
}

interface Zeroes {
  readonly bytes: Buffer;
  /** Where in the file, in bytes. */
  readonly at: number;
}

function writeIfRoom(file: DiskFile, { bytes, at }: Zeroes): void {
  try {
    file.writeNow(bytes, at);
  } catch (error) {
    unlessFull(error);
  }
}

/** A full disk is no reason to fail for want of zeroes: the entries themselves may still fit. */
function unlessFull(error: unknown): void {
  if (!(error instanceof DiskError) || error.code !== 'ENOSPC') throw error;
}
