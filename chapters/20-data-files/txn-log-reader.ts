/**
 * Reads a transaction log from front to back, and says how it ended.
 *
 * Invariants: an entry is given out only after its checksum held. Nothing is given out after a bad entry. What a log
 * holds after its last entry is never passed over in silence when it holds a whole entry.
 *
 * Where this is stricter than Apache's reader: that one takes a missing 'B', or a length of 0, for the end of the log
 * without looking further, and so drops acknowledged transactions when one such byte goes bad in the middle of a file.
 */
import type { Buffer } from 'node:buffer';
import { ArchiveError, BinaryInputArchive, DEFAULT_MAX_ELEMENT_BYTES } from '#04-serialization/binary-archive.js';
import { hex } from '#06-network-protocol/ids.js';
import { readTransaction, type Transaction, TxnError } from '#06-network-protocol/txn.js';
import { adler32 } from '#20-data-files/adler32.js';
import { type ByteSource, ByteWindow } from '#20-data-files/byte-source.js';
import { judgeTail, lacksSector, type Tail } from '#20-data-files/torn-tail.js';
import {
  END_OF_ENTRY,
  ENTRY_OVERHEAD_BYTES,
  ENTRY_PREFIX_BYTES,
  FILE_HEADER_BYTES,
  TXN_LOG_MAGIC,
  txnLogHeader,
} from '#20-data-files/txn-log-format.js';

export interface TxnLogEntry {
  readonly transaction: Transaction;
  /** Where the entry lies in the file. */
  readonly startBytes: number;
  readonly endBytes: number;
}

export interface TxnLogEnd {
  /**
   * - `padding`: a length of 0, as everywhere in the preallocated part
   * - `end-of-file`: the file ends with an entry
   * - `partial-entry`: the last entry was not written to its end
   * - `torn-entry`: an entry was not written whole, and `onTornTail: 'cut'` allows to pass over it and what follows
   * - `no-header`: the file was made and nothing was written before the power went; remove it
   */
  readonly reason: 'padding' | 'end-of-file' | 'partial-entry' | 'torn-entry' | 'no-header';
  /** The offset after the last whole entry; 0 when not even the header is there. */
  readonly endBytes: number;
  /**
   * False when nothing but zeros follows `endBytes`. When true, truncate the file to `endBytes` before appending to it
   * or to a later log: otherwise a leftover may one day stand right behind a new entry and be read as one.
   */
  readonly needsCut: boolean;
}

export interface TxnLogOptions {
  /** The longest body that is believed. Default: twice `jute.maxbuffer`, as Apache's. */
  readonly maxEntryBytes?: number;
  /** No log with a higher zxid in its name exists. Only such a file can have a torn tail. Default: false. */
  readonly isLastLog?: boolean;
  /**
   * What to do about an entry of the last log that a power cut may have left unfinished: torn-tail.ts says which those
   * are. `error` is what Apache does. Default: `error`.
   */
  readonly onTornTail?: 'error' | 'cut';
  /**
   * Look whether the padding is really empty. It costs tens of milliseconds for 64 MiB. Leave it on where the server starts; turn
   * it off where a log is only read again, such as for a learner. Default: true.
   */
  readonly checkPadding?: boolean;
}

/** A log that can't be read to its end. The message says where, what and how to mend it. */
export class TxnLogError extends Error {
  override readonly name = 'TxnLogError';
  readonly reason: 'not-a-log' | 'checksum' | 'unreasonable-length' | 'entries-follow' | 'unreadable-transaction';
  readonly path: string;
  /** Where the bad entry begins. */
  readonly offsetBytes: number;
  constructor(reason: TxnLogError['reason'], path: string, offsetBytes: number, message: string) {
    super(message);
    this.reason = reason;
    this.path = path;
    this.offsetBytes = offsetBytes;
  }
}

/**
 * Opens a log for reading.
 *
 *     const log = readTxnLog(file, { isLastLog: true });
 *     for (const { transaction } of log) apply(transaction);
 *     if (log.end.needsCut) file.truncate(log.end.endBytes);
 *
 * @throws {TxnLogError} not-a-log
 */
export function readTxnLog(source: ByteSource, options: TxnLogOptions = {}): TxnLogReader {
  return new TxnLogReader(source, options);
}

