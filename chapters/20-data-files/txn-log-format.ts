/**
 * The transaction log: every transaction, in order, written before it is acknowledged. All numbers are big-endian.
 *
 *     file      FileHeader · entry* · zero bytes to the end of the file
 *     header    int magic "ZKLG" · int version 2 · long dbid 0
 *     entry     long checksum · int length · body · byte 0x42 'B'
 *     body      TxnHeader · the transaction · TxnDigest or nothing        (06: writeTransaction)
 *
 * The checksum is the Adler-32 of the body alone. The file is made longer with zeros well before it is full, so that
 * syncing an entry changes data and not the file's size. An entry whose length is 0 is therefore the end of the log.
 *
 * @apache server.persistence.FileTxnLog
 */
import { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { FileHeader } from '#05-jute/records/persistence.js';
import { type Transaction, writeTransaction } from '#06-network-protocol/txn.js';
import { adler32 } from '#20-data-files/adler32.js';

/** "ZKLG" */
export const TXN_LOG_MAGIC = 0x5a4b4c47;
export const DATA_FILE_VERSION = 2;
export const FILE_HEADER_BYTES = 16;

/** Before the body: the checksum and the length. */
export const ENTRY_PREFIX_BYTES = 12;
/** What an entry is longer than its body. */
export const ENTRY_OVERHEAD_BYTES = ENTRY_PREFIX_BYTES + 1;
/** 'B', after each body. */
export const END_OF_ENTRY = 0x42;
/** A TxnHeader: no body is shorter. */
export const MIN_BODY_BYTES = 32;

/** The bytes that a log begins with. */
export function txnLogHeader(): Buffer {
  const archive = new BinaryOutputArchive(FILE_HEADER_BYTES);
  FileHeader.write(archive, { magic: TXN_LOG_MAGIC, version: DATA_FILE_VERSION, dbid: 0n });
  return Buffer.from(archive.bytes());
}

/**
 * Adds one entry to an archive. Nothing is copied: the body is written where it stays, and the checksum and length
 * before it are filled in afterwards.
 *
 * @apache server.persistence.FileTxnLog#append
 */
export function encodeEntry(archive: BinaryOutputArchive, transaction: Transaction): void {
  const start = beginEntry(archive);
  writeTransaction(archive, transaction);
  endEntry(archive, start);
}

/** The same for a transaction that is in serialized form already, as a follower gets it from its leader. */
export function encodeSerializedEntry(archive: BinaryOutputArchive, body: Uint8Array): void {
  const start = beginEntry(archive);
  archive.writeRaw(body);
  endEntry(archive, start);
}

function beginEntry(archive: BinaryOutputArchive): number {
  const start = archive.position;
  archive.writeLong(0n);
  archive.writeInt(0);
  return start;
}

function endEntry(archive: BinaryOutputArchive, start: number): void {
  const bodyStart = start + ENTRY_PREFIX_BYTES;
  const bodyEnd = archive.position;
  // The checksum is a long whose upper half is always 0, so its lower half can be written as an int, without a bigint.
  archive.patchInt(start + 4, adler32(archive.writtenTo, bodyStart, bodyEnd));
  archive.patchInt(start + 8, bodyEnd - bodyStart);
  archive.writeByte(END_OF_ENTRY);
}
