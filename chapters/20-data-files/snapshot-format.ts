/**
 * A snapshot: the sessions and the tree, so that the log before it need not be replayed. All numbers are big-endian.
 *
 *     file       FileHeader · sessions · acl table · node* · ustring "/" · seal
 *                [ zxid digest · seal ]  [ long lastProcessedZxid · seal ]
 *     header     int magic "ZKSN" · int version 2 · long dbid -1
 *     sessions   int count · ( long sessionId · int timeoutMs )*
 *     acl table  int count · ( long aclId · vector<ACL> )*
 *     node       ustring path · buffer data · long aclId · StatPersisted        parents before children
 *     digest     long zxid · int version 2 · long digest                        version 0 and 1: ustring of hex digits
 *     seal       long Adler-32 of all bytes before it · ustring "/"
 *
 * The root's path is "" in the file, because "/" ends the nodes. Nobody outside of this format sees that: writer and
 * reader speak of "/".
 *
 * **Fuzzy.** The tree goes on changing while it is written. The name of the file is a zxid whose changes are all in;
 * changes of later ones may be. Replaying the log from there makes it exact.
 *
 * **The two optional sections** carry no mark of their own. What Apache's readers do:
 *
 *     file has                3.8                                     3.9
 *     neither                 fine                                    fine
 *     digest                  fine                                    fine
 *     digest, last zxid       ignores the last zxid                   fine
 *     last zxid alone         takes it for a digest, then reads a     the same
 *                             senseless length: snapshot refused
 *
 * That is for a reader with digests on, as is the default. With `digest.enabled=false` 3.8 reads no section, and 3.9
 * takes the first section for the last zxid: it refuses a file with a digest, and reads one without. So the writer
 * below writes a last zxid only after a digest, if need be an empty one (zxid 0), which every reader passes over.
 *
 * @apache server.persistence.FileSnap, server.persistence.SnapStream
 */
import { Buffer } from 'node:buffer';
import type { DiskFile } from '#00-introduction/world.js';
import { DIGEST_VERSION, type ZxidDigest } from '#01-data-model/tree-digest.js';
import { zxid } from '#06-network-protocol/ids.js';
import type { SnapshotCompression } from '#20-data-files/file-names.js';

/** "ZKSN" */
export const SNAPSHOT_MAGIC = 0x5a4b534e;
export const SNAPSHOT_DBID = -1n;

/** Ends the nodes, and each seal. */
export const TERMINATOR = '/';
/** Checksum, and "/" with its length. */
export const SEAL_BYTES = 13;
export const LAST_ZXID_SECTION_BYTES = 8 + SEAL_BYTES;

/** Takes the digest's place when none is known. */
export const EMPTY_DIGEST: ZxidDigest = { zxid: zxid(0n), version: DIGEST_VERSION, digest: 0n };

/** In a snapshot the root has no name. */
export const toSnapshotPath = (path: string): string => (path === '/' ? '' : path);
export const fromSnapshotPath = (path: string): string => (path === '' ? '/' : path);

type SizedSource = Pick<DiskFile, 'sizeBytes' | 'read'>;

/**
 * Was this file written to its end, as far as its last five bytes tell: 00 00 00 01 '/'? A quick look before the real
 * reading, which finds the rest.
 *
 * @apache server.persistence.SnapStream#isValidSnapshot
 */
export function isValidSnapshotTail(file: SizedSource): boolean {
  const sizeBytes = file.sizeBytes();
  if (sizeBytes < MIN_SNAPSHOT_BYTES) return false;
  return readsAs(file, SNAPSHOT_TAIL, sizeBytes - SNAPSHOT_TAIL.length);
}

/** The same for packed files, which only show what packed them. */
export function isPlausibleSnapshot(file: SizedSource, compression: SnapshotCompression): boolean {
  if (compression === 'none') return isValidSnapshotTail(file);
  return readsAs(file, compression === 'gz' ? GZIP_MAGIC : SNAPPY_MAGIC, 0);
}

/** Below that there is no room for a header and the last "/". */
const MIN_SNAPSHOT_BYTES = 10;
const SNAPSHOT_TAIL = Buffer.from([0, 0, 0, 1, 0x2f]);
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);
const SNAPPY_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);

function readsAs(file: SizedSource, expected: Buffer, positionBytes: number): boolean {
  const found = Buffer.alloc(expected.length);
  return file.read(found, positionBytes) === expected.length && found.equals(expected);
}