/**
 * What to throw when an entry turns out to hold a transaction that this version doesn't know. The steps of a multi are
 * only read when it is applied or shown.
 * @returns other errors as they are
 */
export function unreadableTransaction(error: unknown, path: string, startBytes: number): unknown {
  if (!(error instanceof TxnError || error instanceof ArchiveError)) return error;
  return new TxnLogError(
    'unreadable-transaction',
    path,
    startBytes,
    `${path}: the entry at offset ${startBytes} is whole, but this version can't read it (${error.message}). Was the ` +
      'log written by a newer server? Start that version again.',
  );
}

/** @apache server.persistence.FileTxnLog.FileTxnIterator */
export class TxnLogReader implements Iterable<TxnLogEntry> {
  private readonly source: ByteSource;
  private readonly window: ByteWindow;
  private readonly body: BinaryInputArchive;
  private readonly maxEntryBytes: number;
  private readonly checkPadding: boolean;
  private readonly mayCut: boolean;
  private readonly isLastLog: boolean;
  /** Where the next entry begins. */
  private offset = FILE_HEADER_BYTES;
  private ended: TxnLogEnd | null = null;

  constructor(source: ByteSource, options: TxnLogOptions) {
    this.source = source;
    this.window = new ByteWindow(source);
    this.maxEntryBytes = options.maxEntryBytes ?? DEFAULT_MAX_ELEMENT_BYTES;
    this.body = new BinaryInputArchive(this.window.memory, 0, 0, this.maxEntryBytes);
    this.checkPadding = options.checkPadding ?? true;
    this.isLastLog = options.isLastLog ?? false;
    this.mayCut = this.isLastLog && options.onTornTail === 'cut';
    this.readHeader();
  }

  /**
   * How the log ended. Known once `next` has returned null.
   * @throws {Error} the log was not read to its end
   */
  get end(): TxnLogEnd {
    if (!this.ended) throw new Error(`${this.source.path} was not read to its end`);
    return this.ended;
  }

  *[Symbol.iterator](): Generator<TxnLogEntry, void, undefined> {
    for (let entry = this.next(); entry; entry = this.next()) yield entry;
  }

  /**
   * The next entry, or null at the end of the log.
   * @throws {TxnLogError} the log is damaged
   */
  next(): TxnLogEntry | null {
    if (this.ended) return null;
    const startBytes = this.offset;
    const available = this.window.ensure(startBytes, ENTRY_PREFIX_BYTES);
    if (available === 0) return this.finish('end-of-file', false);
    if (available < ENTRY_PREFIX_BYTES) return this.finishPartial();
    const bodyBytes = this.window.memory.readInt32BE(startBytes - this.window.baseBytes + 8);
    if (bodyBytes === 0) return this.finishPadding();
    if (bodyBytes < 0 || bodyBytes > this.maxEntryBytes) {
      return this.finishTorn('unreasonable-length', `says that it has ${bodyBytes} bytes`);
    }
    const entryBytes = bodyBytes + ENTRY_OVERHEAD_BYTES;
    if (this.window.ensure(startBytes, entryBytes) < entryBytes) return this.finishPartial();
    return this.readEntry(startBytes, startBytes + entryBytes);
  }

  private readEntry(startBytes: number, endBytes: number): TxnLogEntry | null {
    const memory = this.window.memory;
    const at = startBytes - this.window.baseBytes;
    const bodyStart = at + ENTRY_PREFIX_BYTES;
    const bodyEnd = endBytes - this.window.baseBytes - 1;
    if (memory[bodyEnd] !== END_OF_ENTRY) return this.finishPartial();
    const found = adler32(memory, bodyStart, bodyEnd);
    if (found !== memory.readUInt32BE(at + 4) || memory.readUInt32BE(at) !== 0) {
      const expected = memory.toString('hex', at, at + 8).replace(/^0+(?=.)/, '');
      return this.finishTorn('checksum', `has the checksum 0x${expected}, but its bytes give 0x${found.toString(16)}`);
    }
    this.body.reset(memory, bodyStart, bodyEnd);
    const transaction = this.readBody(startBytes);
    this.offset = endBytes;
    return { transaction, startBytes, endBytes };
  }

  private readBody(startBytes: number): Transaction {
    try {
      return readTransaction(this.body);
    } catch (error) {
      throw unreadableTransaction(error, this.source.path, startBytes);
    }
  }

