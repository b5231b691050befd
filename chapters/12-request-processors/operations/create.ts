/**
 * create and create2: the same, but for the stat in the reply.
 */
import type { TxnResult } from '#01-data-model/apply-txn.js';
import { parentPath } from '#01-data-model/node-path.js';
import { checkAcl, normalizeAcl } from '#03-acl/acl.js';
import type { BinaryOutputArchive } from '#04-serialization/binary-output-archive.js';
import { Create2Response, CreateRequest, CreateResponse } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { isContainer, isCreateMode, isEphemeral, isSequential, isTtl } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import type { TxnContext, WriteOperation } from '#12-request-processors/operation.js';
import { requireValidPath } from '#12-request-processors/operations/request-path.js';

export const create: WriteOperation<CreateRequest> = {
  kind: 'write',
  opcode: OpCode.create,
  decode: CreateRequest.read,
  prepare: (context, record) => prepareCreate(context, record, OpCode.create),
  answer: (result, reply) => CreateResponse.write(reply, result),
};

export const create2: WriteOperation<CreateRequest> = {
  kind: 'write',
  opcode: OpCode.create2,
  decode: CreateRequest.read,
  prepare: (context, record) => prepareCreate(context, record, OpCode.create2),
  answer: writeCreate2Response,
};

export function writeCreate2Response(result: TxnResult, reply: BinaryOutputArchive): void {
  if (result.stat) Create2Response.write(reply, { path: result.path, stat: result.stat });
}

function prepareCreate(
  { state, session, zxid }: TxnContext,
  request: CreateRequest,
  type: typeof OpCode.create | typeof OpCode.create2,
): TxnBody {
  const mode = request.flags;
  if (!isCreateMode(mode) || isContainer(mode)) throw KeeperException.of(ErrorCode.BadArguments);
  if (isTtl(mode)) throw KeeperException.of(ErrorCode.Unimplemented);
  const asked = requirePathWithParent(request.path);
  const acl = normalizeAcl(request.acl);
  const parent = state.changes.require(parentPath(asked));
  checkAcl(parent.acl, Perms.create);
  const path = requireValidPath(isSequential(mode) ? asked + sequenceSuffix(parent.cversion) : asked);
  if (state.changes.find(path)) throw KeeperException.of(ErrorCode.NodeExists);
  if (state.tree.kind(parent.ephemeralOwner) === 'ephemeral')
    throw KeeperException.of(ErrorCode.NoChildrenForEphemerals);

  const ephemeral = isEphemeral(mode);
  const parentCVersion = (parent.cversion + 1) | 0;
  state.changes.add({ ...parent, zxid, cversion: parentCVersion, childCount: parent.childCount + 1 });
  state.changes.add({
    zxid,
    path,
    exists: true,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: ephemeral ? session.id : NO_SESSION,
    childCount: 0,
    acl,
  });
  return { type, record: { path, data: request.data, acl, ephemeral, parentCVersion } };
}

/** Ten digits; of a negative number (after 2^31 creates) the sign is one of them, or the eleventh. */
export function sequenceSuffix(cversion: number): string {
  return cversion < 0 ? `-${String(-cversion).padStart(9, '0')}` : String(cversion).padStart(10, '0');
}

/** Before the suffix is known, a path need not be valid yet: "/queue/" may become "/queue/0000000007". */
function requirePathWithParent(path: string | null): string {
  if (path === null || !path.includes('/') || path.includes('\0')) throw KeeperException.of(ErrorCode.BadArguments);
  return path;
}
