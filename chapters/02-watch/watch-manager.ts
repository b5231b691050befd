/**
 * Who wants to be told when something happens at a path. A watch is one-shot: the event takes it away.
 *
 * Invariants: a watcher stands at most once at a path; both tables always say the same.
 *
 * @apache server.watch.WatchManager
 */

import type { ACL } from '#05-jute/records/data.js';
import type { EventType } from '#06-network-protocol/event-types.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/** A connection, as far as watches care. */
export interface Watcher {
  /**
   * Tells of an event.
   * @param acl who may read the node that it is about: who may not is not told
   */
  process(type: EventType, path: string, zxid: Zxid, acl: readonly ACL[] | null): void;
}

const NONE: ReadonlySet<Watcher> = new Set();

export class WatchManager {
  private readonly watchersOf = new Map<string, Set<Watcher>>();
  private readonly pathsOf = new Map<Watcher, Set<string>>();

  add(path: string, watcher: Watcher): void {
    const watchers = this.watchersOf.get(path);
    if (watchers) watchers.add(watcher);
    else this.watchersOf.set(path, new Set([watcher]));
    const paths = this.pathsOf.get(watcher);
    if (paths) paths.add(path);
    else this.pathsOf.set(watcher, new Set([path]));
  }

  /**
   * Tells everyone who watches the path, in the order in which they came, and takes their watches away.
   * @param alreadyTold these know, and are not told twice
   * @returns those who watched
   */
  trigger(
    path: string,
    type: EventType,
    zxid: Zxid,
    acl: readonly ACL[] | null,
    alreadyTold: ReadonlySet<Watcher> = NONE,
  ): ReadonlySet<Watcher> {
    const watchers = this.watchersOf.get(path);
    if (!watchers) return NONE;
    this.watchersOf.delete(path);
    for (const watcher of watchers) {
      this.forgetPath(watcher, path);
      if (!alreadyTold.has(watcher)) watcher.process(type, path, zxid, acl);
    }
    return watchers;
  }

  /** Takes away all watches of a connection that is gone. */
  removeWatcher(watcher: Watcher): void {
    const paths = this.pathsOf.get(watcher);
    if (!paths) return;
    this.pathsOf.delete(watcher);
    for (const path of paths) {
      const watchers = this.watchersOf.get(path);
      if (watchers?.delete(watcher) && watchers.size === 0) this.watchersOf.delete(path);
    }
  }

  contains(path: string, watcher: Watcher): boolean {
    return this.watchersOf.get(path)?.has(watcher) ?? false;
  }

  get watchCount(): number {
    let count = 0;
    for (const paths of this.pathsOf.values()) count += paths.size;
    return count;
  }

  get pathCount(): number {
    return this.watchersOf.size;
  }

  get watcherCount(): number {
    return this.pathsOf.size;
  }

  private forgetPath(watcher: Watcher, path: string): void {
    const paths = this.pathsOf.get(watcher);
    if (paths?.delete(path) && paths.size === 0) this.pathsOf.delete(watcher);
  }
}