  private finish(reason: TxnLogEnd['reason'], needsCut: boolean): null {
    this.ended = { reason, endBytes: reason === 'no-header' ? 0 : this.offset, needsCut };
    return null;
  }

  private finishPadding(): null {
    if (!this.checkPadding) return this.finish('padding', true);
    const tail = this.judge();
    if (tail.kind === 'clean') return this.finish('padding', false);
    if (tail.kind === 'torn') return this.finish('padding', true);
    return this.finishUnlessDamaged('entries-follow', 'has a length of 0', tail);
  }

  private finishPartial(): null {
    const tail = this.judge();
    if (tail.kind === 'clean') return this.finish('padding', false);
    if (tail.kind === 'torn') return this.finish('partial-entry', true);
    return this.finishUnlessDamaged('entries-follow', "doesn't end with the byte 'B'", tail);
  }

  private finishTorn(reason: 'checksum' | 'unreasonable-length', what: string): null {
    const tail = this.mayCut ? this.judge() : null;
    if (tail?.kind === 'torn') return this.finish('torn-entry', true);
    return this.finishUnlessDamaged(reason, what, tail);
  }

  /** The entry is bad, and whole ones may follow. */
  private finishUnlessDamaged(reason: TxnLogError['reason'], what: string, tail: Tail | null): null {
    const wasNeverWritten =
      this.mayCut && tail?.kind === 'entries-follow' && lacksSector(this.source, this.offset, tail.entryBytes);
    if (wasNeverWritten) return this.finish('torn-entry', true);
    throw this.damaged(reason, what, tail);
  }

  private judge(): Tail {
    return judgeTail(this.source, this.offset, this.maxEntryBytes);
  }

  private damaged(reason: TxnLogError['reason'], what: string, tail: Tail | null): TxnLogError {
    const { path } = this.source;
    return new TxnLogError(
      reason,
      path,
      this.offset,
      `${path}: the log entry at offset ${this.offset} ${what}${followingText(tail)}. ${howToMend(path, this.offset)}`,
    );
  }

  private readHeader(): void {
    const { path } = this.source;
    const available = Math.min(this.window.ensure(0, FILE_HEADER_BYTES), FILE_HEADER_BYTES);
    const header = this.window.memory.subarray(0, available);
    if (available === FILE_HEADER_BYTES && header.readInt32BE(0) === TXN_LOG_MAGIC) return;
    if (this.isLastLog && (available === 0 || (this.mayCut && this.wasNeverWritten(header)))) {
      this.finish('no-header', true);
      return;
    }
    const what =
      available < FILE_HEADER_BYTES
        ? `has only ${available} bytes`
        : `begins with 0x${hex(BigInt(header.readUInt32BE(0)))} and not with 0x${hex(BigInt(TXN_LOG_MAGIC))} (ZKLG)`;
    throw new TxnLogError(
      'not-a-log',
      path,
      0,
      `${path} is no transaction log: it ${what}. If no server wrote to it, move it out of the folder. If it is the ` +
        'newest log and the machine lost power while the file was being made, nothing is lost by removing it.',
    );
  }

  /** The header is there up to some byte; what follows is not in the file, or zeros. */
  private wasNeverWritten(header: Buffer): boolean {
    const whole = txnLogHeader();
    const torn = header.findIndex((byte, i) => byte !== whole[i]);
    if (torn >= 0 && header.subarray(torn).some((byte) => byte !== 0)) return false;
    const tail = judgeTail(this.source, header.length, this.maxEntryBytes);
    return tail.kind === 'clean' || tail.kind === 'torn';
  }
}

function followingText(tail: Tail | null): string {
  if (tail?.kind === 'entries-follow') return `; a whole entry follows at offset ${tail.entryBytes}`;
  if (tail?.kind === 'undecided') return '; too much of what follows looks like entries to tell whether one is whole';
  return '';
}

function howToMend(path: string, offsetBytes: number): string {
  return (
    'If this server belongs to an ensemble whose other servers are well, move its version-2 folders away and start it: ' +
    'it gets everything from the leader. Otherwise restore a backup, or give up this entry and all after it with ' +
    `\`truncate -s ${offsetBytes} ${path}\`.`
  );
}
