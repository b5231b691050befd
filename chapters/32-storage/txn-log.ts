/**
 * The transaction log as a server writes it: entries gather in memory, `commit` writes them in one piece and syncs.
 *
 * Ahead of the entries the file is filled with zeroes. A sync then has no new length to record, only bytes, which makes
 * it about half as long; and a reader knows the end by them.
 *
 * Invariants: after a failed write or sync nothing is written any more, since nobody knows what is on the disk; a file
 * is in its folder, durably, before its first transaction is acknowledged.
 *
 * @apache server.persistence.FileTxnLog
 */
import { Buffer } from 'node:buffer';
import { type Disk, DiskError, type DiskFile } from '#00-introduction/world.js';
import { BinaryOutputArchive } from '#04-serialization/binary-output-archive.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import { formatLogName } from '#20-data-files/file-names.js';
import { encodeEntry, txnLogHeader } from '#20-data-files/txn-log-format.js';

/** What is written ahead at a time, so that nobody waits for long, and the least room that is kept. */
const ZEROES = Buffer.alloc(0x10_0000);
const ROOM_BYTES = 4096;
const KEPT_MEMORY_BYTES = 0x40_0000;

export interface TxnLogSettings {
  readonly forceSync: boolean;
  /** How much the file is filled with zeroes at a time, up to a mebibyte; 0 or less: not at all. */
  readonly preAllocSizeBytes: number;
}

export class TxnLog {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly settings: TxnLogSettings;
  private readonly pending = new BinaryOutputArchive(0x1_0000);
  private file: DiskFile | null = null;
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
    return this.rollRequested ? 0 : this.endBytes + this.pending.position;
  }

  append(transaction: Transaction): void {
    if (this.rollRequested && this.pending.position === 0) this.closeFile();
    if (this.file === null) this.openFile(transaction);
    encodeEntry(this.pending, transaction);
  }

  /** The next transaction that finds nothing pending begins a new file. */
  roll(): void {
    this.rollRequested = true;
  }

  /** @throws whatever the disk said, now and at every later call */
  async commit(): Promise<void> {
    if (this.failure) throw this.failure;
    const file = this.file;
    if (file === null) return;
    try {
      this.writePending(file);
      if (this.settings.forceSync) await file.sync();
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }

  close(): void {
    this.closeFile();
  }

  private writePending(file: DiskFile): void {
    const bytes = this.pending.bytes();
    if (bytes.length === 0) return;
    this.fillAhead(file, bytes.length);
    file.writeNow(bytes, this.endBytes);
    this.endBytes += bytes.length;
    if (this.pending.capacityBytes > KEPT_MEMORY_BYTES) this.pending.replaceMemory(0x1_0000);
    else this.pending.reset();
  }

  private openFile({ header }: Transaction): void {
    const path = `${this.directory}/${formatLogName(header.zxid)}`;
    this.file = this.disk.open(path, 'create');
    this.disk.syncDirectory(this.directory);
    const start = txnLogHeader();
    this.file.writeNow(start, 0);
    this.endBytes = start.length;
    this.filledBytes = start.length;
    this.rollRequested = false;
  }

  private closeFile(): void {
    this.file?.close();
    this.file = null;
  }

  /** A full disk is no reason to fail here: the entries themselves may still fit. */
  private fillAhead(file: DiskFile, neededBytes: number): void {
    const stepBytes = Math.min(this.settings.preAllocSizeBytes, ZEROES.length);
    const endBytes = this.endBytes + neededBytes;
    if (stepBytes <= 0 || endBytes + ROOM_BYTES <= this.filledBytes) return;
    const from = Math.max(this.filledBytes, endBytes);
    const bytes = ZEROES.subarray(0, stepBytes - (from % stepBytes));
    this.filledBytes = from + bytes.length;
    try {
      file.writeNow(bytes, from);
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'ENOSPC') throw error;
    }
  }
}
