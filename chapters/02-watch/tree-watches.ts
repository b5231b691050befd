/**
 * The two sets of watches of a tree, and which change triggers which: data watches (set by getData and exists) hear of
 * the node itself, child watches (set by getChildren) hear of its list of children and of its end.
 */
import type { TreeListener } from '#01-data-model/data-tree.js';
import { parentPath } from '#01-data-model/node-path.js';
import { EventType } from '#02-watch/event-type.js';
import { WatchManager, type Watcher } from '#02-watch/watch-manager.js';
import type { ACL } from '#05-jute/records/data.js';
import type { Zxid } from '#06-network-protocol/ids.js';

export class TreeWatches implements TreeListener {
  readonly data = new WatchManager();
  readonly children = new WatchManager();

  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    this.data.trigger(path, EventType.nodeCreated, zxid, acl);
    this.children.trigger(parentPath(path), EventType.nodeChildrenChanged, zxid, parentAcl);
  }

  /** Who watched both the data and the children of the node hears of its end once. */
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    const told = this.data.trigger(path, EventType.nodeDeleted, zxid, acl);
    this.children.trigger(path, EventType.nodeDeleted, zxid, acl, told);
    this.children.trigger(parentPath(path), EventType.nodeChildrenChanged, zxid, parentAcl);
  }

  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void {
    this.data.trigger(path, EventType.nodeDataChanged, zxid, acl);
  }

  removeWatcher(watcher: Watcher): void {
    this.data.removeWatcher(watcher);
    this.children.removeWatcher(watcher);
  }
}
