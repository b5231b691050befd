/**
 * One node as it will be when a transaction is done that was decided, and is not in the tree yet. It has all that the next
 * request may ask about the node, and all that goes into the node's digest.
 *
 * @apache server.ZooKeeperServer.ChangeRecord
 */
import type { Buffer } from 'node:buffer';
import { type DataNode, newStat } from '#01-data-model/data-node.js';
import type { DataTree } from '#01-data-model/data-tree.js';
import type { ACL, StatPersisted } from '#05-jute/records/data.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/** A node as it will be after the transaction `zxid`. */
export interface ChangeRecord extends StatPersisted {
  readonly zxid: Zxid;
  readonly path: string;
  /** False: the transaction deletes it. */
  exists: boolean;
  data: Buffer | null;
  childCount: number;
  acl: ACL[] | null;
  /** What the node adds to the digest of the tree; 0 until the transaction is decided. */
  digest: number;
  /** What the record was made from, until the transaction is decided; null for a new node. */
  previous: ChangeRecord | null;
  /** False: a later record of the same transaction says more of the node. Known when the transaction is decided. */
  isLast: boolean;
}

/** The record of a node that the transaction `zxid` creates. */
export const newRecord = (
  zxid: Zxid,
  timeMs: number,
  path: string,
  data: Buffer | null,
  acl: ACL[] | null,
  ephemeralOwner: SessionId,
): ChangeRecord => copy(zxid, path, data, newStat(zxid, timeMs, ephemeralOwner), 0, acl, null);

/** The record of the next transaction that touches a node, to be changed by whoever makes it. */
export const nextRecord = (record: Readonly<ChangeRecord>, zxid: Zxid): ChangeRecord =>
  copy(zxid, record.path, record.data, record, record.childCount, record.acl, record);

/** A node as it is: no transaction under way touches it. */
export function recordInTree(tree: DataTree, node: DataNode): Readonly<ChangeRecord> {
  const record = copy(tree.lastProcessedZxid, node.path, node.data, node, node.childCount, tree.acl(node), null);
  if (tree.digest !== null) record.digest = tree.digest.of(node);
  return record;
}

/** Written out, since this is done for every write: to spread another object takes several times as long. */
function copy(
  zxid: Zxid,
  path: string,
  data: Buffer | null,
  stat: Readonly<StatPersisted>,
  childCount: number,
  acl: ACL[] | null,
  previous: ChangeRecord | null,
): ChangeRecord {
  return {
    zxid,
    path,
    exists: true,
    data,
    czxid: stat.czxid,
    mzxid: stat.mzxid,
    ctime: stat.ctime,
    mtime: stat.mtime,
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    ephemeralOwner: stat.ephemeralOwner,
    pzxid: stat.pzxid,
    childCount,
    acl,
    digest: 0,
    previous,
    isLast: true,
  };
}
