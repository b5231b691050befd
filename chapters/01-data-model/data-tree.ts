/**
 * The tree: every node in one map, by path. Each node knows the names of its children, so a path is found in one step
 * and a list of children needs no search.
 *
 * Invariants: every node but the root has a parent in the map, whose children hold its name; an ephemeral node stands
 * in the set of its session, and nowhere else.
 *
 * Everything here is done by numbers that come from outside (zxid, time, versions): applying one transaction to two
 * equal trees leaves two equal trees. Applying it again to a tree that has it already does no harm, because a snapshot
 * may hold the effects of transactions that are replayed on top of it.
 *
 * @apache server.DataTree
 */
import { Buffer } from 'node:buffer';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { type NodeKind, nodeKind } from '#01-data-model/ephemeral-owner.js';
import { nodeName, parentPath } from '#01-data-model/node-path.js';
import { QUOTA_PATH, Quotas } from '#01-data-model/quota.js';
import { AclCache, OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import type { ACL, Stat, StatPersisted } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, NO_ZXID, type SessionId, type Zxid } from '#06-network-protocol/ids.js';

/** Hears of each change, after it was made. */
export interface TreeListener {
  nodeCreated(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void;
  nodeDeleted(path: string, zxid: Zxid, acl: ACL[] | null, parentAcl: ACL[] | null): void;
  dataChanged(path: string, zxid: Zxid, acl: ACL[] | null): void;
}

export const CONFIG_PATH = '/zookeeper/config';
const RESERVED = new Set(['/', '/zookeeper', QUOTA_PATH, CONFIG_PATH]);

/** Nodes that every tree has and that nobody may delete. */
export const isReservedPath = (path: string): boolean => RESERVED.has(path);

const NO_PATHS: ReadonlySet<string> = new Set();

export class DataTree {
  /** The zxid of the last transaction that was applied. */
  lastProcessedZxid: Zxid = NO_ZXID;
  /** Hears of changes from now on; nobody does while a tree is loaded. */
  listener: TreeListener | null = null;
  readonly acls = new AclCache();
  readonly quotas = new Quotas(this);

  /** Whether nodes may have a time to live. */
  readonly hasExtendedTypes: boolean;

  private readonly nodes = new Map<string, DataNode>();
  private readonly ephemeralsOf = new Map<SessionId, Set<string>>();
  /** Containers and nodes with a time to live: those that a server deletes on its own. */
  private readonly selfDeleting = new Set<string>();
  private dataSizeBytes = 0;

  /**
   * A tree without any node: `createReservedNodes` makes the ones that must be there, after `restoreNode` has put in what
   * a snapshot holds.
   * @param options.extendedTypes whether nodes may have a time to live (`extendedTypesEnabled`)
   */
  constructor(options: { extendedTypes: boolean }) {
    this.hasExtendedTypes = options.extendedTypes;
  }

  /** The tree of a server that starts for the first time. */
  static fresh(options: { extendedTypes: boolean }): DataTree {
    const tree = new DataTree(options);
    tree.createReservedNodes();
    return tree;
  }

  get(path: string): DataNode | undefined {
    return this.nodes.get(path);
  }

  /** @throws {KeeperException} NoNode */
  require(path: string): DataNode {
    const node = this.nodes.get(path);
    if (node === undefined) throw KeeperException.of(ErrorCode.NoNode);
    return node;
  }

  /**
   * All nodes with their paths, in the order in which they were put in: parents before children. Nodes may come and go
   * meanwhile; those that come are at the end.
   */
  *entries(): IterableIterator<[string, DataNode]> {
    for (const entry of this.nodes) if (entry[0] !== '') yield entry;
  }

  /** The list that protects a node; null is open to all. */
  acl(node: DataNode): ACL[] | null {
    return this.acls.list(node.aclId);
  }

  /** The same as clients are shown it: the open list is spelled out. */
  shownAcl(node: DataNode): ACL[] {
    return this.acl(node) ?? [...OPEN_ACL_UNSAFE];
  }

  stat(node: DataNode): Stat {
    return node.toStat(this.kind(node.ephemeralOwner) === 'ephemeral');
  }

  kind(owner: SessionId): NodeKind {
    return nodeKind(owner, this.hasExtendedTypes);
  }

