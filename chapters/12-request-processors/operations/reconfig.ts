import { ReconfigRequest } from '#05-jute/records/proto.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';

/** Changes who is a member of the ensemble. A server that is alone has none. */
export const reconfig: WriteOperation<ReconfigRequest> = {
  kind: 'write',
  opcode: OpCode.reconfig,
  decode: ReconfigRequest.read,
  prepare: () => {
    throw KeeperException.of(ErrorCode.ReconfigDisabled);
  },
  answer() {},
};
