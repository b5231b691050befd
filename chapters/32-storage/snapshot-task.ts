/**
 * Takes a snapshot while the server goes on: a slice of the tree at a time, with the writes of others in between. What
 * comes out is fuzzy: it may hold effects of transactions after the one that it is named after. Replaying those on
 * top does no harm, and makes it exact.
 *
 * The file appears under its name only when it is whole and synced.
 */
import { type Disk, DiskError } from '#00-introduction/world.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import { DIGEST_VERSION } from '#01-data-model/tree-digest.js';
import { OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import { NO_ZXID, type SessionId } from '#06-network-protocol/ids.js';
import { formatSnapshotName } from '#20-data-files/file-names.js';
import { EMPTY_DIGEST } from '#20-data-files/snapshot-format.js';
import { type SnapshotEnd, SnapshotWriter } from '#20-data-files/snapshot-writer.js';

const SLICE_BYTES = 0x4_0000;
const OPEN = BigInt(OPEN_UNSAFE_ACL_ID);
/** Before the name of a file that is not whole. */
const UNFINISHED = 'unfinished.';

export interface TakenSnapshot {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface SnapshotSettings {
  /** Whether the snapshot says which transaction was the last one in it, as from 3.9 on; only with a digest. */
  readonly lastZxid: boolean;
}

/** @param directory the version-2 folder */
export async function takeSnapshot(
  disk: Disk,
  directory: string,
  tree: DataTree,
  sessionTimeoutsMs: ReadonlyMap<SessionId, number>,
  settings: SnapshotSettings,
): Promise<TakenSnapshot> {
  const path = `${directory}/${formatSnapshotName(tree.lastProcessedZxid)}`;
  const unfinished = `${directory}/${UNFINISHED}${formatSnapshotName(tree.lastProcessedZxid)}`;
  try {
    const sizeBytes = await writeSnapshot(disk, unfinished, tree, sessionTimeoutsMs, settings);
    disk.rename(unfinished, path);
    disk.syncDirectory(directory);
    return { path, sizeBytes };
  } catch (error) {
    removeIfPossible(disk, unfinished);
    throw error;
  }
}

/** What a crash has left of snapshots; on a full disk, the room for the log may depend on it. */
export function removeUnfinishedSnapshots(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) {
    if (name.startsWith(UNFINISHED)) removeIfPossible(disk, `${directory}/${name}`);
  }
}

/** @returns its size in bytes */
async function writeSnapshot(
  disk: Disk,
  path: string,
  tree: DataTree,
  sessionTimeoutsMs: ReadonlyMap<SessionId, number>,
  settings: SnapshotSettings,
): Promise<number> {
  const file = disk.open(path, 'create');
  let atBytes = 0;
  try {
    const writer = new SnapshotWriter();
    const acls = new Map([...tree.acls.entries()].map(({ id, acl }) => [BigInt(id), acl]));
    writer.writeHeader(sessionTimeoutsMs, acls);
    const startZxid = tree.lastProcessedZxid;
    for (const [nodePath, node] of tree.entries()) {
      // the log has it
      if (node.czxid > startZxid) continue;
      // A list that came meanwhile is not in the table, and Apache's servers don't start on a node whose list is
      // missing. The log gives the node its list again.
      const aclId = node.aclId !== OPEN_UNSAFE_ACL_ID && acls.has(BigInt(node.aclId)) ? BigInt(node.aclId) : OPEN;
      writer.writeNode(nodePath, node.data, aclId, node);
      if (writer.pendingBytes < SLICE_BYTES) continue;
      const slice = writer.drain();
      await file.write(slice, atBytes);
      atBytes += slice.length;
    }
    writer.finish(endOf(tree, settings));
    const rest = writer.drain();
    await file.write(rest, atBytes);
    atBytes += rest.length;
    await file.sync();
    return atBytes;
  } finally {
    file.close();
  }
}

/**
 * The digest is that of the tree as it is now, after the last transaction whose effects may be in the file: whoever
 * replays the log up to there has exactly this tree. Without digests nothing is added, so that every version can read
 * the file: see snapshot-format.ts.
 */
function endOf(tree: DataTree, { lastZxid }: SnapshotSettings): SnapshotEnd {
  if (tree.digest === null) return {};
  const zxid = tree.lastProcessedZxid;
  const digest = zxid === NO_ZXID ? EMPTY_DIGEST : { zxid, version: DIGEST_VERSION, digest: tree.digest.value };
  return lastZxid ? { digest, lastProcessedZxid: zxid } : { digest };
}

/** What can't be removed does no harm but for the room that it takes. */
function removeIfPossible(disk: Disk, path: string): void {
  try {
    if (disk.exists(path)) disk.remove(path);
  } catch (error) {
    if (!(error instanceof DiskError)) throw error;
  }
}
