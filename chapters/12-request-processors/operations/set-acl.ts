import { SetACLRequest, SetACLResponse } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { requireValidPath } from '#12-request-processors/operations/request-path.js';
import { nextVersion } from '#12-request-processors/operations/versions.js';
import { nextRecord } from '#12-request-processors/outstanding-changes.js';

/** The version that a client expects is that of the ACL, not of the data. */
export const setAcl: WriteOperation<SetACLRequest> = {
  kind: 'write',
  opcode: OpCode.setACL,
  decode: SetACLRequest.read,
  prepare({ state, identities, zxid }, request) {
    const path = requireValidPath(request.path);
    const acl = state.access.normalize(request.acl, identities);
    const node = state.changes.require(path);
    state.access.check(node.acl, Perms.admin, identities);
    const aversion = nextVersion(node.aversion, request.version);
    const changed = nextRecord(node, zxid);
    changed.aversion = aversion;
    changed.acl = acl;
    state.changes.add(changed);
    return { type: OpCode.setACL, record: { path, acl, version: aversion } };
  },
  answer(result, reply) {
    if (result.stat) SetACLResponse.write(reply, { stat: result.stat });
  },
};
