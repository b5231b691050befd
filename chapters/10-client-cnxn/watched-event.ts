/** What a watch tells the program that set it. */
import type { EventTypeName, KeeperStateName } from '#06-network-protocol/event-types.js';

/** @apache WatchedEvent */
export interface WatchedEvent {
  /** `None` when it is not about a node but about the connection. */
  readonly type: EventTypeName;
  readonly state: KeeperStateName;
  /** The node, as the client sees it; null when `type` is `None`. */
  readonly path: string | null;
}

/**
 * Is called with events, in the order in which they happened, and after the results of the requests that were answered
 * before. One that throws is noted in the log; the others are called all the same.
 *
 * @apache Watcher
 */
export type Watcher = (event: WatchedEvent) => void;
