/** For tests: what the processors need around them, without a server. */
import { Buffer } from 'node:buffer';
import type { Clock, Timer } from '#00-introduction/world.js';
import { DataTree } from '#01-data-model/data-tree.js';
import { TreeWatches } from '#02-watch/watch-manager.js';
import { AccessControl, type Identities } from '#03-acl/access-control.js';
import { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ErrorCode } from '#06-network-protocol/error-codes.js';
import { sessionId, type Zxid } from '#06-network-protocol/ids.js';
import { type Session, SessionTracker } from '#11-session-buckets/session-tracker.js';
import type { Operation } from '#12-request-processors/operation.js';
import { OutstandingChanges } from '#12-request-processors/outstanding-changes.js';
import type { Request, Requester } from '#12-request-processors/request.js';
import { RequestOrder } from '#12-request-processors/request-order.js';
import { RequestsInProcess } from '#12-request-processors/requests-in-process.js';
import type { ServerState } from '#12-request-processors/server-state.js';
import { ServerStats } from '#12-request-processors/server-stats.js';

/** Time stands still, and a turn ends, when the test says so. */
export class ManualClock implements Clock {
  nowMs = 1000;
  private turn: (() => void)[] = [];
  private timers: { readonly atMs: number; readonly run: () => void }[] = [];

  monotonicMs(): number {
    return this.nowMs;
  }
  wallMs(): number {
    return 1_767_225_600_000 + this.nowMs;
  }
  schedule(delayMs: number, run: () => void): Timer {
    const timer = { atMs: this.nowMs + delayMs, run };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((each) => each !== timer);
      },
    };
  }
  /** Lets time pass; what is due by then is done. */
  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const [next] = this.timers.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.timers = this.timers.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }
  atEndOfTurn(run: () => void): void {
    this.turn.push(run);
  }

  /** @returns how many were waiting for it */
  endTurn(): number {
    const turn = this.turn;
    this.turn = [];
    for (const run of turn) run();
    return turn.length;
  }
}

/** The state of a server with a fresh tree, and one session or several. */
export function newState(sessionCount = 1): ServerState & { readonly clock: ManualClock; readonly open: Session[] } {
  const clock = new ManualClock();
  const tree = DataTree.fresh({ extendedTypes: true });
  const watches = new TreeWatches();
  tree.listener = watches;
  const sessions = new SessionTracker(clock, 2000, sessionId(0x100n), () => {});
  const open = Array.from({ length: sessionCount }, () => sessions.track(sessions.newId(), 4000));
  return {
    clock,
    tree,
    watches,
    access: new AccessControl({ skipAcl: false, superDigest: '' }),
    sessions,
    changes: new OutstandingChanges(tree),
    stats: new ServerStats(),
    inProcess: new RequestsInProcess(),
    closeSessionTxnEnabled: true,
    checkQuota() {},
    open,
  };
}

export interface RequestOptions {
  readonly requester?: Requester | null;
  readonly xid?: number;
  readonly identities?: Identities;
  readonly receivedMs?: number;
}

export function newRequest(
  session: Session,
  operation: Operation,
  record: unknown,
  options: RequestOptions = {},
): Request {
  const { requester = null, xid = 0, identities = [], receivedMs = 1000 } = options;
  return {
    requester,
    session,
    identities,
    xid,
    operation,
    record,
    receivedMs,
    largeBytes: 0,
    txn: null,
  };
}

export interface Reply {
  readonly xid: number;
  readonly zxid: Zxid;
  readonly error: ErrorCode;
  readonly body: Buffer;
}

/** A client's connection that remembers what went out. */
export class TestRequester implements Requester {
  readonly order = new RequestOrder<Request>();
  isClosed = false;
  throttledCount = 0;
  readonly replies: Reply[] = [];
  /** What happened, in order. */
  readonly transcript: string[] = [];
  private readonly archive = new BinaryOutputArchive();
  private xid = 0;

  beginReply(xid: number): BinaryOutputArchive {
    this.archive.reset();
    this.xid = xid;
    return this.archive;
  }

  endReply(zxid: Zxid, error: ErrorCode): void {
    this.replies.push({ xid: this.xid, zxid, error, body: Buffer.from(this.archive.bytes()) });
    this.transcript.push(`reply ${this.xid}`);
  }

  sessionCreated(session: Session): void {
    this.transcript.push(`session 0x${session.id.toString(16)}`);
  }

  closeAfterReplies(): void {
    this.transcript.push('close');
  }

  close(): void {
    this.isClosed = true;
    this.transcript.push('close at once');
  }

  process(type: number, path: string): void {
    this.transcript.push(`event ${type} ${path}`);
  }
}
