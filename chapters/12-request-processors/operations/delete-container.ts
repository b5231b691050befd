import { parentPath } from '#01-data-model/node-path.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { deleted } from '#12-request-processors/operations/delete.js';

/**
 * Deletes a container or a node with a time to live whose time has come. Only the server itself asks for it. What was
 * true when it looked may not be any more: a child may have come in between.
 */
export const deleteContainer: WriteOperation<{ readonly path: string }> = {
  kind: 'write',
  opcode: OpCode.deleteContainer,
  decode: () => {
    throw KeeperException.of(ErrorCode.Unimplemented);
  },
  prepare({ state, zxid }, { path }) {
    const node = state.changes.require(path);
    if (node.childCount > 0) throw KeeperException.of(ErrorCode.NotEmpty);
    const kind = state.tree.kind(node.ephemeralOwner);
    if (kind !== 'container' && kind !== 'ttl') throw KeeperException.of(ErrorCode.BadVersion);
    const parent = state.changes.require(parentPath(path));
    state.changes.addToChildCount(parent, zxid, -1);
    state.changes.add(deleted(node, zxid));
    return { type: OpCode.deleteContainer, record: { path } };
  },
  answer() {},
};
