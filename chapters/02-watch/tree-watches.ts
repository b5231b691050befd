/**
 * The two sets of watches of a tree, and which change triggers which: data watches (set by getData and exists) hear of
 * the node itself, child watches (set by getChildren) hear of its list of children and of its end. A persistent watch
 * stands in both, a recursive one in the first alone: it hears of the children themselves instead of their list.
 *
 * @apache server.DataTree
 */
import type { TreeListener } from '#01-data-model/data-tree.js';
import { parentPath } from '#01-data-model/node-path.js';
import { type Watcher, WatchManager, WatchMode } from '#02-watch/watch-manager.js';
import type { ACL } from '#05-jute/records/data.js';
import { EventType } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/** The kinds of watches that checkWatches and removeWatches name. */
export const WatcherType = { children: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 } as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];

export class TreeWatches implements TreeListener {
  readonly data = new WatchManager();
  readonly children = new WatchManager();

  addPersistent(path: string, watcher: Watcher): void {
    this.data.add(path, watcher, WatchMode.persistent);
    this.children.add(path, watcher, WatchMode.persistent);
  }

  addRecursive(path: string, watcher: Watcher): void {
    this.data.add(path, watcher, WatchMode.recursive);
  }

  contains(path: string, type: WatcherType, watcher: Watcher): boolean {
    switch (type) {
      case WatcherType.children:
        return this.children.contains(path, watcher, WatchMode.standard);
      case WatcherType.any:
        return this.children.contains(path, watcher) || this.data.contains(path, watcher);
      default:
        return this.data.contains(path, watcher, dataModes[type]);
    }
  }

  /** @returns false when there was none */
  remove(path: string, type: WatcherType, watcher: Watcher): boolean {
    switch (type) {
      case WatcherType.children:
        return this.children.remove(path, watcher, WatchMode.standard);
      case WatcherType.any: {
        const removed = this.children.remove(path, watcher);
        return this.data.remove(path, watcher) || removed;
      }
      default:
        if (type === WatcherType.persistent) this.children.remove(path, watcher, WatchMode.persistent);
        return this.data.remove(path, watcher, dataModes[type]);
    }
  }

  removeWatcher(watcher: Watcher): void {
    this.data.removeWatcher(watcher);
    this.children.removeWatcher(watcher);
  }

  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    this.data.trigger(path, EventType.NodeCreated, zxid, acl);
    this.childrenChanged(path, zxid, parentAcl);
  }

  /** Who watched both the data and the children of the node hears of its end once. */
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    const told = this.data.trigger(path, EventType.NodeDeleted, zxid, acl);
    this.children.trigger(path, EventType.NodeDeleted, zxid, acl, told);
    this.childrenChanged(path, zxid, parentAcl);
  }

  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void {
    this.data.trigger(path, EventType.NodeDataChanged, zxid, acl);
  }

  private childrenChanged(path: string, zxid: Zxid, parentAcl: ACL[] | null): void {
    if (this.children.isEmpty) return;
    this.children.trigger(parentPath(path), EventType.NodeChildrenChanged, zxid, parentAcl);
  }
}

const dataModes = {
  [WatcherType.data]: WatchMode.standard,
  [WatcherType.persistent]: WatchMode.persistent,
  [WatcherType.persistentRecursive]: WatchMode.recursive,
} as const;
