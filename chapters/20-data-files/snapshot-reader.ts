/**
 * Reads a snapshot from front to back and hands what it finds to a visitor. The file is never in memory as a whole, and
 * a false count or length costs no more memory than the file has bytes for.
 *
 * The seal comes after the nodes: what the visitor was given is only known to be right once `readSnapshot` has
 * returned. Build a new tree, and throw it away on an error.
 */

import type { Buffer } from 'node:buffer';
import { DIGEST_VERSION, type ZxidDigest } from '#01-data-model/tree-digest.js';
import { ArchiveError, type BinaryInputArchive, DEFAULT_MAX_ELEMENT_BYTES } from '#04-serialization/binary-archive.js';
import { ACL, StatPersisted } from '#05-jute/records/data.js';
import { FileHeader } from '#05-jute/records/persistence.js';
import { type SessionId, sessionId, type Zxid, zxid } from '#06-network-protocol/ids.js';
import type { ByteSource } from '#20-data-files/byte-source.js';
import {
  fromSnapshotPath,
  LAST_ZXID_SECTION_BYTES,
  SNAPSHOT_MAGIC,
  TERMINATOR,
} from '#20-data-files/snapshot-format.js';
import { SourceInputArchive } from '#20-data-files/source-input-archive.js';

/** Gets the contents of a snapshot: all sessions, then all lists, then the nodes, parents before children. */
export interface SnapshotVisitor {
  session(id: SessionId, timeoutMs: number): void;
  acl(aclId: bigint, acl: ACL[]): void;
  /** @param data a copy, to be kept */
  node(path: string, data: Buffer | null, aclId: bigint, stat: StatPersisted): void;
}

/** What stands after the nodes. */
export interface SnapshotSections {
  readonly digest: ZxidDigest | null;
  readonly lastProcessedZxid: Zxid | null;
}

export interface SnapshotOptions {
  /** The longest string or node data that is believed. Default: twice `jute.maxbuffer`, as Apache's. */
  readonly maxElementBytes?: number;
  /** How much of the file is in memory at a time. */
  readonly windowBytes?: number;
}

/** A snapshot that can't be used. The message says where, what and how to mend it. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
  readonly reason: 'not-a-snapshot' | 'end-of-data' | 'unreasonable-length' | 'bad-content' | 'checksum';
  readonly path: string;
  /** Where in the (unpacked) file. */
  readonly offsetBytes: number;
  constructor(reason: SnapshotError['reason'], path: string, offsetBytes: number, what: string) {
    super(
      `${path}: ${what} (offset ${offsetBytes}). This snapshot can't be used. A server takes the next older one and ` +
        'replays the logs from there, if both still exist; move this file out of the folder. Without an older one, a ' +
        'server of an ensemble gets its data from the leader when its version-2 folders are moved away.',
    );
    this.reason = reason;
    this.path = path;
    this.offsetBytes = offsetBytes;
  }
}

/**
 * @param source the file, unpacked
 * @throws {SnapshotError} the file is damaged or no snapshot
 * @apache server.persistence.FileSnap#deserialize
 */
export function readSnapshot(
  source: ByteSource,
  visitor: SnapshotVisitor,
  options: SnapshotOptions = {},
): SnapshotSections {
  const archive = new SourceInputArchive(source, options.maxElementBytes, options.windowBytes);
  try {
    const { magic } = FileHeader.read(archive);
    if (magic !== SNAPSHOT_MAGIC) {
      throw new ContentError('not-a-snapshot', `it begins with 0x${(magic >>> 0).toString(16)}, not with ZKSN`);
    }
    readSnapshotContents(archive, visitor, options.maxElementBytes);
    checkSeal(archive);
    return readSections(archive);
  } catch (error) {
    if (error instanceof ArchiveError || error instanceof ContentError) {
      throw new SnapshotError(error.reason, source.path, archive.offsetBytes, error.message);
    }
    throw error;
  }
}