  /** Counts the root twice, as Apache's servers do: once as "/" and once as "", the parent of "/x". */
  get nodeCount(): number {
    return this.nodes.size;
  }

  /** Bytes of all paths and data. */
  get approximateDataSizeBytes(): number {
    return this.dataSizeBytes;
  }

  ephemerals(owner: SessionId): ReadonlySet<string> {
    return this.ephemeralsOf.get(owner) ?? NO_PATHS;
  }

  /** Sessions that own at least one ephemeral node. */
  ephemeralOwners(): IterableIterator<SessionId> {
    return this.ephemeralsOf.keys();
  }

  get ephemeralCount(): number {
    let count = 0;
    for (const paths of this.ephemeralsOf.values()) count += paths.size;
    return count;
  }

  /** Containers, and nodes with a time to live. */
  selfDeletingPaths(): IterableIterator<string> {
    return this.selfDeleting.values();
  }

  /** All nodes below a path. */
  countDescendants(path: string): number {
    let count = 0;
    const waiting = [path];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const node = this.nodes.get(at);
      if (!node) continue;
      count += node.childCount;
      const prefix = at === '/' ? '/' : `${at}/`;
      for (const name of node.children) waiting.push(prefix + name);
    }
    return count;
  }

  // ------------------------------------------------------------------------------------------ changes

  /**
   * @param parentCVersion what the parent's cversion becomes; -1, in logs from before 3.4: one more than it is
   * @throws {KeeperException} NoNode: there is no parent; NodeExists
   */
  createNode(
    path: string,
    data: Buffer | null,
    acl: ACL[] | null,
    stat: StatPersisted,
    parentCVersion: number,
  ): DataNode {
    const parent = this.require(parentPath(path));
    const aclId = this.acls.use(acl);
    const existing = this.nodes.get(path);
    if (existing) {
      this.acls.release(existing.aclId);
      existing.aclId = aclId;
      throw KeeperException.of(ErrorCode.NodeExists);
    }
    this.noteChildCreated(parent, parentCVersion, stat.czxid);
    const node = new DataNode(data, aclId, stat);
    this.put(path, node, parent);
    this.quotas.nodeCreated(path, dataBytes(data));
    this.listener?.nodeCreated(path, stat.czxid, acl, this.acl(parent));
    return node;
  }

  /**
   * A replayed transaction wants to create a node that is there: the snapshot was taken after it. The parent's numbers
   * may still be older.
   */
  noteReplayedCreate(path: string, parentCVersion: number, zxid: Zxid): void {
    const parent = this.nodes.get(parentPath(path));
    if (parent) this.noteChildCreated(parent, parentCVersion, zxid);
  }

  /** @throws {KeeperException} NoNode */
  deleteNode(path: string, zxid: Zxid): void {
    const parent = this.require(parentPath(path));
    parent.removeChild(nodeName(path));
    if (zxid > parent.pzxid) parent.pzxid = zxid;
    const node = this.require(path);
    const acl = this.acl(node);
    this.drop(path, node);
    if (node.childCount > 0) this.dropDescendants(path, node);
    this.listener?.nodeDeleted(path, zxid, acl, this.acl(parent));
  }

  /** @throws {KeeperException} NoNode */
  setData(path: string, data: Buffer | null, version: number, zxid: Zxid, timeMs: number): DataNode {
    const node = this.require(path);
    const bytesDiff = dataBytes(data) - dataBytes(node.data);
    this.dataSizeBytes += bytesDiff;
    node.data = data;
    this.quotas.dataChanged(path, bytesDiff);
    node.version = version;
    node.mzxid = zxid;
    node.mtime = timeMs;
    this.listener?.dataChanged(path, zxid, this.acl(node));
    return node;
  }

  /** @throws {KeeperException} NoNode */
  setAcl(path: string, acl: ACL[] | null, aversion: number): DataNode {
    const node = this.require(path);
    const aclId = this.acls.use(acl);
    this.acls.release(node.aclId);
    node.aclId = aclId;
    node.aversion = aversion;
    return node;
  }

  /**
   * Deletes the ephemeral nodes of a session that ends.
   * @param paths which ones, in this order, as the transaction has them; null in transactions that don't say
   * @returns paths that the session owned although the transaction did not name them: none, unless something is wrong
   */
  killSession(owner: SessionId, paths: readonly string[] | null, zxid: Zxid): string[] {
    const owned = [...this.ephemerals(owner)];
    this.ephemeralsOf.delete(owner);
    const named = new Set(paths ?? owned);
    const left = owned.filter((path) => !named.has(path));
    for (const path of [...named, ...left]) this.deleteEphemeral(path, zxid);
    return left;
  }

