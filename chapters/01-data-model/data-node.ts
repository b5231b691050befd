/**
 * One node of the tree: its data, who may touch it, and the numbers that tell its history. The field names are those
 * of the record StatPersisted, so a node can be written to a snapshot as it is.
 *
 * @apache server.DataNode
 */
import type { Buffer } from 'node:buffer';
import type { StatPersisted } from '#05-jute/records/data.js';
import type { SessionId, Zxid } from '#06-network-protocol/ids.js';

const NO_CHILDREN: ReadonlySet<string> = new Set();

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
  /** Most nodes are leaves, and a set for each would cost more than the node. */
  private childNames: Set<string> | null = null;

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

  /** Names, not paths. */
  get children(): ReadonlySet<string> {
    return this.childNames ?? NO_CHILDREN;
  }

  get childCount(): number {
    return this.childNames === null ? 0 : this.childNames.size;
  }

  addChild(name: string): void {
    this.childNames ??= new Set();
    this.childNames.add(name);
  }

  removeChild(name: string): void {
    if (this.childNames?.delete(name) && this.childNames.size === 0) this.childNames = null;
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
