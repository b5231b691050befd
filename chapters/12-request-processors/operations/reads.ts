/**
 * The operations that only look. Each is a few lines: find the node, check who asks, set the watch, write the answer.
 */

import type { DataNode } from '#01-data-model/data-node.js';
import { setWatches as restoreWatches } from '#02-watch/set-watches.js';
import { checkAcl } from '#03-acl/acl.js';
import {
  ExistsRequest,
  ExistsResponse,
  GetACLRequest,
  GetACLResponse,
  GetChildren2Request,
  GetChildren2Response,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  SetWatches,
  SyncRequest,
  SyncResponse,
} from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { ReadOperation } from '#12-request-processors/operation.js';
import { requirePath } from '#12-request-processors/operations/request-path.js';
import type { ServerState } from '#12-request-processors/server-state.js';

/** A node that is not there can be watched too: the watch tells of its creation. */
export const exists: ReadOperation<ExistsRequest> = {
  kind: 'read',
  opcode: OpCode.exists,
  decode: ExistsRequest.read,
  answer({ tree, watches }, request, reply, watcher) {
    const path = requirePath(request.path);
    if (path.includes('\0')) throw KeeperException.of(ErrorCode.BadArguments);
    const node = tree.get(path);
    if (node) checkAcl(tree.acl(node), Perms.read);
    if (request.watch) watches.data.add(path, watcher);
    if (!node) throw KeeperException.of(ErrorCode.NoNode);
    ExistsResponse.write(reply, { stat: tree.stat(node) });
  },
};

export const getData: ReadOperation<GetDataRequest> = {
  kind: 'read',
  opcode: OpCode.getData,
  decode: GetDataRequest.read,
  answer(state, request, reply, watcher) {
    const path = requirePath(request.path);
    const node = readable(state, path);
    if (request.watch) state.watches.data.add(path, watcher);
    GetDataResponse.write(reply, { data: node.data, stat: state.tree.stat(node) });
  },
};

export const getChildren: ReadOperation<GetChildrenRequest> = {
  kind: 'read',
  opcode: OpCode.getChildren,
  decode: GetChildrenRequest.read,
  answer(state, request, reply, watcher) {
    const path = requirePath(request.path);
    const node = readable(state, path);
    if (request.watch) state.watches.children.add(path, watcher);
    GetChildrenResponse.write(reply, { children: [...node.children] });
  },
};

export const getChildren2: ReadOperation<GetChildren2Request> = {
  kind: 'read',
  opcode: OpCode.getChildren2,
  decode: GetChildren2Request.read,
  answer(state, request, reply, watcher) {
    const path = requirePath(request.path);
    const node = readable(state, path);
    if (request.watch) state.watches.children.add(path, watcher);
    GetChildren2Response.write(reply, { children: [...node.children], stat: state.tree.stat(node) });
  },
};

export const getAcl: ReadOperation<GetACLRequest> = {
  kind: 'read',
  opcode: OpCode.getACL,
  decode: GetACLRequest.read,
  answer({ tree }, request, reply) {
    const node = tree.require(requirePath(request.path));
    checkAcl(tree.acl(node), Perms.read | Perms.admin);
    GetACLResponse.write(reply, { acl: tree.shownAcl(node), stat: tree.stat(node) });
  },
};

/** On one server there is nothing to catch up with: the order of the requests does it all. */
export const sync: ReadOperation<SyncRequest> = {
  kind: 'read',
  opcode: OpCode.sync,
  decode: SyncRequest.read,
  answer(_state, request, reply) {
    SyncResponse.write(reply, { path: request.path });
  },
};

export const setWatches: ReadOperation<SetWatches> = {
  kind: 'read',
  opcode: OpCode.setWatches,
  decode: SetWatches.read,
  answer({ tree, watches }, request, _reply, watcher) {
    restoreWatches(tree, watches, request, watcher);
  },
};

/** Says that the client lives; being sent was enough. */
export const ping: ReadOperation<null> = {
  kind: 'read',
  opcode: OpCode.ping,
  decode: () => null,
  answer() {},
};

function readable({ tree }: ServerState, path: string): DataNode {
  const node = tree.require(path);
  checkAcl(tree.acl(node), Perms.read);
  return node;
}
