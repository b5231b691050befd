import { parentPath } from '#01-data-model/node-path.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import { deleted } from '#12-request-processors/operations/delete.js';

/**
 * Ends a session: a client asked for it, or nobody has heard of the client for too long. The transaction names the
 * ephemeral nodes that go with it, so that every server deletes the same ones, in the same order.
 */
export const closeSession: WriteOperation<null> = {
  kind: 'write',
  opcode: OpCode.closeSession,
  decode: () => null,
  prepare({ state, session, zxid }) {
    const paths = state.changes.ephemerals(session.id);
    for (const path of paths) {
      const parent = state.changes.require(parentPath(path));
      state.changes.addToChildCount(parent, zxid, -1);
      state.changes.add(deleted(state.changes.require(path), zxid));
    }
    state.sessions.setClosing(session.id);
    // Without the list, each server deletes what it finds: servers before 3.6 can't read it.
    return { type: OpCode.closeSession, record: state.closeSessionTxnEnabled ? { paths2Delete: paths } : null };
  },
  answer() {},
};

/** Asked for by the server itself, when a client that has no session connects. */
export const createSession: WriteOperation<null> = {
  kind: 'write',
  opcode: OpCode.createSession,
  decode: () => {
    throw KeeperException.of(ErrorCode.Unimplemented);
  },
  prepare: ({ session }) => ({ type: OpCode.createSession, record: { timeOut: session.timeoutMs } }),
  answer() {},
};
