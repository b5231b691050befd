/**
 * Several writes as one transaction: all of them happen, or none. Each step is prepared on top of the ones before it,
 * as if they were done already. When one fails, the change records of the others are taken back, and the transaction
 * that goes into the log says for each step why it did nothing.
 *
 * A failed multi is still answered with error 0: each step has its own result.
 */
import type { TxnResult } from '#01-data-model/apply-txn.js';
import { isContainer, isCreateMode, isTtl } from '#06-network-protocol/create-mode.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { type MultiResult, type MultiStep, readMultiRequest, writeMultiResponse } from '#06-network-protocol/multi.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import type { TxnContext, WriteOperation } from '#12-request-processors/operation.js';
import { check } from '#12-request-processors/operations/check.js';
import { create, create2, createContainer, createTtl } from '#12-request-processors/operations/create.js';
import { deleteNode } from '#12-request-processors/operations/delete.js';
import { requirePath } from '#12-request-processors/operations/request-path.js';
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
    if (!steps.every(isWrite)) throw KeeperException.of(ErrorCode.MarshallingError);
    const bodies = context.state.changes.decideSteps(steps.map(asMeant), (step) => prepareStep(context, step));
    if (bodies.some(isNotUnderstood)) throw KeeperException.of(ErrorCode.MarshallingError);
    return { type: OpCode.multi, record: { steps: bodies } };
  },
  answer(result, reply) {
    writeMultiResponse(reply, result.steps.map(toMultiResult));
  },
};

/** Without it, it is no multi: none of the steps is even tried. */
const isWrite = ({ type }: MultiStep): boolean => stepOperations.has(type);

/**
 * What a step is, as its type and its flags say together: here, and only here, flags make a container.
 * @throws {KeeperException} MarshallingError: there is no such step, and so no such multi; a wrong path, on the other
 *   hand, fails its step
 */
function asMeant(step: MultiStep): MultiStep {
  requirePath(step.record.path);
  switch (step.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer: {
      const { flags } = step.record;
      if (!isCreateMode(flags) || isTtl(flags)) throw KeeperException.of(ErrorCode.MarshallingError);
      return isContainer(flags) ? { type: OpCode.createContainer, record: step.record } : step;
    }
    case OpCode.createTTL: {
      const { ttl: _, ...record } = step.record;
      return isCreateMode(record.flags) && isTtl(record.flags) ? step : { type: OpCode.create, record };
    }
    default:
      return step;
  }
}

/** What can't be understood inside a step fails the whole. */
const isNotUnderstood = (body: TxnBody): boolean =>
  body.type === OpCode.error && body.record.err === ErrorCode.MarshallingError;

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