/**
 * Sessions, lists and nodes up to the "/", without header and seals: the form in which a leader sends its tree, too.
 *
 * @throws {ArchiveError | ContentError}
 * @apache server.util.SerializeUtils#deserializeSnapshot, server.DataTree#deserialize
 */
export function readSnapshotContents(
  archive: BinaryInputArchive,
  visitor: SnapshotVisitor,
  maxElementBytes = DEFAULT_MAX_ELEMENT_BYTES,
): void {
  for (let count = readCount(archive, 'sessions'); count > 0; count--) {
    visitor.session(sessionId(archive.readLong()), archive.readInt());
  }
  // A list came in one request, so it can't have more lines than fit there.
  const maxLines = Math.floor(maxElementBytes / MIN_ACL_BYTES);
  for (let count = readCount(archive, 'access control lists'); count > 0; count--) {
    const aclId = archive.readLong();
    const lines = readCount(archive, 'lines in an access control list', maxLines);
    const acl: ACL[] = [];
    for (let i = 0; i < lines; i++) acl.push(ACL.read(archive));
    visitor.acl(aclId, acl);
  }
  for (let path = readPath(archive); path !== TERMINATOR; path = readPath(archive)) {
    visitor.node(fromSnapshotPath(path), archive.readBuffer(), archive.readLong(), StatPersisted.read(archive));
  }
}

/** The bytes are well-formed, but not what a snapshot has. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
  readonly reason: 'not-a-snapshot' | 'bad-content' | 'checksum';
  constructor(reason: ContentError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Permissions, and two lengths. */
const MIN_ACL_BYTES = 12;
/** More than any of the sections has. */
const MORE_THAN_A_SECTION_BYTES = LAST_ZXID_SECTION_BYTES + 1;

/** The sections tell themselves apart by their lengths. What may come after them is of a later version, and is left. */
function readSections(archive: SourceInputArchive): SnapshotSections {
  let digest: ZxidDigest | null = null;
  let lastProcessedZxid: Zxid | null = null;
  const remaining = archive.countRemaining(MORE_THAN_A_SECTION_BYTES);
  if (remaining > 0 && remaining !== LAST_ZXID_SECTION_BYTES) {
    digest = readDigest(archive);
    checkSeal(archive);
  }
  if (archive.countRemaining(1) > 0) {
    lastProcessedZxid = zxid(archive.readLong());
    checkSeal(archive);
  }
  return { digest, lastProcessedZxid };
}

function readDigest(archive: SourceInputArchive): ZxidDigest {
  const id = zxid(archive.readLong());
  const version = archive.readInt();
  if (version >= DIGEST_VERSION) return { zxid: id, version, digest: archive.readLong() };
  const digits = archive.readString() ?? '0';
  if (!/^-?[0-9a-fA-F]{1,16}$/.test(digits)) throw new ContentError('bad-content', `"${digits}" is no digest`);
  const magnitude = BigInt(`0x${digits.replace('-', '')}`);
  return { zxid: id, version, digest: BigInt.asIntN(64, digits.startsWith('-') ? -magnitude : magnitude) };
}

function checkSeal(archive: SourceInputArchive): void {
  const expected = archive.checksum;
  const found = BigInt.asUintN(64, archive.readLong());
  if (found !== BigInt(expected)) {
    const what = `the seal says 0x${found.toString(16)}, but the bytes before it give 0x${expected.toString(16)}`;
    throw new ContentError('checksum', what);
  }
  const end = archive.readString();
  if (end !== TERMINATOR)
    throw new ContentError('bad-content', `a seal ends with ${JSON.stringify(end)}, not with "/"`);
}

function readPath(archive: BinaryInputArchive): string {
  const path = archive.readString();
  if (path === null) throw new ContentError('bad-content', 'a node without a path');
  return path;
}

function readCount(archive: BinaryInputArchive, of: string, most = 0x7fff_ffff): number {
  const count = archive.readInt();
  if (count < 0 || count > most) throw new ContentError('bad-content', `${count} ${of}`);
  return count;
}
