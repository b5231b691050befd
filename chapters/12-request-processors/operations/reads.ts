/**
 * The operations that only look. Each is a few lines: find the node, check who asks, set the watch, write the answer.
 */

import type { DataNode } from '#01-data-model/data-node.js';
import type { Identities } from '#03-acl/access-control.js';
import type { ACL } from '#05-jute/records/data.js';
import {
  ExistsRequest,
  ExistsResponse,
  GetACLRequest,
  GetACLResponse,
  GetAllChildrenNumberRequest,
  GetAllChildrenNumberResponse,
  GetChildren2Request,
  GetChildren2Response,
  GetChildrenRequest,
  GetChildrenResponse,
  GetDataRequest,
  GetDataResponse,
  GetEphemeralsRequest,
  GetEphemeralsResponse,
  SyncRequest,
  SyncResponse,
  WhoAmIResponse,
} from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { type MultiResult, type MultiStep, readMultiRequest, writeMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Client, ReadOperation } from '#12-request-processors/operation.js';
import { requirePath } from '#12-request-processors/operations/request-path.js';
import type { ServerState } from '#12-request-processors/server-state.js';

/** A node that is not there can be watched too: the watch tells of its creation. */
export const exists: ReadOperation<ExistsRequest> = {
  kind: 'read',
  opcode: OpCode.exists,
  decode: ExistsRequest.read,
  answer({ tree, watches, access }, request, reply, { identities, watcher }) {
    const path = requirePath(request.path);
    if (path.includes('\0')) throw KeeperException.of(ErrorCode.BadArguments);
    const node = tree.get(path);
    if (node) access.check(tree.acl(node), Perms.read, identities);
    if (request.watch) watches.data.add(path, watcher);
    if (!node) throw KeeperException.of(ErrorCode.NoNode);
    ExistsResponse.write(reply, { stat: tree.stat(node) });
  },
};

export const getData: ReadOperation<GetDataRequest> = {
  kind: 'read',
  opcode: OpCode.getData,
  decode: GetDataRequest.read,
  answer(state, request, reply, { identities, watcher }) {
    const path = requirePath(request.path);
    const node = readable(state, path, identities);
    if (request.watch) state.watches.data.add(path, watcher);
    GetDataResponse.write(reply, { data: node.data, stat: state.tree.stat(node) });
  },
};

export const getChildren: ReadOperation<GetChildrenRequest> = {
  kind: 'read',
  opcode: OpCode.getChildren,
  decode: GetChildrenRequest.read,
  answer(state, request, reply, { identities, watcher }) {
    const path = requirePath(request.path);
    const node = readable(state, path, identities);
    if (request.watch) state.watches.children.add(path, watcher);
    GetChildrenResponse.write(reply, { children: node.children });
  },
};

export const getChildren2: ReadOperation<GetChildren2Request> = {
  kind: 'read',
  opcode: OpCode.getChildren2,
  decode: GetChildren2Request.read,
  answer(state, request, reply, { identities, watcher }) {
    const path = requirePath(request.path);
    const node = readable(state, path, identities);
    if (request.watch) state.watches.children.add(path, watcher);
    GetChildren2Response.write(reply, { children: node.children, stat: state.tree.stat(node) });
  },
};

/** Who may read the node, but not change its list, does not see the hashes of others' passwords. */
export const getAcl: ReadOperation<GetACLRequest> = {
  kind: 'read',
  opcode: OpCode.getACL,
  decode: GetACLRequest.read,
  answer({ tree, access }, request, reply, { identities }) {
    const node = tree.require(requirePath(request.path));
    access.check(tree.acl(node), Perms.read | Perms.admin, identities);
    const isAdmin = access.permits(tree.acl(node), Perms.admin, identities);
    const acl = isAdmin ? tree.shownAcl(node) : tree.shownAcl(node).map(withoutPassword);
    GetACLResponse.write(reply, { acl, stat: tree.stat(node) });
  },
};

