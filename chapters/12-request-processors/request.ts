/**
 * A request on its way through the processors, and what the processors know of whoever sent it.
 */

import type { Watcher } from '#02-watch/watch-manager.js';
import type { Identities } from '#03-acl/access-control.js';
import type { BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { ErrorCode } from '#06-network-protocol/error-codes.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import type { Transaction } from '#06-network-protocol/txn.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import type { Operation } from '#12-request-processors/operation.js';
import type { RequestOrder } from '#12-request-processors/request-order.js';

/** Where a request came from and its reply goes: a client's connection. */
export interface Requester extends Watcher {
  readonly order: RequestOrder<Request>;
  /** The connection is closed: nobody reads an answer, and no watch may be set. */
  readonly isClosed: boolean;
  /** How many of its requests wait before the first processor. */
  throttledCount: number;

  /** Begins a reply. Its body, if any, goes into the archive; then comes `endReply`. */
  beginReply(xid: number): BinaryOutputArchive;
  /** Ends the reply that was begun. With an error, what was written as its body is dropped. */
  endReply(zxid: Zxid, error: ErrorCode): void;

  /** The session that was asked for is durable. */
  sessionCreated(session: Session): void;
  /** Sends what is written, then closes. */
  closeAfterReplies(): void;
  /** Closes at once, without an answer. */
  close(): void;
}

export interface Request {
  /** Null for what the server asks of itself, such as closing an expired session. */
  readonly requester: Requester | null;
  readonly session: Session;
  /** What the client had proved to be when it asked. */
  readonly identities: Identities;
  readonly xid: number;
  readonly operation: Operation;
  /** The decoded body, of the type that the operation's `decode` gives. */
  readonly record: unknown;
  /** When it was read, in monotonic milliseconds. */
  readonly receivedMs: number;
  /** The length of its frame, if that makes it a large one; 0 otherwise. */
  readonly largeBytes: number;

  /** Set by the first processor, for writes: what will be done, or that it failed. */
  txn: Transaction | null;
}
