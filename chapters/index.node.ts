/**
 * The package `zoowalk`: a ZooKeeper server to start inside a program or a test, and a client for any ZooKeeper.
 *
 *     import { connect, startServer } from 'zoowalk';
 *
 * What is exported here is what programs may rely on; everything else may change.
 */

// What errors and options of both are made of.
export { DiskError, type Log, NetworkError } from '#00-introduction/world.js';
// The client.
export type { ACL, Id, Stat } from '#05-jute/records/data.js';
export {
  ANYONE_ID_UNSAFE,
  AUTH_IDS,
  CREATOR_ALL_ACL,
  OPEN_ACL_UNSAFE,
  Perms,
  READ_ACL_UNSAFE,
} from '#06-network-protocol/acls.js';
export { CreateMode } from '#06-network-protocol/create-mode.js';
export { ErrorCode, errorCodeName, KeeperException } from '#06-network-protocol/error-codes.js';
export type { EventTypeName, KeeperStateName } from '#06-network-protocol/event-types.js';
// The server.
export {
  type RunningServer,
  type StartServerOptions,
  startServer,
} from '#07-standalone-startup/start-server.node.js';
export { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
export type { AuthInfo, SessionHandover } from '#10-client-cnxn/client-cnxn-options.js';
export {
  ConnectError,
  InvalidArgumentError,
  MultiException,
  ProtocolError,
  type StepError,
} from '#10-client-cnxn/client-errors.js';
export type { ConnectOptions } from '#10-client-cnxn/connect.js';
export { connect, type NodeConnectOptions } from '#10-client-cnxn/connect.node.js';
export type { Step, StepResult, StepResults } from '#10-client-cnxn/multi-steps.js';
export type { CreateOptions, Data } from '#10-client-cnxn/request-arguments.js';
export type { WatchedEvent, Watcher } from '#10-client-cnxn/watched-event.js';
export { type AddWatchOptions, ANY_VERSION, type WatchOptions, ZooKeeper } from '#10-client-cnxn/zookeeper.js';
