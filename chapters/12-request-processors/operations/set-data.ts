import { SetDataRequest, SetDataResponse } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { requireValidPath } from '#12-request-processors/operations/request-path.js';
import { nextVersion } from '#12-request-processors/operations/versions.js';
import { nextRecord } from '#12-request-processors/outstanding-changes.js';

export const setData: WriteOperation<SetDataRequest> = {
  kind: 'write',
  opcode: OpCode.setData,
  decode: SetDataRequest.read,
  prepare({ state, identities, zxid }, request) {
    const path = requireValidPath(request.path);
    const node = state.changes.require(path);
    state.access.check(node.acl, Perms.write, identities);
    const dataBytes = request.data === null ? 0 : request.data.length;
    state.checkQuota(path, 0, dataBytes - node.dataBytes);
    const version = nextVersion(node.version, request.version);
    const changed = nextRecord(node, zxid);
    changed.dataBytes = dataBytes;
    changed.version = version;
    state.changes.add(changed);
    return { type: OpCode.setData, record: { path, data: request.data, version } };
  },
  answer(result, reply) {
    if (result.stat) SetDataResponse.write(reply, { stat: result.stat });
  },
};
