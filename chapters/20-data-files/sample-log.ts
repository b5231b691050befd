/** Logs and sources for tests. */
import { Buffer } from 'node:buffer';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { sessionId, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import type { ByteSource } from '#20-data-files/byte-source.js';
import { encodeEntry, txnLogHeader } from '#20-data-files/txn-log-format.js';

export const OPEN_ACL = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }];

/** The creation of `/node-<id>`. */
export function createNode(id: number, data: Buffer | null, digest: bigint | null = BigInt(id) * 7n): Transaction {
  return {
    header: {
      clientId: sessionId(0x1_0000_0000_0001n),
      cxid: id,
      zxid: zxid(BigInt(id)),
      time: 1_700_000_000_000 + id,
      type: OpCode.create,
    },
    body: {
      type: OpCode.create,
      record: { path: `/node-${id}`, data, acl: OPEN_ACL, ephemeral: false, parentCVersion: id },
    },
    digest: digest === null ? null : { version: 2, treeDigest: digest },
  };
}

/** `count` transactions of different lengths. */
export function someTransactions(count: number): Transaction[] {
  return Array.from({ length: count }, (_, i) => createNode(i + 1, Buffer.alloc(i * 3, 0x61 + i)));
}

export interface SampleLog {
  readonly bytes: Buffer;
  /** Where each entry begins, and at last where the last one ends. */
  readonly boundaries: readonly number[];
}

export function sampleLog(transactions: readonly Transaction[], paddingBytes = 0): SampleLog {
  const archive = new BinaryOutputArchive(16);
  archive.writeRaw(txnLogHeader());
  const boundaries = [archive.position];
  for (const transaction of transactions) {
    encodeEntry(archive, transaction);
    boundaries.push(archive.position);
  }
  return { bytes: Buffer.concat([archive.bytes(), Buffer.alloc(paddingBytes)]), boundaries };
}

/** A source that gives at most `bytes` bytes at a time, as a file may. */
export function inPieces(source: ByteSource, bytes: number): ByteSource {
  return { path: source.path, read: (into, position) => source.read(into.subarray(0, bytes), position) };
}
