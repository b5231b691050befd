/**
 * Writes a snapshot piece by piece, so that a server can go on serving between the pieces: write some nodes, take what
 * has come together with `drain`, give it to the disk, go on.
 *
 *     const writer = new SnapshotWriter();
 *     writer.writeHeader(sessions, acls);
 *     for (const node of tree) { writer.writeNode(…); if (writer.pendingBytes > 1 << 18) await write(writer.drain()); }
 *     writer.finish({ digest, lastProcessedZxid });
 *     await write(writer.drain());
 *
 * Invariant: the checksum of a seal is that of all bytes before it, in the order in which `drain` gave them out.
 */
import type { Buffer } from 'node:buffer';
import { invariant } from '#00-introduction/invariant.js';
import { DIGEST_VERSION, type ZxidDigest } from '#01-data-model/tree-digest.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { ACL, StatPersisted } from '#05-jute/records/data.js';
import { FileHeader } from '#05-jute/records/persistence.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';
import { Adler32 } from '#20-data-files/adler32.js';
import { SNAPSHOT_DBID, SNAPSHOT_MAGIC, TERMINATOR, toSnapshotPath } from '#20-data-files/snapshot-format.js';
import { DATA_FILE_VERSION } from '#20-data-files/txn-log-format.js';

/** How a snapshot ends. Leave out `lastProcessedZxid` for readers of 3.8; they pass over it, though. */
export interface SnapshotEnd {
  /** `EMPTY_DIGEST` when none is known. Leave it out when digests are switched off. */
  readonly digest?: ZxidDigest;
  /** Needs a digest before it: see snapshot-format.ts. */
  readonly lastProcessedZxid?: Zxid;
}

export class SnapshotWriter {
  private readonly archive = new BinaryOutputArchive(0x1_0000);
  private readonly adler = new Adler32();
  /** Up to here the archive's bytes are in the checksum. */
  private summedTo = 0;
  private step: 'header' | 'nodes' | 'finished' = 'header';

  /** What `drain` would give out. */
  get pendingBytes(): number {
    return this.archive.position;
  }

  /**
   * @param sessionTimeoutsMs every session, with its time-out in milliseconds
   * @param acls the lists that nodes name by their id
   */
  writeHeader(sessionTimeoutsMs: ReadonlyMap<SessionId, number>, acls: ReadonlyMap<bigint, readonly ACL[]>): void {
    invariant('snapshot-header-comes-first', this.step === 'header');
    this.step = 'nodes';
    FileHeader.write(this.archive, { magic: SNAPSHOT_MAGIC, version: DATA_FILE_VERSION, dbid: SNAPSHOT_DBID });
    writeSessions(this.archive, sessionTimeoutsMs);
    writeAclTable(this.archive, acls);
  }

  /**
   * Parents before children, the root first.
   * @param path as everywhere: the root is "/"
   */
  writeNode(path: string, data: Uint8Array | null, aclId: bigint, stat: StatPersisted): void {
    invariant('snapshot-nodes-lie-between-header-and-end', this.step === 'nodes');
    writeNode(this.archive, path, data, aclId, stat);
  }

  /** Writes what comes after the nodes. `drain` once more after it. */
  finish(end: SnapshotEnd = {}): void {
    invariant('snapshot-is-finished-once', this.step === 'nodes');
    invariant('snapshot-last-zxid-follows-a-digest', end.lastProcessedZxid === undefined || end.digest !== undefined);
    invariant(
      'snapshot-digest-has-a-current-version',
      end.digest === undefined || end.digest.version >= DIGEST_VERSION,
    );
    this.step = 'finished';
    this.archive.writeString(TERMINATOR);
    this.seal();
    if (end.digest) {
      this.archive.writeLong(end.digest.zxid);
      this.archive.writeInt(end.digest.version);
      this.archive.writeLong(end.digest.digest);
      this.seal();
    }
    if (end.lastProcessedZxid !== undefined) {
      this.archive.writeLong(end.lastProcessedZxid);
      this.seal();
    }
  }

  /** The bytes since the last call. They are good until something is written again: the memory is used for that. */
  drain(): Buffer {
    this.sum();
    const bytes = this.archive.bytes();
    this.archive.reset();
    this.summedTo = 0;
    return bytes;
  }

  private seal(): void {
    this.sum();
    this.archive.writeLong(BigInt(this.adler.value));
    this.archive.writeString(TERMINATOR);
  }

  private sum(): void {
    this.adler.update(this.archive.bytes(), this.summedTo, this.archive.position);
    this.summedTo = this.archive.position;
  }
}

/** @apache server.util.SerializeUtils#serializeSnapshot */
export function writeSessions(archive: BinaryOutputArchive, sessionTimeoutsMs: ReadonlyMap<SessionId, number>): void {
  archive.writeInt(sessionTimeoutsMs.size);
  for (const [id, timeoutMs] of sessionTimeoutsMs) {
    archive.writeLong(id);
    archive.writeInt(timeoutMs);
  }
}

/** @apache server.ReferenceCountedACLCache#serialize */
export function writeAclTable(archive: BinaryOutputArchive, acls: ReadonlyMap<bigint, readonly ACL[]>): void {
  archive.writeInt(acls.size);
  for (const [aclId, acl] of acls) {
    archive.writeLong(aclId);
    archive.writeVector(acl, ACL.write);
  }
}

/** @apache server.DataTree#serializeNodeData */
export function writeNode(
  archive: BinaryOutputArchive,
  path: string,
  data: Uint8Array | null,
  aclId: bigint,
  stat: StatPersisted,
): void {
  archive.writeString(toSnapshotPath(path));
  archive.writeBuffer(data);
  archive.writeLong(aclId);
  StatPersisted.write(archive, stat);
}
