/**
 * Takes a snapshot while the server goes on: a slice of the tree at a time, with the writes of others in between. What
 * comes out is fuzzy: it may hold effects of transactions after the one that it is named after. Replaying those on
 * top does no harm, and makes it exact.
 *
 * The file appears under its name only when it is whole and synced.
 */
import type { Disk } from '#00-introduction/world.js';
import type { DataNode } from '#01-data-model/data-node.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import type { SessionId } from '#06-network-protocol/ids.js';
import { formatSnapshotName } from '#20-data-files/file-names.js';
import { SnapshotWriter } from '#20-data-files/snapshot-writer.js';

const SLICE_BYTES = 0x4_0000;

export interface TakenSnapshot {
  readonly path: string;
  readonly sizeBytes: number;
}

/** @param directory the version-2 folder */
export async function takeSnapshot(
  disk: Disk,
  directory: string,
  tree: DataTree,
  sessionTimeoutsMs: ReadonlyMap<SessionId, number>,
): Promise<TakenSnapshot> {
  const path = `${directory}/${formatSnapshotName(tree.lastProcessedZxid)}`;
  const unfinished = `${directory}/unfinished.${formatSnapshotName(tree.lastProcessedZxid)}`;
  const file = disk.open(unfinished, 'create');
  let atBytes = 0;
  try {
    const writer = new SnapshotWriter(SLICE_BYTES);
    const acls = new Map([...tree.acls.entries()].map(({ id, acl }) => [BigInt(id), acl]));
    writer.writeHeader(sessionTimeoutsMs, acls);
    for (const [nodePath, node] of walk(tree)) {
      writer.writeNode(nodePath, node.data, BigInt(node.aclId), node);
      if (writer.pendingBytes < SLICE_BYTES) continue;
      const slice = writer.drain();
      await file.write(slice, atBytes);
      atBytes += slice.length;
    }
    writer.finish();
    const rest = writer.drain();
    await file.write(rest, atBytes);
    atBytes += rest.length;
    await file.sync();
  } finally {
    file.close();
  }
  disk.rename(unfinished, path);
  disk.syncDirectory(directory);
  return { path, sizeBytes: atBytes };
}

/** Parents before children. Nodes may come and go meanwhile. */
function* walk(tree: DataTree): Iterable<[string, DataNode]> {
  const stack = ['/'];
  for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
    const node = tree.get(path);
    if (!node) continue;
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const name of node.children) stack.push(prefix + name);
    yield [path, node];
  }
}
