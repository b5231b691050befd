/**
 * Who wants to be told when something happens at a path. There are three kinds of watches, and one watcher may hold all
 * of them at one path:
 *
 *     standard     one-shot: the event takes it away
 *     persistent   stays
 *     recursive    stays, and hears of every node below the path too
 *
 * Invariants: a watcher is told once of an event, however many of its watches match; both tables always say the same.
 *
 * @apache server.watch.WatchManager
 */
import { parentPath } from '#01-data-model/node-path.js';
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

/** The kinds of watches, as bits: what a watcher holds at a path is a set of them. */
export const WatchMode = { standard: 1, persistent: 2, recursive: 4 } as const;

const ANY_MODE = WatchMode.standard | WatchMode.persistent | WatchMode.recursive;
const NONE: ReadonlySet<Watcher> = new Set();

export class WatchManager {
  private readonly modesAt = new Map<string, Map<Watcher, number>>();
  private readonly pathsOf = new Map<Watcher, Set<string>>();
  /** While it is 0, an event need not look at the paths above. */
  private recursiveCount = 0;

  /** @param mode one bit of `WatchMode` */
  add(path: string, watcher: Watcher, mode: number = WatchMode.standard): void {
    const held = this.modes(path, watcher);
    if ((held & mode) === 0) this.setModes(path, watcher, held, held | mode);
  }

  /**
   * Takes away those of a watcher's watches that are of a kind.
   * @param modes bits of `WatchMode`
   * @returns false when there was none
   */
  remove(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    const held = this.modes(path, watcher);
    if ((held & modes) === 0) return false;
    this.setModes(path, watcher, held, held & ~modes);
    return true;
  }

  contains(path: string, watcher: Watcher, modes: number = ANY_MODE): boolean {
    return (this.modes(path, watcher) & modes) !== 0;
  }

  /**
   * Tells everyone whose watches match, and takes the one-shot ones away.
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
    if (this.isEmpty) return NONE;
    const atPath = this.modesAt.get(path);
    if (!atPath && this.recursiveCount === 0) return NONE;
    const told = new Set(atPath?.keys());
    if (this.recursiveCount > 0) this.collectFromAbove(path, told);
    for (const watcher of told) {
      this.remove(path, watcher, WatchMode.standard);
      if (!alreadyTold.has(watcher)) watcher.process(type, path, zxid, acl);
    }
    return told;
  }

  /** Takes away all watches of a connection that is gone. */
  removeWatcher(watcher: Watcher): void {
    for (const path of this.pathsOf.get(watcher) ?? []) this.remove(path, watcher);
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

  get watcherCount(): number {
    return this.pathsOf.size;
  }

  private modes(path: string, watcher: Watcher): number {
    return this.modesAt.get(path)?.get(watcher) ?? 0;
  }

  private setModes(path: string, watcher: Watcher, before: number, after: number): void {
    this.recursiveCount += recursiveBit(after) - recursiveBit(before);
    if (before === 0) this.enter(path, watcher, after);
    else if (after === 0) this.leave(path, watcher);
    else this.modesAt.get(path)?.set(watcher, after);
  }

  private enter(path: string, watcher: Watcher, modes: number): void {
    const watchers = this.modesAt.get(path);
    if (watchers) watchers.set(watcher, modes);
    else this.modesAt.set(path, new Map([[watcher, modes]]));
    const paths = this.pathsOf.get(watcher);
    if (paths) paths.add(path);
    else this.pathsOf.set(watcher, new Set([path]));
  }

  private leave(path: string, watcher: Watcher): void {
    const watchers = this.modesAt.get(path);
    if (watchers?.delete(watcher) && watchers.size === 0) this.modesAt.delete(path);
    const paths = this.pathsOf.get(watcher);
    if (paths?.delete(path) && paths.size === 0) this.pathsOf.delete(watcher);
  }

  private collectFromAbove(path: string, told: Set<Watcher>): void {
    for (let above = path; above !== '/'; ) {
      above = parentPath(above);
      for (const [watcher, modes] of this.modesAt.get(above) ?? []) {
        if (recursiveBit(modes) === 1) told.add(watcher);
      }
    }
  }
}

const recursiveBit = (modes: number): number => ((modes & WatchMode.recursive) === 0 ? 0 : 1);
