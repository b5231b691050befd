/**
 * An operation: all that the processors need to know about one opcode. They themselves know none.
 *
 * A read is answered from the tree. A write is turned into a transaction (`prepare`), which is made durable and
 * applied to the tree like every other (`applyTxn`); the result makes the reply.
 */

import type { TxnResult } from '#01-data-model/apply-txn.js';
import type { Watcher } from '#02-watch/watch-manager.js';
import type { Identities } from '#03-acl/access-control.js';
import type { BinaryInputArchive, BinaryOutputArchive } from '#04-serialization/binary-archive.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import type { Session } from '#11-session-buckets/session-tracker.js';
import type { ServerState } from '#12-request-processors/server-state.js';

export type Operation = ReadOperation | WriteOperation;

/** Who asks. */
export interface Client {
  readonly session: Session;
  /** What the client had proved to be when it asked. */
  readonly identities: Identities;
  /** Hears of changes, if the request sets a watch. */
  readonly watcher: Watcher;
}

/** @typeParam R the request's record */
export interface ReadOperation<R = unknown> {
  readonly kind: 'read';
  readonly opcode: number;
  /** @throws {ArchiveError} the bytes are no such record */
  decode(archive: BinaryInputArchive): unknown;
  /**
   * Done before the reply is begun: events that it causes stand before the reply.
   * @throws {KeeperException} the request fails; what was done until then stays
   */
  beforeReply?(state: ServerState, record: R, client: Client): void;
  /**
   * Writes the body of the reply.
   * @throws {KeeperException} the request fails; what is written so far is dropped
   */
  answer(state: ServerState, record: R, reply: BinaryOutputArchive, client: Client): void;
}

/** What a write is decided by, besides the state: the number and time that its transaction will have. */
export interface TxnContext {
  readonly state: ServerState;
  readonly session: Session;
  readonly identities: Identities;
  readonly zxid: Zxid;
  readonly timeMs: number;
}

export interface WriteOperation<R = unknown> {
  readonly kind: 'write';
  readonly opcode: number;
  /** @throws {ArchiveError} the bytes are no such record */
  decode(archive: BinaryInputArchive): unknown;
  /**
   * Checks the request against the tree plus all that is under way, decides what it does, and notes the change records.
   * @throws {KeeperException} the request fails, and its change records are taken back
   */
  prepare(context: TxnContext, record: R): TxnBody;
  /** Writes the body of the reply. */
  answer(result: TxnResult, reply: BinaryOutputArchive): void;
}
