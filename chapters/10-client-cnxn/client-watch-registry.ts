/**
 * Who has to be called when the server sends an event. The server only knows that this connection watches a path; which
 * functions wait for it is known here.
 *
 * Invariants: a watch is noted only when the server has said that it is set; a function is called once for an event,
 * however often it is noted; a one-shot watch is gone when it has fired, here as on the server.
 *
 * @apache ZKWatchManager
 */
import type { EventTypeName } from '#06-network-protocol/event-types.js';
import type { Watcher } from '#10-client-cnxn/watched-event.js';

/** `exist` waits for a node that is not there yet. The last two stay when they fire. */
export const watchKinds = ['data', 'exist', 'child', 'persistent', 'persistentRecursive'] as const;
export type WatchKind = (typeof watchKinds)[number];

type WatchTable = Map<string, Set<Watcher>>;

export class ClientWatchRegistry {
  /** Is called with all session events, and for watches that name no function. */
  defaultWatcher: Watcher | null;
  private readonly tables: Readonly<Record<WatchKind, WatchTable>> = {
    data: new Map(),
    exist: new Map(),
    child: new Map(),
    persistent: new Map(),
    persistentRecursive: new Map(),
  };

  constructor(defaultWatcher: Watcher | null) {
    this.defaultWatcher = defaultWatcher;
  }

  register(kind: WatchKind, path: string, watcher: Watcher): void {
    const table = this.tables[kind];
    const watchers = table.get(path);
    if (watchers) watchers.add(watcher);
    else table.set(path, new Set([watcher]));
  }

  /** The paths that are watched, for setting the watches again on another connection. */
  paths(kind: WatchKind): Iterable<string> {
    return this.tables[kind].keys();
  }

  /** Everybody: a change of the connection concerns every watch. */
  all(): Set<Watcher> {
    const result = new Set<Watcher>(this.defaultWatcher ? [this.defaultWatcher] : []);
    for (const kind of watchKinds) {
      for (const watchers of this.tables[kind].values()) addAll(watchers, result);
    }
    return result;
  }

  /** Those who wait for what happened at a path. One-shot watches are taken away. */
  materialize(type: EventTypeName, path: string): Set<Watcher> {
    const result = new Set<Watcher>();
    for (const kind of firedBy[type] ?? []) {
      addAll(this.tables[kind].get(path), result);
      this.tables[kind].delete(path);
    }
    addAll(this.tables.persistent.get(path), result);
    // The server does not send a recursive watch the changes of lists of children: this one is for another watch.
    if (type !== 'NodeChildrenChanged') this.addRecursive(path, result);
    return result;
  }

  private addRecursive(path: string, result: Set<Watcher>): void {
    const table = this.tables.persistentRecursive;
    if (table.size === 0) return;
    for (let above = path; ; above = above.slice(0, Math.max(1, above.lastIndexOf('/')))) {
      addAll(table.get(above), result);
      if (above.length <= 1) return;
    }
  }
}

/** Which one-shot watches an event fires. */
const firedBy: Partial<Record<EventTypeName, readonly WatchKind[]>> = {
  NodeCreated: ['data', 'exist'],
  NodeDataChanged: ['data', 'exist'],
  NodeChildrenChanged: ['child'],
  NodeDeleted: ['data', 'exist', 'child'],
};

function addAll(from: ReadonlySet<Watcher> | undefined, to: Set<Watcher>): void {
  if (from) for (const watcher of from) to.add(watcher);
}
