/**
 * Who wants to be told when something happens at a path, and who is told. There are three kinds of watches, and one
 * watcher may hold all of them at one path:
 *
 *     standard     one-shot: the event takes it away
 *     persistent   stays
 *     recursive    stays, and hears of every node below the path too
 *
 * A tree has two sets of them: data watches (set by getData and exists) hear of the node itself, child watches (set by
 * getChildren) hear of its list of children and of its end. A persistent watch stands in both sets, a recursive one in
 * the first alone: it hears of the children themselves instead of their list.
 *
 * Invariants: a watcher is told once of an event, however many of its watches match; both tables of a manager always say
 * the same.
 */
import type { TreeListener } from '#01-data-model/data-tree.js';
import { parentPath } from '#01-data-model/node-path.js';
import { PathMap } from '#01-data-model/path-map.js';
import type { ACL } from '#05-jute/records/data.js';
import { EventType } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/** A connection, as far as watches care. */
export interface Watcher {
  /**
   * Tells of an event.
   * @param acl who may read the node that it is about: who may not is not told
   */
  process(type: EventType, path: string, zxid: Zxid, acl: readonly ACL[] | null): void;
}

/** The kinds of watches, as bits: what a watcher holds at a path is a set of them. */
export const WatchMode = { standard: 1, persistent: 2, recursive: 4 } as const;

const ANY_MODE = WatchMode.standard | WatchMode.persistent | WatchMode.recursive;
const NOBODY: ReadonlySet<Watcher> = new Set();

/**
 * One set of watches.
 *
 * @apache server.watch.WatchManager
 */
export class WatchManager {
  /** What each watcher holds at a path: bits of `WatchMode`, never 0. No path where nobody holds anything. */
  private readonly modesAt = new PathMap<Map<Watcher, number>>();
  /** The same the other way round, to find all that a connection leaves behind. A set may be empty. */
  private readonly pathsOf = new Map<Watcher, Set<string>>();
  /** How many recursive watches there are: while it is 0, an event need not look at the paths above. */
  private recursiveCount = 0;

  /**
   * Sets a watch. What the watcher holds at this path already, it keeps: to set the same watch again changes nothing, and
   * one of another kind is held beside it.
   * @param mode one bit of `WatchMode`
   * @apache server.watch.WatchManager#addWatch
   * @lab 02.1
   */
  add(path: string, watcher: Watcher, mode: number = WatchMode.standard): void {
    throw new Error('lab 02.1 is not written yet: WatchManager.add');
  }

  /**
   * Whether the watcher holds a watch of one of these kinds, at this very path.
   * @param modes bits of `WatchMode`
   * @apache server.watch.WatchManager#containsWatcher
   * @lab 02.1
   */
  contains(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    throw new Error('lab 02.1 is not written yet: WatchManager.contains');
  }

  /**
   * Takes away those of a watcher's watches at a path that are of these kinds. A path where nobody watches is forgotten.
   * @param modes bits of `WatchMode`
   * @returns false when there was none
   * @apache server.watch.WatchManager#removeWatcher
   * @lab 02.2
   */
  remove(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    throw new Error('lab 02.2 is not written yet: WatchManager.remove');
  }

  /**
   * Takes away all watches of a connection that is gone, and forgets the connection. What it costs depends on how many
   * these are, and not on those of others.
   * @apache server.watch.WatchManager#removeWatcher
   * @lab 02.2
   */
  removeWatcher(watcher: Watcher): void {
    throw new Error('lab 02.2 is not written yet: WatchManager.removeWatcher');
  }

  /**
   * Who hears of what happens at a path: those who watch it, whatever the kind, in the order in which they came; then
   * those with a recursive watch above it, from the parent up to the root. Each of them once.
   * @returns a set of its own, which stays as it is when watches come and go
   * @apache server.watch.PathParentIterator
   * @lab 02.3
   */
  watchersOf(path: string): Set<Watcher> {
    throw new Error('lab 02.3 is not written yet: WatchManager.watchersOf');
  }

  /**
   * Something happened at a path: tells everyone who hears of it, in the order of `watchersOf`, and takes away the one-shot
   * watches at this path. A watcher may set a watch again while it is told: that is for the next event. Called for each
   * change of the tree: when nobody can be meant, it costs next to nothing.
   * @param alreadyTold these know of it. They are not told twice, but their one-shot watches go all the same
   * @returns those who hear of it, told now or before
   * @apache server.watch.WatchManager#triggerWatch
   * @lab 02.4
   */
  trigger(
    path: string,
    type: EventType,
    zxid: Zxid,
    acl: readonly ACL[] | null,
    alreadyTold: ReadonlySet<Watcher> = NOBODY,
  ): ReadonlySet<Watcher> {
    throw new Error('lab 02.4 is not written yet: WatchManager.trigger');
  }

  get isEmpty(): boolean {
    return this.modesAt.size === 0;
  }

  /** Watches, one for each watcher at each path. */
  get watchCount(): number {
    let count = 0;
    for (const paths of this.pathsOf.values()) count += paths.size;
    return count;
  }

  get pathCount(): number {
    return this.modesAt.size;
  }

  /** Those who watch anything. */
  get watcherCount(): number {
    let count = 0;
    for (const paths of this.pathsOf.values()) if (paths.size > 0) count++;
    return count;
  }
}

/** The kinds of watches that checkWatches and removeWatches name. */
export const WatcherType = { children: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 } as const;
export type WatcherType = (typeof WatcherType)[keyof typeof WatcherType];

/**
 * The two sets of watches of a tree, and which change wakes which.
 *
 * @apache server.DataTree
 */
export class TreeWatches implements TreeListener {
  readonly data = new WatchManager();
  readonly children = new WatchManager();

  /**
   * Sets a persistent watch: it hears of the node itself, and of its list of children.
   * @apache server.DataTree#addWatch
   * @lab 02.5
   */
  addPersistent(path: string, watcher: Watcher): void {
    throw new Error('lab 02.5 is not written yet: TreeWatches.addPersistent');
  }

  /**
   * Sets a recursive watch: it hears of the node and of all below it themselves, and never of a list of children.
   * @apache server.DataTree#addWatch
   * @lab 02.5
   */
  addRecursive(path: string, watcher: Watcher): void {
    throw new Error('lab 02.5 is not written yet: TreeWatches.addRecursive');
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

  /**
   * A node was created: NodeCreated for the data watches of its path, then NodeChildrenChanged for the child watches of its
   * parent. The root has no parent, and is never created.
   * @param acl who may read the new node
   * @param parentAcl who may read its parent, and so may hear of its list of children
   * @lab 02.5
   */
  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    throw new Error('lab 02.5 is not written yet: TreeWatches.nodeCreated');
  }

  /**
   * A node was deleted: NodeDeleted for the data watches of its path and then for its child watches, where who knows it from
   * the first is not told again; then NodeChildrenChanged for the child watches of its parent.
   * @lab 02.5
   */
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void {
    throw new Error('lab 02.5 is not written yet: TreeWatches.nodeDeleted');
  }

  /**
   * A node has other data: NodeDataChanged for the data watches of its path.
   * @lab 02.5
   */
  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void {
    throw new Error('lab 02.5 is not written yet: TreeWatches.dataChanged');
  }
}

const dataModes = {
  [WatcherType.data]: WatchMode.standard,
  [WatcherType.persistent]: WatchMode.persistent,
  [WatcherType.persistentRecursive]: WatchMode.recursive,
} as const;
