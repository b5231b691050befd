/**
 * The readers of the files on a disk. Each entry of a log gets the checksum of what was made of it, and a snapshot its
 * seals, so that it is not they that find a change, but whoever reads the records.
 */
import { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { adler32 } from '#20-data-files/adler32.js';
import { bufferSource } from '#20-data-files/byte-source.js';
import { TERMINATOR } from '#20-data-files/snapshot-format.js';
import { readSnapshot, SnapshotError } from '#20-data-files/snapshot-reader.js';
import { encodeSerializedEntry, txnLogHeader } from '#20-data-files/txn-log-format.js';
import { readTxnLog, TxnLogError } from '#20-data-files/txn-log-reader.js';
import type { Frame, FuzzInput, FuzzTarget } from '#testing/fuzz/fuzz-target.js';

export class LogTarget implements FuzzTarget {
  readonly name = 'log';
  readonly isFramed = true;
  readonly seeds: readonly FuzzInput[];

  /** @param log a file that Apache's server has written */
  constructor(log: Buffer) {
    const entries = [...readTxnLog(bufferSource('seed', log))].map(({ startBytes, endBytes }): Frame => {
      return { body: log.subarray(startBytes + CHECKSUM_AND_LENGTH_BYTES, endBytes - 1), length: null };
    });
    this.seeds = entries.map((_entry, i) => ({ frames: entries.slice(i, i + 6), cuts: 0 }));
  }

  /** A frame is the body of an entry. */
  async run({ frames, cuts }: FuzzInput): Promise<string> {
    const archive = new BinaryOutputArchive();
    archive.writeRaw(txnLogHeader());
    for (const { body, length } of frames) {
      const start = archive.position;
      if (length === 'none') archive.writeRaw(body);
      else encodeSerializedEntry(archive, body);
      if (typeof length === 'number') archive.patchInt(start + 8, length | 0);
    }
    archive.writeRaw(Buffer.alloc(cuts % 3));
    const isLastLog = cuts % 2 === 0;
    try {
      const entries = [
        ...readTxnLog(bufferSource('log.1', archive.bytes()), { ...SMALL, isLastLog, onTornTail: 'cut' }),
      ];
      return `${entries.length === frames.length ? 'all' : 'some'} entries read`;
    } catch (error) {
      if (error instanceof TxnLogError) return `refused: ${error.reason}`;
      throw error;
    }
  }
}

/** A large window takes longer to make than the input to read. */
const SMALL = { windowBytes: 4096 };

const CHECKSUM_AND_LENGTH_BYTES = 12;

export class SnapshotTarget implements FuzzTarget {
  readonly name = 'snapshot';
  readonly isFramed = false;
  readonly seeds: readonly FuzzInput[];

  /** @param snapshot a file that Apache's server has written, with a digest */
  constructor(snapshot: Buffer) {
    const sealed = snapshot.subarray(0, snapshot.length - SEAL_AND_DIGEST_BYTES);
    const contents = sealed.subarray(0, sealed.length - SEAL_BYTES);
    const digest = snapshot.subarray(sealed.length, snapshot.length - SEAL_BYTES);
    const [whole, second] = [contents, digest].map((body): Frame => ({ body, length: null })) as [Frame, Frame];
    this.seeds = [
      { frames: [whole], cuts: 0 },
      { frames: [whole, second], cuts: 0 },
      { frames: [whole, second, { body: Buffer.alloc(8, 1), length: null }], cuts: 0 },
    ];
  }

  /** A frame is what stands before a seal. */
  async run({ frames }: FuzzInput): Promise<string> {
    const archive = new BinaryOutputArchive();
    for (const { body } of frames) {
      archive.writeRaw(body);
      archive.writeLong(BigInt(adler32(archive.bytes())));
      archive.writeString(TERMINATOR);
    }
    let nodes = 0;
    const visitor = { session() {}, acl() {}, node: () => void nodes++ };
    try {
      readSnapshot(bufferSource('snapshot.1', archive.bytes()), visitor, SMALL);
      return 'read';
    } catch (error) {
      if (error instanceof SnapshotError) return `refused: ${error.reason}`;
      throw error;
    }
  }
}

const SEAL_BYTES = 13;
const SEAL_AND_DIGEST_BYTES = 20 + SEAL_BYTES;