export const getAllChildrenNumber: ReadOperation<GetAllChildrenNumberRequest> = {
  kind: 'read',
  opcode: OpCode.getAllChildrenNumber,
  decode: GetAllChildrenNumberRequest.read,
  answer(state, request, reply, { identities }) {
    const path = requirePath(request.path);
    readable(state, path, identities);
    GetAllChildrenNumberResponse.write(reply, { totalNumber: state.tree.countDescendants(path) });
  },
};

/** Those of the client's own session. */
export const getEphemerals: ReadOperation<GetEphemeralsRequest> = {
  kind: 'read',
  opcode: OpCode.getEphemerals,
  decode: GetEphemeralsRequest.read,
  answer({ tree }, request, reply, { session }) {
    const prefix = request.prefixPath?.trim() === '/' ? '' : (request.prefixPath ?? '');
    const isWanted = (path: string): boolean => prefix.trim() === '' || path.startsWith(prefix);
    GetEphemeralsResponse.write(reply, { ephemerals: [...tree.ephemerals(session.id)].filter(isWanted) });
  },
};

/** More than any client reads in one reply; what a request may ask for is far more than it has bytes itself. */
const MAX_MULTI_READ_BYTES = 0x400_0000;

/**
 * Reads of several nodes at one moment. Each succeeds or fails for itself; with a write among them, none is done. None of
 * them sets a watch, asked or not.
 */
export const multiRead: ReadOperation<MultiStep[]> = {
  kind: 'read',
  opcode: OpCode.multiRead,
  decode: readMultiRequest,
  answer(state, steps, reply, client) {
    if (!steps.every(isReadStep)) throw KeeperException.of(ErrorCode.MarshallingError);
    for (const { record } of steps) requirePath(record.path);
    let sizeBytes = 0;
    const results: MultiResult[] = [];
    for (const step of steps) {
      const result = readStep(state, step, client);
      sizeBytes += sizeBytesOf(result);
      if (sizeBytes > MAX_MULTI_READ_BYTES) throw KeeperException.of(ErrorCode.MarshallingError);
      results.push(result);
    }
    writeMultiResponse(reply, results);
  },
};

export const whoAmI: ReadOperation<null> = {
  kind: 'read',
  opcode: OpCode.whoAmI,
  decode: () => null,
  answer({ access }, _request, reply, { identities }) {
    const clientInfo = identities.map((id) => ({ authScheme: id.scheme, user: access.userName(id) }));
    WhoAmIResponse.write(reply, { clientInfo });
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

/** Says that the client lives; being sent was enough. */
export const ping: ReadOperation<null> = {
  kind: 'read',
  opcode: OpCode.ping,
  decode: () => null,
  answer() {},
};

function sizeBytesOf(result: MultiResult): number {
  switch (result.type) {
    case OpCode.getData:
      return result.data?.length ?? 0;
    case OpCode.getChildren:
      return result.children.reduce((sum, name) => sum + name.length, 0);
    default:
      return 0;
  }
}

const isReadStep = ({ type }: MultiStep): boolean => type === OpCode.getData || type === OpCode.getChildren;

function readStep(state: ServerState, step: MultiStep, client: Client): MultiResult {
  try {
    const path = requirePath(step.record.path);
    switch (step.type) {
      case OpCode.getData: {
        const node = readable(state, path, client.identities);
        return { type: step.type, data: node.data, stat: state.tree.stat(node) };
      }
      case OpCode.getChildren: {
        const node = readable(state, path, client.identities);
        return { type: step.type, children: node.children };
      }
      default:
        throw KeeperException.of(ErrorCode.MarshallingError);
    }
  } catch (error) {
    if (!(error instanceof KeeperException)) throw error;
    return { type: OpCode.error, error: error.code };
  }
}

function readable({ tree, access }: ServerState, path: string, identities: Identities): DataNode {
  const node = tree.require(path);
  access.check(tree.acl(node), Perms.read, identities);
  return node;
}

const withoutPassword = (entry: ACL): ACL =>
  entry.id.scheme === 'digest' ? { ...entry, id: { ...entry.id, id: `${entry.id.id?.split(':', 1)[0]}:x` } } : entry;
