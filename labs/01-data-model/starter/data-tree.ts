/**
 * The tree, as transactions change it: nodes are created, changed and deleted, and each change leaves its traces in the
 * numbers of the node and of its parent.
 *
 * Everything here is done by numbers that come from outside (zxid, time, versions): applying one transaction to two
 * equal trees leaves two equal trees. Applying it again to a tree that has it already does no harm, because a snapshot
 * may hold the effects of transactions that are replayed on top of it. Parts of the tree may then be newer than the
 * transaction; it brings the rest up to date, and turns nothing back for good.
 *
 * @apache server.DataTree
 */
import type { Buffer } from 'node:buffer';
import { DataNode } from '#01-data-model/data-node.js';
import { parentPath } from '#01-data-model/node-path.js';
import { NodeStore, type NodeStoreOptions } from '#01-data-model/node-store.js';
import type { ACL, Stat, StatPersisted } from '#05-jute/records/data.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, NO_ZXID, type SessionId, type Zxid } from '#06-network-protocol/ids.js';

/** Hears of each change, after it was made. */
export interface TreeListener {
  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void;
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void;
  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void;
}

export class DataTree extends NodeStore {
  /** The zxid of the last transaction that was applied. */
  lastProcessedZxid: Zxid = NO_ZXID;
  /** Hears of changes from now on; nobody does while a tree is loaded. */
  listener: TreeListener | null = null;

  /** The tree of a server that starts for the first time. */
  static fresh(options: NodeStoreOptions): DataTree {
    const tree = new DataTree(options);
    tree.createReservedNodes();
    return tree;
  }

  /**
   * What a client is told about a node. Three of the numbers are not as the node keeps them:
   *
   * - `cversion` counts all changes of the list of children. The node's own field counts the creates alone; every child
   *   that was created and is not there any more was deleted. As all counters it has 32 bits, and wraps.
   * - `ephemeralOwner` is shown of an ephemeral node only; other kinds have a marker in it (`kind` tells), and show
   *   `NO_SESSION`.
   * - `dataLength` is in bytes; no data (null) are 0 bytes.
   * @apache server.DataNode#copyStat
   * @lab 01.1
   */
  stat(node: DataNode): Stat {
    throw new Error('lab 01.1 is not written yet: DataTree.stat');
  }

  /**
   * Creates a node (`insert` puts it where it belongs), and leaves its trace in the parent: the parent's `cversion`
   * becomes `parentCVersion` and its `pzxid` the zxid of this create. Both go only forwards, and together: a parent that
   * has this cversion already, or a later one, stays as it is.
   *
   * In a replay the node may be there already. Then its parent may still be older, and the node's list of rights may
   * have a number that means nothing any more: both are brought up to date (`replaceAcl`), the node itself stays.
   * @param stat the numbers of the new node; its czxid is the zxid of the transaction
   * @param parentCVersion what the parent's cversion becomes; -1, in logs from before 3.4: one more than it is
   * @throws {KeeperException} NoNode: there is no parent, and nothing is changed; NodeExists
   * @apache server.DataTree#createNode
   * @lab 01.2
   */
  createNode(
    path: string,
    data: Buffer | null,
    acl: ACL[] | null,
    stat: StatPersisted,
    parentCVersion: number,
  ): DataNode {
    throw new Error('lab 01.2 is not written yet: DataTree.createNode');
  }

  /**
   * Gives a node other data, a version and the mark of the transaction that did it. The parent is not concerned.
   * @param version what the node's version becomes
   * @param timeMs wall-clock time of the transaction
   * @throws {KeeperException} NoNode
   * @apache server.DataTree#setData
   * @lab 01.3
   */
  setData(path: string, data: Buffer | null, version: number, zxid: Zxid, timeMs: number): DataNode {
    throw new Error('lab 01.3 is not written yet: DataTree.setData');
  }

  /**
   * Gives a node another list of rights and the version of that. Nobody hears of it: the data are the same.
   * @param aversion what the node's aversion becomes
   * @throws {KeeperException} NoNode
   * @apache server.DataTree#setACL
   * @lab 01.3
   */
  setAcl(path: string, acl: ACL[] | null, aversion: number): DataNode {
    throw new Error('lab 01.3 is not written yet: DataTree.setAcl');
  }

  /**
   * Deletes a node (`remove` takes it out everywhere). The trace in the parent is its `pzxid`, which goes only forwards;
   * the parent's own `cversion` counts creates, and stays.
   *
   * In a replay the node may be gone already, and its parent still be older: it gets its trace all the same.
   * The listener is told the lists of rights that node and parent had; when its last node goes, a list is forgotten.
   * @throws {KeeperException} NoNode: there is no parent or no node
   * @apache server.DataTree#deleteNode
   * @lab 01.4
   */
  deleteNode(path: string, zxid: Zxid): void {
    throw new Error('lab 01.4 is not written yet: DataTree.deleteNode');
  }

  /**
   * Deletes the ephemeral nodes of a session that ends, in the order of the transaction, each as `deleteNode` does it. In
   * a replay some may be gone already. What the session owns beyond the list goes as well, after the others: nobody
   * else would ever delete it.
   * @param paths which ones, as the transaction has them; null in transactions that don't say: all
   * @returns paths that the session owned although the transaction did not name them: none, unless something is wrong
   * @apache server.DataTree#killSession
   * @lab 01.5
   */
  killSession(owner: SessionId, paths: readonly string[] | null, zxid: Zxid): string[] {
    throw new Error('lab 01.5 is not written yet: DataTree.killSession');
  }
}
