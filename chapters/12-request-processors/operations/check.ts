import { CheckVersionRequest } from '#05-jute/records/proto.js';
import { Perms } from '#06-network-protocol/acls.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { requireValidPath } from '#12-request-processors/operations/request-path.js';
import { nextVersion } from '#12-request-processors/operations/versions.js';

/** Changes nothing, but makes the multi around it fail when the version is another. Only allowed there. */
export const check: WriteOperation<CheckVersionRequest> = {
  kind: 'write',
  opcode: OpCode.check,
  decode: CheckVersionRequest.read,
  prepare({ state, identities }, request) {
    const path = requireValidPath(request.path);
    const node = state.changes.require(path);
    state.access.check(node.acl, Perms.read, identities);
    return { type: OpCode.check, record: { path, version: nextVersion(node.version, request.version) } };
  },
  answer() {},
};
