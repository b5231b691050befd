/**
 * Which operation an opcode stands for. An operation that is not in this table does not exist: the client is told
 * Unimplemented.
 */
import { ArchiveError, type BinaryInputArchive } from '#04-serialization/binary-archive.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { MultiTypeError } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { Operation, ReadOperation, WriteOperation } from '#12-request-processors/operation.js';
import { create, create2, createContainer, createTtl } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { multi } from '#12-request-processors/operations/multi.js';
import {
  exists,
  getAcl,
  getAllChildrenNumber,
  getChildren,
  getChildren2,
  getData,
  getEphemerals,
  multiRead,
  ping,
  sync,
  whoAmI,
} from '#12-request-processors/operations/reads.js';
import { reconfig } from '#12-request-processors/operations/reconfig.js';
import { closeSession } from '#12-request-processors/operations/session.js';
import { setAcl } from '#12-request-processors/operations/set-acl.js';
import { setData } from '#12-request-processors/operations/set-data.js';
import {
  addWatch,
  checkWatches,
  removeWatches,
  setWatches,
  setWatches2,
} from '#12-request-processors/operations/watches.js';

const operations = [
  ...[create, create2, createContainer, createTtl, deleteNode, setData, setAcl, multi, reconfig, closeSession],
  ...[exists, getData, getChildren, getChildren2, getAcl, getAllChildrenNumber, getEphemerals, multiRead, whoAmI],
  ...[setWatches, setWatches2, addWatch, checkWatches, removeWatches],
  ...[sync, ping],
] as readonly Operation[];

const operationTable: ReadonlyMap<number, Operation> = new Map(
  operations.map((operation) => [operation.opcode, operation]),
);

export interface DecodedRequest {
  readonly operation: Operation;
  /** As the operation's `decode` gives it. */
  readonly record: unknown;
}

/**
 * Reads the body of a request. One that can't be read is an operation too: it fails, but in its turn, and as a write
 * it gets its number in history like every other that fails.
 * @returns null when there is no such operation
 */
export function decodeRequest(opcode: number, archive: BinaryInputArchive): DecodedRequest | null {
  const operation = operationTable.get(opcode);
  if (!operation) return null;
  try {
    return { operation, record: operation.decode(archive) };
  } catch (error) {
    if (!(error instanceof ArchiveError) && !(error instanceof MultiTypeError)) throw error;
    return { operation: operation.kind === 'write' ? malformedWrite : malformedRead, record: null };
  }
}

const fail = (): never => {
  throw KeeperException.of(ErrorCode.MarshallingError);
};

const malformedWrite: WriteOperation<null> = {
  kind: 'write',
  opcode: OpCode.error,
  decode: fail,
  prepare: fail,
  answer() {},
};

const malformedRead: ReadOperation<null> = { kind: 'read', opcode: OpCode.error, decode: fail, answer: fail };