  // ------------------------------------------------------------------------------- loading a snapshot

  /**
   * Puts in a node as a snapshot has it. `/` is the root.
   * @throws {KeeperException} NoNode: its parent was not put in before
   */
  restoreNode(path: string, node: DataNode): void {
    this.acls.useId(node.aclId);
    if (path === '/') this.putRoot(node);
    else this.put(path, node, this.require(parentPath(path)));
  }

  /** Makes those of the reserved nodes that are not there: all of them in a new tree, some with a snapshot of an old version. */
  createReservedNodes(): void {
    for (const path of RESERVED) {
      if (this.nodes.has(path)) continue;
      const aclId = path === CONFIG_PATH ? this.acls.use([...READ_ACL_UNSAFE]) : OPEN_UNSAFE_ACL_ID;
      const node = new DataNode(Buffer.alloc(0), aclId, newStat(NO_ZXID, 0, NO_SESSION));
      // Its list was set once, and that is how Apache's servers count it.
      if (path === CONFIG_PATH) node.aversion = -1;
      if (path === '/') this.putRoot(node);
      else this.put(path, node, this.require(parentPath(path)));
    }
  }

  // ----------------------------------------------------------------------------------------- helpers

  private putRoot(root: DataNode): void {
    this.nodes.set('', root);
    this.nodes.set('/', root);
    this.dataSizeBytes += sizeBytesOf('/', root.data);
  }

  private put(path: string, node: DataNode, parent: DataNode): void {
    parent.addChild(nodeName(path));
    this.nodes.set(path, node);
    this.dataSizeBytes += sizeBytesOf(path, node.data);
    if (node.ephemeralOwner !== NO_SESSION) this.index(path, node.ephemeralOwner);
  }

  /** Only forwards: a replayed older create must not turn a parent's numbers back. */
  private noteChildCreated(parent: DataNode, parentCVersion: number, zxid: Zxid): void {
    const cversion = parentCVersion === -1 ? parent.cversion + 1 : parentCVersion;
    if (cversion <= parent.cversion) return;
    parent.cversion = cversion;
    parent.pzxid = zxid;
  }

  private index(path: string, owner: SessionId): void {
    if (this.kind(owner) !== 'ephemeral') {
      this.selfDeleting.add(path);
      return;
    }
    const paths = this.ephemeralsOf.get(owner);
    if (paths) paths.add(path);
    else this.ephemeralsOf.set(owner, new Set([path]));
  }

  private unindex(path: string, owner: SessionId): void {
    if (owner === NO_SESSION) return;
    this.selfDeleting.delete(path);
    const paths = this.ephemeralsOf.get(owner);
    if (paths?.delete(path) && paths.size === 0) this.ephemeralsOf.delete(owner);
  }

  /** In a replay it may be gone already; its parent's numbers may still be older. */
  private deleteEphemeral(path: string, zxid: Zxid): void {
    try {
      this.deleteNode(path, zxid);
    } catch (error) {
      if (!(error instanceof KeeperException)) throw error;
    }
  }

  private drop(path: string, node: DataNode): void {
    this.nodes.delete(path);
    this.dataSizeBytes -= sizeBytesOf(path, node.data);
    this.unindex(path, node.ephemeralOwner);
    this.quotas.nodeDeleted(path, dataBytes(node.data));
    this.acls.release(node.aclId);
  }

  /**
   * Only a replay deletes a node that has children: the snapshot has a later node of that name, and transactions still
   * to come make it and its children again.
   */
  private dropDescendants(deletedPath: string, deleted: DataNode): void {
    const waiting: [string, DataNode][] = [[deletedPath, deleted]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [parent, { children }] = next;
      for (const name of children) {
        const path = `${parent}/${name}`;
        const child = this.require(path);
        this.drop(path, child);
        waiting.push([path, child]);
      }
    }
  }
}

const dataBytes = (data: Buffer | null): number => (data === null ? 0 : data.length);
const sizeBytesOf = (path: string, data: Buffer | null): number => path.length + dataBytes(data);
