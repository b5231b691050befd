/**
 * Does to a tree what a transaction says. This one function serves a request that was just made durable, the replay of
 * the log at start-up, and later the transactions that come from a leader.
 *
 * @apache server.DataTree#processTxn
 */
import type { Buffer } from 'node:buffer';
import { newStat } from '#01-data-model/data-node.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import { CONTAINER_OWNER, ttlOwner } from '#01-data-model/ephemeral-owner.js';
import { parentPath } from '#01-data-model/node-path.js';
import type { ACL, Stat } from '#05-jute/records/data.js';
import type { TxnHeader } from '#05-jute/records/txn.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, type SessionId } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';

/** What came of a transaction: what its reply is made of. */
export interface TxnResult {
  /** The opcode of the operation, or `error`. */
  readonly type: number;
  readonly error: ErrorCode;
  readonly path: string;
  /** Of the node created or changed, right after it. */
  readonly stat: Stat | null;
  /** Of a multi: one result per step. */
  readonly steps: readonly TxnResult[];
}

const NO_STEPS: readonly TxnResult[] = [];

export function applyTxn(tree: DataTree, header: TxnHeader, body: TxnBody): TxnResult {
  const result =
    body.type === OpCode.multi ? applyMulti(tree, header, body.record.steps) : applyOne(tree, header, body);
  // Only now: a snapshot that starts in between is named after the transactions that it holds whole.
  if (header.zxid > tree.lastProcessedZxid) tree.lastProcessedZxid = header.zxid;
  tree.digest?.transactionDone(header.zxid);
  return result;
}

function applyOne(tree: DataTree, header: TxnHeader, body: TxnBody): TxnResult {
  try {
    return applyStep(tree, header, body);
  } catch (error) {
    // Expected while a log is replayed over a snapshot that already holds some of it; never otherwise.
    if (!(error instanceof KeeperException)) throw error;
    return { type: body.type, error: error.code, path: '', stat: null, steps: NO_STEPS };
  } finally {
    if (tree.digest !== null) markChanged(tree, body);
  }
}

/** Tells the tree's digest which nodes have other numbers or data now. Of a step that failed, its parent may have. */
function markChanged(tree: DataTree, body: TxnBody): void {
  switch (body.type) {
    case OpCode.create:
    case OpCode.create2:
    case OpCode.createContainer:
    case OpCode.createTTL:
    case OpCode.delete:
    case OpCode.deleteContainer:
      tree.markChanged(parentPath(body.record.path ?? ''));
      return;
    case OpCode.setData:
    case OpCode.reconfig:
    case OpCode.setACL:
      tree.markChanged(body.record.path ?? '');
      return;
  }
}

function applyStep(tree: DataTree, header: TxnHeader, body: TxnBody): TxnResult {
  const { zxid, time } = header;
  switch (body.type) {
    case OpCode.create:
    case OpCode.create2: {
      const { path, data, acl, ephemeral, parentCVersion } = body.record;
      return create(tree, header, body.type, path, data, acl, ephemeral ? header.clientId : NO_SESSION, parentCVersion);
    }
    case OpCode.createContainer: {
      const { path, data, acl, parentCVersion } = body.record;
      return create(tree, header, body.type, path, data, acl, CONTAINER_OWNER, parentCVersion);
    }
    case OpCode.createTTL: {
      const { path, data, acl, ttl, parentCVersion } = body.record;
      return create(tree, header, body.type, path, data, acl, ttlOwner(ttl), parentCVersion);
    }
    case OpCode.delete:
    case OpCode.deleteContainer: {
      const path = body.record.path ?? '';
      tree.deleteNode(path, zxid);
      return done(body.type, path);
    }
    case OpCode.setData:
    case OpCode.reconfig: {
      const path = body.record.path ?? '';
      const node = tree.setData(path, body.record.data, body.record.version, zxid, time);
      return done(body.type, path, tree.stat(node));
    }
    case OpCode.setACL: {
      const path = body.record.path ?? '';
      const node = tree.setAcl(path, body.record.acl, body.record.version);
      return done(body.type, path, tree.stat(node));
    }
    case OpCode.closeSession: {
      const paths = (body.record?.paths2Delete as string[] | null | undefined) ?? null;
      const ended = new Set([...(paths ?? []), ...tree.ephemerals(header.clientId)]);
      tree.killSession(header.clientId, paths, zxid);
      for (const path of ended) tree.markChanged(parentPath(path));
      return done(body.type, '');
    }
    case OpCode.error:
      return { type: body.type, error: body.record.err as ErrorCode, path: '', stat: null, steps: NO_STEPS };
    case OpCode.check:
      return done(body.type, body.record.path ?? '');
    case OpCode.createSession:
      return done(body.type, '');
    case OpCode.multi:
      throw new Error('a multi inside a multi');
  }
}

/** All steps or none: when one is an error, none of them does anything, and each says how it would have gone. */
function applyMulti(tree: DataTree, header: TxnHeader, bodies: readonly TxnBody[]): TxnResult {
  const failedAt = bodies.findIndex(({ type }) => type === OpCode.error);
  const steps = bodies.map((body, i) => {
    if (failedAt === -1 || body.type === OpCode.error) return applyOne(tree, header, body);
    const error = i < failedAt ? ErrorCode.OK : ErrorCode.RuntimeInconsistency;
    return { type: OpCode.error, error, path: '', stat: null, steps: NO_STEPS };
  });
  const firstError = steps.find((step) => step.error !== ErrorCode.OK)?.error ?? ErrorCode.OK;
  return { type: OpCode.multi, error: firstError, path: '', stat: null, steps };
}

function create(
  tree: DataTree,
  header: TxnHeader,
  type: number,
  pathOrNull: string | null,
  data: Buffer | null,
  acl: ACL[] | null,
  owner: SessionId,
  parentCVersion: number,
): TxnResult {
  const path = pathOrNull ?? '';
  const node = tree.createNode(path, data, acl, newStat(header.zxid, header.time, owner), parentCVersion);
  // a plain create answers with the path alone
  return done(type, path, type === OpCode.create ? null : tree.stat(node));
}

const done = (type: number, path: string, stat: Stat | null = null): TxnResult => ({
  type,
  error: ErrorCode.OK,
  path,
  stat,
  steps: NO_STEPS,
});
