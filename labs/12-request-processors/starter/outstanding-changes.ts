/**
 * Between the moment a transaction is decided and the moment it is in the tree, the next requests must already see
 * what it will have done: two clients that set version 3 at the same time can't both succeed. So the first processor
 * decides on the tree *plus* these records, one for each node that a transaction under way touches. The last processor
 * says what has arrived in the tree.
 *
 * Invariants: records stand in the order of their zxids; by path one finds the newest; what was refused has left no
 * record.
 *
 * @apache server.ZooKeeperServer#outstandingChanges
 */
import type { DataTree } from '#01-data-model/data-tree.js';
import { PathMap } from '#01-data-model/path-map.js';
import { type AdHash, DIGEST_VERSION, nodeDigest } from '#01-data-model/tree-digest.js';
import type { TxnDigest } from '#05-jute/records/txn.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';
import { OpCode } from '#06-network-protocol/opcodes.js';
import type { TxnBody } from '#06-network-protocol/txn.js';
import { type ChangeRecord, nextRecord, recordInTree } from '#12-request-processors/change-record.js';

export { type ChangeRecord, newRecord, nextRecord } from '#12-request-processors/change-record.js';

export class OutstandingChanges {
  private readonly tree: DataTree;
  /** Oldest first. Those before `head` are in the tree already. */
  private records: ChangeRecord[] = [];
  private head = 0;
  /** By path. */
  private readonly newest = new PathMap<ChangeRecord>();
  /** What stood in `newest` before each record of the request that is being decided; undefined: nothing. */
  private replaced: (ChangeRecord | undefined)[] = [];

  /** The digest of the tree after all that is under way; null when digests are switched off. */
  private readonly digestSum: AdHash | null;

  constructor(tree: DataTree) {
    this.tree = tree;
    this.digestSum = tree.digest?.copySum() ?? null;
  }

  /**
   * The node as the next transaction will find it: as the newest record of its path says, or else as it is in the tree. The
   * caller changes nothing in it: `nextRecord` makes a copy to be changed.
   * @returns undefined when there will be no such node, be it that a transaction under way deletes it
   * @apache server.PrepRequestProcessor#getRecordForPath
   * @lab 12.1
   */
  find(path: string): Readonly<ChangeRecord> | undefined {
    throw new Error('lab 12.1 is not written yet: OutstandingChanges.find');
  }

  /** @throws {KeeperException} NoNode */
  require(path: string): Readonly<ChangeRecord> {
    const record = this.find(path);
    if (record === undefined) throw KeeperException.of(ErrorCode.NoNode);
    return record;
  }

  /**
   * Notes what the request that is being decided does to a node. From now on `find` gives this record, until there is a
   * newer one, or the transaction is in the tree.
   * @lab 12.1
   */
  add(record: ChangeRecord): void {
    throw new Error('lab 12.1 is not written yet: OutstandingChanges.add');
  }

  /**
   * Notes that a child of the node comes (1) or goes (-1). The `cversion` counts the children that came: the next sequence
   * number is made of it. It has 32 bits, and wraps. The `pzxid` is that of this transaction.
   *
   * A multi may bring many children to one node. Its own record of the parent may be changed, since all its records stay
   * or go together; one of an earlier transaction never.
   * @param parent as `require` gives it
   * @lab 12.1
   */
  addToChildCount(parent: Readonly<ChangeRecord>, zxid: Zxid, difference: 1 | -1): void {
    throw new Error('lab 12.1 is not written yet: OutstandingChanges.addToChildCount');
  }

  /**
   * Decides one request, which either adds its records, or leaves none: when `prepare` throws a KeeperException, all that
   * it has added is taken back, so that the next request finds what it would have found without this one. What it costs must
   * not depend on how many are under way.
   * @param prepare checks the request, adds its records, and returns its transaction
   * @returns the transaction of `prepare`; when it throws a KeeperException, an `error` transaction with that code
   * @throws whatever else `prepare` throws
   * @apache server.PrepRequestProcessor#pRequest
   * @lab 12.2
   */
  decide(prepare: () => TxnBody): TxnBody {
    throw new Error('lab 12.2 is not written yet: OutstandingChanges.decide');
  }

  /**
   * Decides the steps of a multi, within `decide`: all of them, or none. Each step is prepared on top of those before it.
   * When one fails, the records of all steps are taken back, and no more are prepared.
   * @param prepare the same for one step
   * @returns a transaction for each step. When one fails: its own is an `error` with its code, those before it stay as they
   * are (what applies a multi that has an error in it does none of them), and those after it are `error` with
   * RuntimeInconsistency
   * @throws whatever else `prepare` throws
   * @apache server.PrepRequestProcessor#rollbackPendingChanges
   * @lab 12.3
   */
  decideSteps<S>(steps: readonly S[], prepare: (step: S) => TxnBody): TxnBody[] {
    throw new Error('lab 12.3 is not written yet: OutstandingChanges.decideSteps');
  }

  /**
   * Transactions up to `zxid` are in the tree now: their records have done their work. Where a later transaction has a
   * newer record, that one stays. Called for each transaction: what it costs must not depend on how many are under way, and
   * what is kept must not grow with how many have gone by, even if some are under way all the time.
   * @apache server.FinalRequestProcessor#processRequest
   * @lab 12.4
   */
  applied(zxid: Zxid): void {
    throw new Error('lab 12.4 is not written yet: OutstandingChanges.applied');
  }

  /**
   * The ephemeral nodes that a session will own once all that is under way is done: what goes with the session when it
   * ends.
   * @returns paths; those in the tree first, then those under way, in the order of their creation
   * @apache server.PrepRequestProcessor#pRequest2Txn
   * @lab 12.5
   */
  ephemerals(owner: SessionId): string[] {
    throw new Error('lab 12.5 is not written yet: OutstandingChanges.ephemerals');
  }

  /**
   * The digest of the tree after the transaction that was decided last. To be asked for once after each that did not fail.
   * @returns null when digests are switched off
   */
  digestAfter(zxid: Zxid): TxnDigest | null {
    const { records, digestSum } = this;
    // Backwards: of several records of one node, the last one says how it will be.
    for (let i = records.length - 1; i >= this.head; i--) {
      const record = records[i] as ChangeRecord;
      if (record.zxid !== zxid) break;
      const before = beforeTxn(record);
      // With digests or without: else a node that is written without a break would keep its whole past.
      record.previous = null;
      if (digestSum === null || !record.isLast) continue;
      record.digest = record.exists ? nodeDigest(record.path, record.data, record) : 0;
      digestSum.remove(before?.digest ?? 0);
      digestSum.add(record.digest);
    }
    return digestSum === null ? null : { version: DIGEST_VERSION, treeDigest: digestSum.value };
  }

  /** Hands the digests of the nodes that a transaction has changed to the tree, which has them as they are in its records. */
  giveDigests(zxid: Zxid): void {
    if (this.digestSum === null) return;
    for (let i = this.head; i < this.records.length; i++) {
      const record = this.records[i] as ChangeRecord;
      if (record.zxid > zxid) return;
      if (record.exists && record.isLast) this.tree.giveDigest(record.path, record.digest);
    }
  }

  /** How many records there are. */
  get count(): number {
    return this.records.length - this.head;
  }
}

/**
 * What the node was before the transaction of a record: the transaction's own records in between are not the last ones.
 * @returns null: it was not there
 */
function beforeTxn({ previous, zxid }: ChangeRecord): ChangeRecord | null {
  let before = previous;
  while (before !== null && before.zxid === zxid) {
    before.isLast = false;
    before = before.previous;
  }
  return before;
}
