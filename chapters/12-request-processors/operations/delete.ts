import { parentPath } from '#01-data-model/node-path.js';
import { isReservedPath } from '#01-data-model/reserved-paths.js';
import { DeleteRequest } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { requirePath } from '#12-request-processors/operations/request-path.js';
import { nextVersion } from '#12-request-processors/operations/versions.js';
import { type ChangeRecord, nextRecord } from '#12-request-processors/outstanding-changes.js';

export const deleteNode: WriteOperation<DeleteRequest> = {
  kind: 'write',
  opcode: OpCode.delete,
  decode: DeleteRequest.read,
  prepare({ state, identities, zxid }, request) {
    const path = requireDeletablePath(request.path);
    const parent = state.changes.require(parentPath(path));
    state.access.check(parent.acl, Perms.delete, identities);
    const node = state.changes.require(path);
    nextVersion(node.version, request.version);
    if (node.childCount > 0) throw KeeperException.of(ErrorCode.NotEmpty);
    state.changes.addToChildCount(parent, zxid, -1);
    state.changes.add(deleted(node, zxid));
    return { type: OpCode.delete, record: { path } };
  },
  answer() {},
};

/** The change record of a node that the transaction `zxid` deletes. */
export function deleted(node: Readonly<ChangeRecord>, zxid: Zxid): ChangeRecord {
  const record = nextRecord(node, zxid);
  record.exists = false;
  return record;
}

function requireDeletablePath(path: string | null): string {
  const given = requirePath(path);
  if (!given.includes('/') || given.includes('\0') || isReservedPath(given)) {
    throw KeeperException.of(ErrorCode.BadArguments);
  }
  return given;
}
