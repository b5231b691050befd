/**
 * Between the moment a transaction is decided and the moment it is in the tree, the next requests must already see
 * what it will have done: two clients that set version 3 at the same time can't both succeed. So the first processor
 * decides on the tree *plus* these records, one for each node that a transaction under way touches.
 *
 * Invariants: records stand in the order of their zxids; by path one finds the newest.
 *
 * @apache server.ZooKeeperServer#outstandingChanges
 */
import type { DataTree } from '#01-data-model/data-tree.js';
import type { ACL } from '#05-jute/records/data.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/** A node as it will be after the transaction `zxid`. */
export interface ChangeRecord {
  readonly zxid: Zxid;
  readonly path: string;
  /** False: the transaction deletes it. */
  exists: boolean;
  dataBytes: number;
  version: number;
  cversion: number;
  aversion: number;
  ephemeralOwner: SessionId;
  childCount: number;
  acl: ACL[] | null;
}

/**
 * The record of the next transaction that touches a node, to be changed by whoever makes it.
 *
 * Written out, since this is done for every write: to spread the old one takes several times as long.
 */
export const nextRecord = (record: Readonly<ChangeRecord>, zxid: Zxid): ChangeRecord => ({
  zxid,
  path: record.path,
  exists: record.exists,
  dataBytes: record.dataBytes,
  version: record.version,
  cversion: record.cversion,
  aversion: record.aversion,
  ephemeralOwner: record.ephemeralOwner,
  childCount: record.childCount,
  acl: record.acl,
});

export class OutstandingChanges {
  private readonly tree: DataTree;
  private records: ChangeRecord[] = [];
  private head = 0;
  private readonly newest = new Map<string, ChangeRecord>();
  /** What the records of the transaction being prepared replaced. */
  private replaced: { path: string; record: ChangeRecord | undefined }[] = [];

  constructor(tree: DataTree) {
    this.tree = tree;
  }

  /** The node as the next transaction will find it. Undefined when there is none. */
  find(path: string): Readonly<ChangeRecord> | undefined {
    const record = this.newest.get(path);
    if (record !== undefined) return record.exists ? record : undefined;
    const node = this.tree.get(path);
    if (node === undefined) return undefined;
    return {
      zxid: this.tree.lastProcessedZxid,
      path,
      exists: true,
      dataBytes: node.data === null ? 0 : node.data.length,
      version: node.version,
      cversion: node.cversion,
      aversion: node.aversion,
      ephemeralOwner: node.ephemeralOwner,
      childCount: node.childCount,
      acl: this.tree.acl(node),
    };
  }

  /** @throws {KeeperException} NoNode */
  require(path: string): Readonly<ChangeRecord> {
    const record = this.find(path);
    if (record === undefined) throw KeeperException.of(ErrorCode.NoNode);
    return record;
  }

  /** A child of the node comes (1) or goes (-1). */
  addToChildCount(parent: Readonly<ChangeRecord>, zxid: Zxid, difference: 1 | -1): void {
    const record = nextRecord(parent, zxid);
    record.childCount += difference;
    if (difference === 1) record.cversion = (record.cversion + 1) | 0;
    this.add(record);
  }

  add(record: ChangeRecord): void {
    this.replaced.push({ path: record.path, record: this.newest.get(record.path) });
    this.records.push(record);
    this.newest.set(record.path, record);
  }

  /** Everything added since is part of the next transaction, and can be taken back. */
  begin(): void {
    this.replaced.length = 0;
  }

  /** Takes back what was added since `begin`. */
  rollback(): void {
    for (let i = this.replaced.length - 1; i >= 0; i--) {
      const { path, record } = this.replaced[i] as { path: string; record: ChangeRecord | undefined };
      if (record === undefined) this.newest.delete(path);
      else this.newest.set(path, record);
      this.records.pop();
    }
    this.replaced.length = 0;
  }

  /** Transactions up to `zxid` are in the tree now. */
  applied(zxid: Zxid): void {
    while (this.head < this.records.length) {
      const record = this.records[this.head] as ChangeRecord;
      if (record.zxid > zxid) break;
      this.head++;
      if (this.newest.get(record.path) === record) this.newest.delete(record.path);
    }
    if (this.head === this.records.length) {
      this.records.length = 0;
      this.head = 0;
    } else if (this.head >= 4096) {
      this.records = this.records.slice(this.head);
      this.head = 0;
    }
  }

  /** The ephemeral nodes that a session will own once all that is under way is done. */
  ephemerals(owner: SessionId): string[] {
    const paths = new Set(this.tree.ephemerals(owner));
    for (let i = this.head; i < this.records.length; i++) {
      const record = this.records[i] as ChangeRecord;
      if (!record.exists) paths.delete(record.path);
      else if (record.ephemeralOwner === owner) paths.add(record.path);
    }
    return [...paths];
  }

  get count(): number {
    return this.records.length - this.head;
  }
}
