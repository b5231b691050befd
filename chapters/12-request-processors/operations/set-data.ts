import type { Buffer } from 'node:buffer';
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
  prepare({ state, identities, zxid, timeMs }, request) {
    const path = requireValidPath(request.path);
    const node = state.changes.require(path);
    state.access.check(node.acl, Perms.write, identities);
    state.checkQuota(path, 0, dataBytes(request.data) - dataBytes(node.data));
    const version = nextVersion(node.version, request.version);
    const changed = nextRecord(node, zxid);
    changed.data = request.data;
    changed.version = version;
    changed.mzxid = zxid;
    changed.mtime = timeMs;
    state.changes.add(changed);
    return { type: OpCode.setData, record: { path, data: request.data, version } };
  },
  answer(result, reply) {
    if (result.stat) SetDataResponse.write(reply, { stat: result.stat });
  },
};

const dataBytes = (data: Buffer | null): number => (data === null ? 0 : data.length);
