/**
 * The two sets of watches of a tree, and which change triggers which: data watches (set by getData and exists) hear of
 * the node itself, child watches (set by getChildren) hear of its list of children and of its end.
 */
import type { TreeListener } from '#01-data-model/data-tree.js';
import { parentPath } from '#01-data-model/node-path.js';
import { type Watcher, WatchManager } from '#02-watch/watch-manager.js';
import type { ACL } from '#05-jute/records/data.js';
import { EventType } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';

export class TreeWatches implements TreeListener {
  readonly data = new WatchManager();
  readonly children = new WatchManager();

  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    this.data.trigger(path, EventType.NodeCreated, zxid, acl);
    this.children.trigger(parentPath(path), EventType.NodeChildrenChanged, zxid, parentAcl);
  }

  /** Who watched both the data and the children of the node hears of its end once. */
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    const told = this.data.trigger(path, EventType.NodeDeleted, zxid, acl);
    this.children.trigger(path, EventType.NodeDeleted, zxid, acl, told);
    this.children.trigger(parentPath(path), EventType.NodeChildrenChanged, zxid, parentAcl);
  }

  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void {
    this.data.trigger(path, EventType.NodeDataChanged, zxid, acl);
  }

  removeWatcher(watcher: Watcher): void {
    this.data.removeWatcher(watcher);
    this.children.removeWatcher(watcher);
  }
}
