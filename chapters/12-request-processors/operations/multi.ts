/**
 * Several writes as one transaction: all of them happen, or none. Each step is prepared on top of the ones before it,
 * as if they were done already. When one fails, the change records of the others are taken back, and the transaction
 * that goes into the log says for each step why it did nothing.
 *
 * A failed multi is still answered with error 0: each step has its own result.
 */
import type { TxnResult } from '#01-data-model/apply-txn.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { type MultiResult, type MultiStep, readMultiRequest, writeMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { type TxnBody, toTxnRecord } from '#06-network-protocol/txn.js';
import type { TxnContext, WriteOperation } from '#12-request-processors/operation.js';
import { check } from '#12-request-processors/operations/check.js';
import { create, create2, createContainer, createTtl } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { setData } from '#12-request-processors/operations/set-data.js';

const stepOperations: ReadonlyMap<number, WriteOperation> = new Map<number, WriteOperation>(
  [create, create2, createContainer, createTtl, deleteNode, setData, check].map((operation) => [
    operation.opcode,
    operation,
  ]),
);

export const multi: WriteOperation<MultiStep[]> = {
  kind: 'write',
  opcode: OpCode.multi,
  decode: readMultiRequest,
  prepare(context, steps) {
    if (!steps.every(isWriteWithPath)) throw KeeperException.of(ErrorCode.MarshallingError);
    const bodies = context.state.changes.decideSteps(steps, (step) => prepareStep(context, step));
    return { type: OpCode.multi, record: { txns: bodies.map(toTxnRecord) } };
  },
  answer(result, reply) {
    writeMultiResponse(reply, result.steps.map(toMultiResult));
  },
};

/** Without it, it is no multi: none of the steps is even tried. */
const isWriteWithPath = ({ type, record }: MultiStep): boolean => stepOperations.has(type) && record.path !== null;

function prepareStep(context: TxnContext, step: MultiStep): TxnBody {
  return (stepOperations.get(step.type) as WriteOperation).prepare(context, step.record);
}

function toMultiResult(step: TxnResult): MultiResult {
  switch (step.type) {
    case OpCode.create:
      return { type: OpCode.create, path: step.path };
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
      if (step.stat) return { type: OpCode.create2, path: step.path, stat: step.stat };
      break;
    case OpCode.setData:
      if (step.stat) return { type: OpCode.setData, stat: step.stat };
      break;
    case OpCode.delete:
    case OpCode.check:
      if (step.error === ErrorCode.OK) return { type: step.type };
      break;
  }
  return { type: OpCode.error, error: step.error };
}
