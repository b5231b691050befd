/**
 * The four ways to create a node: create, create2 (the same with the stat in its reply), and one each for containers
 * and for nodes with a time to live.
 */
import type { TxnResult } from '#01-data-model/apply-txn.js';
import { CONTAINER_OWNER, MAX_TTL_MS, ttlOwner } from '#01-data-model/ephemeral-owner.js';
import { parentPath } from '#01-data-model/node-path.js';
import type { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import { Create2Response, type CreateRequest, CreateResponse, CreateTTLRequest } from '#05-jute/records/proto.js';
import type { CreateTxn } from '#05-jute/records/txn.js';
import { Perms } from '#06-network-protocol/acls.js';
import { type CreateMode, isCreateMode, isEphemeral, isSequential, isTtl } from '#06-network-protocol/create-mode.js';
import { readCreateRequest } from '#06-network-protocol/create-request.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, type SessionId } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnContext, WriteOperation } from '#12-request-processors/operation.js';
import { requirePath, requireValidPath } from '#12-request-processors/operations/request-path.js';
import { newRecord } from '#12-request-processors/outstanding-changes.js';

export const create: WriteOperation<CreateRequest> = {
  kind: 'write',
  opcode: OpCode.create,
  decode: readCreateRequest,
  prepare: (context, request) => ({ type: OpCode.create, record: prepareOrdinary(context, request) }),
  answer: (result, reply) => CreateResponse.write(reply, result),
};

export const create2: WriteOperation<CreateRequest> = {
  kind: 'write',
  opcode: OpCode.create2,
  decode: readCreateRequest,
  prepare: (context, request) => ({ type: OpCode.create2, record: prepareOrdinary(context, request) }),
  answer: writeCreate2Response,
};

/**
 * A node that the server deletes when its last child has gone. The opcode alone makes it one: of the flags, only whether
 * it gets a number counts.
 */
export const createContainer: WriteOperation<CreateRequest> = {
  kind: 'write',
  opcode: OpCode.createContainer,
  decode: readCreateRequest,
  prepare(context, request) {
    refuseTtl(context, modeOf(request.flags));
    return { type: OpCode.createContainer, record: prepareCreate(context, request, CONTAINER_OWNER) };
  },
  answer: writeCreate2Response,
};

/** A node that the server deletes when it has no children, and was not changed for a while. */
export const createTtl: WriteOperation<CreateTTLRequest> = {
  kind: 'write',
  opcode: OpCode.createTTL,
  decode: CreateTTLRequest.read,
  prepare(context, request) {
    const ttlMs = Number(request.ttl);
    const mode = modeOf(request.flags);
    if (isTtl(mode) && !context.state.tree.hasExtendedTypes) throw KeeperException.of(ErrorCode.Unimplemented);
    if (!isTtl(mode) || ttlMs < 1 || ttlMs > MAX_TTL_MS) throw KeeperException.of(ErrorCode.BadArguments);
    return {
      type: OpCode.createTTL,
      record: { ...prepareCreate(context, request, ttlOwner(ttlMs)), ttl: request.ttl },
    };
  },
  answer: writeCreate2Response,
};

function writeCreate2Response(result: TxnResult, reply: BinaryOutputArchive): void {
  if (result.stat) Create2Response.write(reply, { path: result.path, stat: result.stat });
}

/** With the flags of a container it is an ordinary node all the same: the opcode decides. */
function prepareOrdinary(context: TxnContext, request: CreateRequest): CreateTxn {
  const mode = modeOf(request.flags);
  refuseTtl(context, mode);
  return prepareCreate(context, request, isEphemeral(mode) ? context.session.id : NO_SESSION);
}

/** What all kinds have in common; `ephemeral` is written for ordinary nodes only. */
function prepareCreate(
  { state, session, identities, zxid, timeMs }: TxnContext,
  request: CreateRequest,
  owner: SessionId,
): CreateTxn {
  const asked = requirePathWithParent(request.path);
  const acl = state.access.normalize(request.acl, identities);
  const parent = state.changes.require(parentPath(asked));
  state.access.check(parent.acl, Perms.create, identities);
  const isNumbered = isSequential(modeOf(request.flags));
  const path = requireValidPath(isNumbered ? asked + sequenceSuffix(parent.cversion) : asked);
  if (state.changes.find(path)) throw KeeperException.of(ErrorCode.NodeExists);
  if (state.tree.kind(parent.ephemeralOwner) === 'ephemeral')
    throw KeeperException.of(ErrorCode.NoChildrenForEphemerals);

  state.checkQuota(path, 1, request.data === null ? 0 : request.data.length);

  const parentCVersion = (parent.cversion + 1) | 0;
  state.changes.addToChildCount(parent, zxid, 1);
  state.changes.add(newRecord(zxid, timeMs, path, request.data, acl, owner));
  const ephemeral = owner === session.id;
  return { path, data: request.data, acl, ephemeral, parentCVersion };
}

/** Ten digits; of a negative number (after 2^31 creates) the sign is one of them, or the eleventh. */
export function sequenceSuffix(cversion: number): string {
  return cversion < 0 ? `-${String(-cversion).padStart(9, '0')}` : String(cversion).padStart(10, '0');
}

/** Of a request that has no time to live. */
function refuseTtl({ state }: TxnContext, mode: CreateMode): void {
  if (isTtl(mode))
    throw KeeperException.of(state.tree.hasExtendedTypes ? ErrorCode.BadArguments : ErrorCode.Unimplemented);
}

/** @throws {KeeperException} BadArguments */
function modeOf(flags: number): CreateMode {
  if (!isCreateMode(flags)) throw KeeperException.of(ErrorCode.BadArguments);
  return flags;
}

/** Before the suffix is known, a path need not be valid yet: "/queue/" may become "/queue/0000000007". */
function requirePathWithParent(given: string | null): string {
  const path = requirePath(given);
  if (!path.includes('/') || path.includes('\0')) throw KeeperException.of(ErrorCode.BadArguments);
  return path;
}
