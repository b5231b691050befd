/**
 * The operations that are about watches alone.
 */
import { setWatches as restoreWatches } from '#02-watch/set-watches.js';
import { WatcherType } from '#02-watch/watch-manager.js';
import {
  AddWatchRequest,
  CheckWatchesRequest,
  ErrorResponse,
  RemoveWatchesRequest,
  SetWatches,
  SetWatches2,
} from '#05-jute/records/proto.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ReadOperation } from '#12-request-processors/operation.js';

const ADD_PERSISTENT = 0;
const ADD_PERSISTENT_RECURSIVE = 1;

/** What a client that comes back had set on its last connection. */
export const setWatches: ReadOperation<SetWatches> = {
  kind: 'read',
  opcode: OpCode.setWatches,
  decode: SetWatches.read,
  beforeReply: ({ tree, watches }, request, { watcher }) => restoreWatches(tree, watches, request, watcher),
  answer() {},
};

export const setWatches2: ReadOperation<SetWatches2> = {
  kind: 'read',
  opcode: OpCode.setWatches2,
  decode: SetWatches2.read,
  beforeReply: ({ tree, watches }, request, { watcher }) => restoreWatches(tree, watches, request, watcher),
  answer() {},
};

/** The node need not be there, nor readable: events of a node that the client may not read are not told. */
export const addWatch: ReadOperation<AddWatchRequest> = {
  kind: 'read',
  opcode: OpCode.addWatch,
  decode: AddWatchRequest.read,
  answer({ watches }, request, reply, { watcher }) {
    const { path, mode } = request;
    const isPersistent = mode === ADD_PERSISTENT;
    if (!isPersistent && mode !== ADD_PERSISTENT_RECURSIVE) throw KeeperException.of(ErrorCode.MarshallingError);
    // Without a path there is nothing to hear of, and Apache's servers take it.
    if (path !== null && isPersistent) watches.addPersistent(path, watcher);
    else if (path !== null) watches.addRecursive(path, watcher);
    ErrorResponse.write(reply, { err: ErrorCode.OK });
  },
};

export const checkWatches: ReadOperation<CheckWatchesRequest> = {
  kind: 'read',
  opcode: OpCode.checkWatches,
  decode: CheckWatchesRequest.read,
  answer({ watches }, request, _reply, { watcher }) {
    const { path } = request;
    const isThere = path !== null && watches.contains(path, watcherType(request.type), watcher);
    if (!isThere) throw KeeperException.of(ErrorCode.NoWatcher);
  },
};

export const removeWatches: ReadOperation<RemoveWatchesRequest> = {
  kind: 'read',
  opcode: OpCode.removeWatches,
  decode: RemoveWatchesRequest.read,
  answer({ watches }, request, _reply, { watcher }) {
    const { path } = request;
    const wasThere = path !== null && watches.remove(path, watcherType(request.type), watcher);
    if (!wasThere) throw KeeperException.of(ErrorCode.NoWatcher);
  },
};

const watcherTypes: ReadonlySet<number> = new Set(Object.values(WatcherType));

function watcherType(type: number): WatcherType {
  if (!watcherTypes.has(type)) throw KeeperException.of(ErrorCode.MarshallingError);
  return type as WatcherType;
}
