/**
 * The last processor: applies transactions that are durable, and answers. Watches are triggered by the change itself,
 * so whoever changes a node that he watches reads the event before the reply.
 *
 * @apache server.FinalRequestProcessor
 */
import { applyTxn, type TxnResult } from '#01-data-model/apply-txn.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import { Xid } from '#06-network-protocol/xids.js';
import type { ReadOperation, WriteOperation } from '#12-request-processors/operation.js';
import type { RequestProcessor } from '#12-request-processors/prep-request-processor.js';
import type { Request, Requester } from '#12-request-processors/request.js';
import type { ServerState } from '#12-request-processors/server-state.js';

export class FinalRequestProcessor implements RequestProcessor {
  private readonly state: ServerState;
  private readonly answerRead = (request: Request): void => this.read(request);

  constructor(state: ServerState) {
    this.state = state;
  }

  /** A write, durable now. Reads of the same client that waited for it follow. */
  process(request: Request): void {
    const result = this.apply(request);
    const { requester } = request;
    this.state.inProcess.finished(request);
    if (!requester) return;
    this.answerWrite(request, result, requester);
    this.state.stats.answered(request.receivedMs);
    requester.order.completed(request, this.answerRead);
  }

  /** A read that waits for nothing. */
  read(request: Request): void {
    const { requester, session, identities, record } = request;
    this.state.inProcess.finished(request);
    if (!requester || requester.isClosed) return;
    const operation = request.operation as ReadOperation;
    const client = { session, identities, watcher: requester };
    let error: ErrorCode = ErrorCode.OK;
    try {
      if (session.isClosing) throw KeeperException.of(ErrorCode.SessionExpired);
      operation.beforeReply?.(this.state, record, client);
    } catch (failure) {
      error = errorCodeOf(failure);
    }
    const reply = requester.beginReply(operation.opcode === OpCode.ping ? Xid.ping : request.xid);
    try {
      if (error === ErrorCode.OK) operation.answer(this.state, record, reply, client);
    } catch (failure) {
      error = errorCodeOf(failure);
    }
    requester.endReply(this.state.tree.lastProcessedZxid, error);
    this.state.stats.reads++;
    this.state.stats.answered(request.receivedMs);
  }

  private apply({ txn }: Request): TxnResult | null {
    if (!txn) return null;
    const { header, body } = txn;
    const result = applyTxn(this.state.tree, header, body);
    if (body.type === OpCode.closeSession) this.state.sessions.remove(header.clientId);
    this.state.changes.giveDigests(header.zxid);
    this.state.changes.applied(header.zxid);
    return result;
  }

  private answerWrite(request: Request, result: TxnResult | null, requester: Requester): void {
    const operation = request.operation as WriteOperation;
    if (operation.opcode === OpCode.createSession) {
      requester.sessionCreated(request.session);
      return;
    }
    const reply = requester.beginReply(request.xid);
    // a multi tells its errors step by step
    const isError = result !== null && result.error !== ErrorCode.OK && result.type !== OpCode.multi;
    if (result && !isError) operation.answer(result, reply);
    requester.endReply(this.state.tree.lastProcessedZxid, isError ? result.error : ErrorCode.OK);
    if (operation.opcode === OpCode.closeSession) requester.closeAfterReplies();
  }
}

function errorCodeOf(failure: unknown): ErrorCode {
  if (failure instanceof KeeperException) return failure.code;
  throw failure;
}
