/**
 * What a watch event tells, and how a client stands with the ensemble: the two numbers of a WatcherEvent. The names
 * are Apache's, since they are what people write in their programs and read in logs.
 *
 * @apache Watcher.Event
 */

/** What happened. The last three never travel: a client makes them when it takes a watch away. */
export const EventType = {
  /** Nothing happened to a node: the state of the connection has changed. */
  None: -1,
  NodeCreated: 1,
  NodeDeleted: 2,
  NodeDataChanged: 3,
  NodeChildrenChanged: 4,
  DataWatchRemoved: 5,
  ChildWatchRemoved: 6,
  PersistentWatchRemoved: 7,
} as const;

export type EventType = (typeof EventType)[keyof typeof EventType];
export type EventTypeName = keyof typeof EventType;

/** How a client stands with the ensemble. A server only ever sends SyncConnected. */
export const KeeperState = {
  Disconnected: 0,
  SyncConnected: 3,
  AuthFailed: 4,
  /** Connected to a server that is cut off from its ensemble, and that can only be read from. */
  ConnectedReadOnly: 5,
  SaslAuthenticated: 6,
  /** The session is over: its ephemeral nodes are gone, and this client is of no more use. */
  Expired: -112,
  Closed: 7,
} as const;

export type KeeperState = (typeof KeeperState)[keyof typeof KeeperState];
export type KeeperStateName = keyof typeof KeeperState;

const eventTypes = new Map(Object.entries(EventType).map(([name, code]) => [code as number, name as EventTypeName]));

/** The name of an event type; undefined for a number that no version sends. */
export const eventTypeName = (code: number): EventTypeName | undefined => eventTypes.get(code);
