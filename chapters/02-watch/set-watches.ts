/**
 * A client that comes back tells which watches it had and the last zxid it saw. What changed since then is told at
 * once; the rest is watched again. So no change is missed while the client was away, and none is told twice.
 *
 * @apache server.DataTree#setWatches
 */
import type { DataTree } from '#01-data-model/data-tree.js';
import type { TreeWatches, Watcher } from '#02-watch/watch-manager.js';
import type { SetWatches, SetWatches2 } from '#05-jute/records/proto.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { EventType } from '#06-network-protocol/event-types.js';
import { zxid } from '#06-network-protocol/ids.js';

/** When a change came that a client has missed is not known. */
const UNKNOWN_ZXID = zxid(-1n);

/** SetWatches knows one-shot watches only. */
export type LostWatches = SetWatches & Partial<SetWatches2>;

/**
 * Persistent watches are only set again: what they missed is lost, and their clients know that.
 * @throws {KeeperException} MarshallingError: a list, or a path in one, is null; the paths before it are done
 */
export function setWatches(tree: DataTree, watches: TreeWatches, lost: LostWatches, watcher: Watcher): void {
  const seen = lost.relativeZxid;
  const tell = (type: EventType, path: string): void => {
    const node = tree.get(path);
    watcher.process(type, path, UNKNOWN_ZXID, node ? tree.acl(node) : null);
  };
  for (const path of strings(lost.dataWatches)) {
    const node = tree.get(path);
    if (!node) tell(EventType.NodeDeleted, path);
    else if (node.mzxid > seen) tell(EventType.NodeDataChanged, path);
    else watches.data.add(path, watcher);
  }
  for (const path of strings(lost.existWatches)) {
    if (tree.get(path)) tell(EventType.NodeCreated, path);
    else watches.data.add(path, watcher);
  }
  for (const path of strings(lost.childWatches)) {
    const node = tree.get(path);
    if (!node) tell(EventType.NodeDeleted, path);
    else if (node.pzxid > seen) tell(EventType.NodeChildrenChanged, path);
    else watches.children.add(path, watcher);
  }
  for (const path of strings(given(lost.persistentWatches))) watches.addPersistent(path, watcher);
  for (const path of strings(given(lost.persistentRecursiveWatches))) watches.addRecursive(path, watcher);
}

/** What the request does not know has no paths. */
const given = <T>(paths: readonly T[] | null | undefined): readonly T[] | null => (paths === undefined ? [] : paths);

function* strings(paths: readonly (string | null)[] | null): Iterable<string> {
  if (paths === null) throw KeeperException.of(ErrorCode.MarshallingError);
  for (const path of paths) {
    if (path === null) throw KeeperException.of(ErrorCode.MarshallingError);
    yield path;
  }
}
