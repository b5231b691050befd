/**
 * One node of the tree: its data, who may touch it, and the numbers that tell its history. The field names are those
 * of the record StatPersisted, so a node can be written to a snapshot as it is.
 *
 * @apache server.DataNode
 */
import type { Buffer } from 'node:buffer';
import type { StatPersisted } from '#05-jute/records/data.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

/** Linked through the children themselves, in the order in which they came: to add or to take out one needs no search. */
interface ChildList {
  first: DataNode;
  last: DataNode;
  count: number;
}

export class DataNode implements StatPersisted {
  data: Buffer | null;
  /** Which list of the ACL cache protects this node. */
  aclId: number;

  czxid: Zxid;
  mzxid: Zxid;
  ctime: number;
  mtime: number;
  version: number;
  /** Creates of children only. Clients see creates plus deletes: `DataTree.stat`. */
  cversion: number;
  aversion: number;
  ephemeralOwner: SessionId;
  pzxid: Zxid;

  /** What this node adds to the digest of the tree: see `TreeDigest`. Null: it has changed since. */
  digest: number | null = null;
  /** Where it is in its tree; empty until it is put into one. */
  path = '';
  /** Most nodes are leaves, and have none. */
  private childList: ChildList | null = null;
  private previousSibling: DataNode | null = null;
  private nextSibling: DataNode | null = null;

  constructor(data: Buffer | null, aclId: number, stat: StatPersisted) {
    this.data = data;
    this.aclId = aclId;
    this.czxid = stat.czxid;
    this.mzxid = stat.mzxid;
    this.ctime = stat.ctime;
    this.mtime = stat.mtime;
    this.version = stat.version;
    this.cversion = stat.cversion;
    this.aversion = stat.aversion;
    this.ephemeralOwner = stat.ephemeralOwner;
    this.pzxid = stat.pzxid;
  }

  /** Names, not paths, in the order in which they came. */
  get children(): string[] {
    const names: string[] = [];
    const nameStart = this.path === '/' ? 1 : this.path.length + 1;
    for (let child = this.childList?.first ?? null; child !== null; child = child.nextSibling) {
      names.push(child.path.slice(nameStart));
    }
    return names;
  }

  get childCount(): number {
    return this.childList === null ? 0 : this.childList.count;
  }

  /** @param child is in no list */
  addChild(child: DataNode): void {
    const list = this.childList;
    if (list === null) {
      this.childList = { first: child, last: child, count: 1 };
      return;
    }
    child.previousSibling = list.last;
    list.last.nextSibling = child;
    list.last = child;
    list.count++;
  }

  /** @param child is in the list of this node */
  removeChild(child: DataNode): void {
    const list = this.childList as ChildList;
    const previous = child.previousSibling;
    const next = child.nextSibling;
    if (previous === null && next === null) this.childList = null;
    else if (previous === null) list.first = next as DataNode;
    else previous.nextSibling = next;
    if (next !== null) next.previousSibling = previous;
    else if (previous !== null) list.last = previous;
    list.count--;
    child.previousSibling = null;
    child.nextSibling = null;
  }
}

/** The numbers of a node that the transaction `zxid` creates. */
export function newStat(zxid: Zxid, timeMs: number, ephemeralOwner: SessionId): StatPersisted {
  return {
    czxid: zxid,
    mzxid: zxid,
    ctime: timeMs,
    mtime: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner,
    pzxid: zxid,
  };
}
