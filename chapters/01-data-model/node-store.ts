/**
 * Where the nodes are: all of them in one map, by path. Each node leads to its children, so a path is found in one step
 * and a list of children needs no search. Beside the map stands what must be found without going through it: the nodes
 * of a session, those that a server deletes on its own, the bytes in all, and what quotas count.
 *
 * Invariants: every node but the root has a parent in the map, and is once among its children; an ephemeral node stands
 * in the set of its session, and nowhere else.
 *
 * @apache server.NodeHashMapImpl, server.DataTree
 */
import { Buffer } from 'node:buffer';
import { invariant } from '#00-introduction/invariant.js';
import { DataNode, newStat } from '#01-data-model/data-node.js';
import { type NodeKind, nodeKind } from '#01-data-model/ephemeral-owner.js';
import { parentPath } from '#01-data-model/node-path.js';
import { PathMap } from '#01-data-model/path-map.js';
import { Quotas } from '#01-data-model/quota.js';
import { CONFIG_PATH, RESERVED_PATHS } from '#01-data-model/reserved-paths.js';
import { TreeDigest } from '#01-data-model/tree-digest.js';
import { AclCache, OPEN_UNSAFE_ACL_ID } from '#03-acl/acl-cache.js';
import type { ACL } from '#05-jute/records/data.js';
import { OPEN_ACL_UNSAFE, READ_ACL_UNSAFE } from '#06-network-protocol/acls.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';
import { NO_SESSION, NO_ZXID, type SessionId } from '#06-network-protocol/ids.js';

const NO_PATHS: ReadonlySet<string> = new Set();

export interface NodeStoreOptions {
  /** Whether nodes may have a time to live (`extendedTypesEnabled`). */
  readonly extendedTypes: boolean;
  /** Whether the tree keeps a digest of itself (`digest.enabled`). Default: yes. */
  readonly digest?: boolean;
}

export class NodeStore {
  readonly acls = new AclCache();
  readonly quotas = new Quotas(this);
  /** Null when digests are switched off. Whoever changes a node that is in the tree tells it: `applyTxn`. */
  readonly digest: TreeDigest | null;

  /** Whether nodes may have a time to live. */
  readonly hasExtendedTypes: boolean;

  private readonly nodes = new PathMap<DataNode>();
  private readonly ephemeralsOf = new Map<SessionId, Set<string>>();
  /** Containers and nodes with a time to live: those that a server deletes on its own. */
  private readonly selfDeleting = new Set<string>();
  private dataSizeBytes = 0;

  /**
   * Without any node: `createReservedNodes` makes the ones that must be there, after `restoreNode` has put in what a
   * snapshot holds.
   */
  constructor({ extendedTypes, digest = true }: NodeStoreOptions) {
    this.hasExtendedTypes = extendedTypes;
    this.digest = digest ? new TreeDigest() : null;
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

  /** A node has other data or other numbers than it had: its digest is another one. */
  markChanged(path: string): void {
    const node = this.nodes.get(path);
    if (node !== undefined) this.digest?.changed(node);
  }

  /** A node's digest after the last transaction, as the one who decided it has computed it. */
  giveDigest(path: string, digest: number): void {
    const node = this.digest?.lastMarked(path) ?? this.nodes.get(path);
    if (node !== undefined) this.digest?.give(node, digest);
  }

  /** How much of a quota is used: not a change of the tree's history, and not in its digest. */
  setUsage(path: string, data: Buffer): void {
    const node = this.nodes.get(path);
    if (node === undefined) return;
    this.dataSizeBytes += data.length - dataBytes(node.data);
    node.data = data;
  }

  // ------------------------------------------------------------------------------- loading a snapshot

  /**
   * Puts in a node as a snapshot has it. `/` is the root.
   * @throws {KeeperException} NoNode: its parent was not put in before; NodeExists
   */
  restoreNode(path: string, node: DataNode): void {
    if (this.nodes.has(path)) throw KeeperException.of(ErrorCode.NodeExists);
    this.acls.useId(node.aclId);
    if (path === '/') this.putRoot(node);
    else this.put(path, node, this.require(parentPath(path)));
  }

  /** Makes those of the reserved nodes that are not there: all of them in a new tree, some with a snapshot of an old version. */
  createReservedNodes(): void {
    for (const path of RESERVED_PATHS) {
      if (this.nodes.has(path)) continue;
      const aclId = path === CONFIG_PATH ? this.acls.use([...READ_ACL_UNSAFE]) : OPEN_UNSAFE_ACL_ID;
      const node = new DataNode(Buffer.alloc(0), aclId, newStat(NO_ZXID, 0, NO_SESSION));
      // Its list was set once, and that is how Apache's servers count it.
      if (path === CONFIG_PATH) node.aversion = -1;
      if (path === '/') this.putRoot(node);
      else this.put(path, node, this.require(parentPath(path)));
    }
  }

  // --------------------------------------------------------------- for those who make the changes

  /** Puts in a new node: into the map, under its parent, and into everything that is counted. */
  protected insert(path: string, node: DataNode, parent: DataNode): void {
    this.put(path, node, parent);
    this.quotas.nodeCreated(path, dataBytes(node.data));
  }

  /**
   * Takes out a node, and what is below it. Only a replay deletes a node that has children: the snapshot has a later node
   * of that name, and transactions still to come make it and its children again.
   */
  protected remove(path: string, node: DataNode, parent: DataNode): void {
    parent.removeChild(node);
    this.drop(path, node);
    if (node.childCount > 0) this.dropDescendants(path, node);
  }

  protected replaceData(path: string, node: DataNode, data: Buffer | null): void {
    const bytesDiff = dataBytes(data) - dataBytes(node.data);
    this.dataSizeBytes += bytesDiff;
    node.data = data;
    this.quotas.dataChanged(path, bytesDiff);
  }

  protected replaceAcl(node: DataNode, acl: ACL[] | null): void {
    const aclId = this.acls.use(acl);
    this.acls.release(node.aclId);
    node.aclId = aclId;
  }

  // ----------------------------------------------------------------------------------------- helpers

  private putRoot(root: DataNode): void {
    this.nodes.set('', root);
    this.nodes.set('/', root);
    root.path = '/';
    this.digest?.added(root);
    this.dataSizeBytes += sizeBytesOf('/', root.data);
  }

  private put(path: string, node: DataNode, parent: DataNode): void {
    invariant('node-is-in-one-place', node.path === '');
    node.path = path;
    parent.addChild(node);
    this.nodes.set(path, node);
    this.digest?.added(node);
    this.dataSizeBytes += sizeBytesOf(path, node.data);
    if (node.ephemeralOwner !== NO_SESSION) this.index(path, node.ephemeralOwner);
  }

  private index(path: string, owner: SessionId): void {
    const kind = this.kind(owner);
    if (kind === 'container' || kind === 'ttl') this.selfDeleting.add(path);
    if (kind !== 'ephemeral') return;
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

  private drop(path: string, node: DataNode): void {
    this.nodes.delete(path);
    this.digest?.removed(node);
    this.dataSizeBytes -= sizeBytesOf(path, node.data);
    this.unindex(path, node.ephemeralOwner);
    this.quotas.nodeDeleted(path, dataBytes(node.data));
    this.acls.release(node.aclId);
  }

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
