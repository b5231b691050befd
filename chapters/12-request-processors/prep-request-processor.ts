/**
 * The first processor: decides what each write does. It alone gives out zxids, one after the other, so the order in
 * which requests come by here is the order of history. A write that fails still gets a number, and a transaction that
 * says so: in an ensemble every server has to know why nothing happened.
 *
 * @apache server.PrepRequestProcessor
 */
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { type Zxid, zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import type { WriteOperation } from '#12-request-processors/operation.js';
import type { Request } from '#12-request-processors/request.js';
import type { ServerState } from '#12-request-processors/server-state.js';

export interface RequestProcessor {
  process(request: Request): void;
}

export class PrepRequestProcessor implements RequestProcessor {
  private readonly state: ServerState;
  private readonly next: RequestProcessor;
  private lastZxid: Zxid;

  /** @param lastZxid the last one that was given out, as the data on disk tell */
  constructor(state: ServerState, lastZxid: Zxid, next: RequestProcessor) {
    this.state = state;
    this.lastZxid = lastZxid;
    this.next = next;
  }

  process(request: Request): void {
    const txnZxid = zxid(this.lastZxid + 1n);
    const timeMs = this.state.clock.wallMs();
    this.lastZxid = txnZxid;
    const body = this.state.changes.decide(() => this.prepare(request, txnZxid, timeMs));
    request.txn = {
      header: { clientId: request.session.id, cxid: request.xid, zxid: txnZxid, time: timeMs, type: body.type },
      body,
      // What failed says only that; a multi that failed is a transaction like others.
      digest: body.type === OpCode.error ? null : this.state.changes.digestAfter(txnZxid),
    };
    this.next.process(request);
  }

  /** @throws {KeeperException} the request fails */
  private prepare(request: Request, txnZxid: Zxid, timeMs: number): TxnBody {
    const { state } = this;
    const operation = request.operation as WriteOperation;
    const { session, identities } = request;
    if (session.isClosing && !actsWithoutSession(operation.opcode)) throw KeeperException.of(ErrorCode.SessionExpired);
    return operation.prepare({ state, session, identities, zxid: txnZxid, timeMs }, request.record);
  }
}

/** The end of a session is asked for when it is closing already; containers are deleted by the server itself. */
const actsWithoutSession = (opcode: number): boolean =>
  opcode === OpCode.closeSession || opcode === OpCode.deleteContainer;
