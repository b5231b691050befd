/**
 * One number for a whole tree. Two servers that have applied the same transactions have the same digest; when they have
 * not, they hear of it with the next transaction, not when a client reads something strange a year later.
 *
 * Every node has a digest, the CRC-32 of its path, its data and its stat. The tree's digest is their sum (an "AdHash"),
 * so when a node changes, only that node has to be looked at: subtract what it was, add what it is. Not in it: the
 * lists that protect the nodes, and what lies below /zookeeper, where servers keep numbers of their own.
 *
 * A node that changes is only marked. What its digest is now may be known already (`give`): the first processor has
 * computed it to write it into the log. Otherwise it is computed when the tree's digest is asked for.
 *
 * Invariant: the sum holds the digest of each node that is in the tree and not marked, once.
 *
 * @apache server.DigestCalculator, server.util.AdHash, server.NodeHashMap
 */
import { Buffer } from 'node:buffer';
import {
  CRC32_START,
  finishCrc32,
  updateCrc32,
  updateCrc32ByAscii,
  updateCrc32ByInt,
  updateCrc32ByInts,
} from '#01-data-model/crc32.js';
import type { DataNode } from '#01-data-model/data-node.js';
import { juteStringByteLength, writeJuteString } from '#04-serialization/binary-archive.js';
import type { StatPersisted } from '#05-jute/records/data.js';
import type { Zxid } from '#06-network-protocol/ids.js';

/** How Zookeeper 3.7 and later compute digests. Those of another version can't be compared. */
export const DIGEST_VERSION = 2;

/** What the tree's digest was, right after a transaction. */
export interface ZxidDigest {
  /** 0 in an empty digest: nothing is to be compared. */
  readonly zxid: Zxid;
  readonly version: number;
  readonly digest: bigint;
}

const HISTORY_INTERVAL = 128;
const HISTORY_ENTRIES = 1024;
const NOT_IN_DIGEST = '/zookeeper/';
/** A transaction that is no multi changes two. */
const LAST_MARKED = 2;
/** So many nodes may be marked before they are computed unasked. */
const MAX_MARKED = 4096;

export class TreeDigest {
  /** The digests after every 128th transaction, oldest first: to find out when two servers parted. */
  readonly history: ZxidDigest[] = [];
  /** Called when a digest that was given is not the one that the tree itself has computed. */
  onMismatch: (path: string) => void = () => {};

  private readonly sum = new AdHash();
  private readonly marked: DataNode[] = [];

  /** A node came into the tree. */
  added(node: DataNode): void {
    node.digest = null;
    this.mark(node);
  }

  /** A node of the tree has changed: called after the change. */
  changed(node: DataNode): void {
    if (node.digest === null) return;
    this.sum.remove(node.digest);
    node.digest = null;
    this.mark(node);
  }

  /** A node has left the tree. */
  removed(node: DataNode): void {
    if (node.digest !== null) this.sum.remove(node.digest);
    node.digest = 0;
  }

  /**
   * A node's digest as somebody else has computed it. It is believed, but where the tree has computed it already: that
   * is so after every transaction that goes into the history.
   */
  give(node: DataNode, digest: number): void {
    if (node.digest === null) {
      node.digest = digest;
      this.sum.add(digest);
    } else if (node.digest !== digest) {
      this.onMismatch(node.path);
    }
  }

  /** The node of a path, if it is one of the last that were marked: those that the last transaction has changed. */
  lastMarked(path: string): DataNode | undefined {
    const { marked } = this;
    const first = Math.max(0, marked.length - LAST_MARKED);
    for (let i = marked.length - 1; i >= first; i--) if ((marked[i] as DataNode).path === path) return marked[i];
    return undefined;
  }

  /** What a node of the tree adds to the sum. */
  of(node: DataNode): number {
    if (node.digest === null) this.compute();
    return node.digest ?? 0;
  }

  /** The digest of the tree as it is now. */
  get value(): bigint {
    this.compute();
    return this.sum.value;
  }

  /** A sum of its own, to reckon on with. */
  copySum(): AdHash {
    this.compute();
    return this.sum.copy();
  }

  /** Keeps the digest for those who look for the moment when two servers parted. */
  transactionDone(zxid: Zxid): void {
    if (BigInt.asUintN(HISTORY_INTERVAL_BITS, zxid) !== 0n) return;
    this.history.push({ zxid, version: DIGEST_VERSION, digest: this.value });
    if (this.history.length > HISTORY_ENTRIES) this.history.shift();
  }

  private mark(node: DataNode): void {
    this.marked.push(node);
    if (this.marked.length >= MAX_MARKED) this.compute();
  }

  private compute(): void {
    for (const node of this.marked) {
      if (node.digest !== null) continue;
      node.digest = nodeDigest(node.path, node.data, node);
      this.sum.add(node.digest);
    }
    this.marked.length = 0;
  }
}

const HISTORY_INTERVAL_BITS = Math.log2(HISTORY_INTERVAL);

/**
 * A sum of node digests, of 64 bits. It goes round, like the long of Java, when a digest is removed that never was in
 * it.
 */
export class AdHash {
  private high = 0;
  private low = 0;

  /** @param digest as `nodeDigest` gives it: the 32 bits count without a sign */
  add(digest: number): void {
    this.low += digest >>> 0;
    if (this.low < TWO_POW_32) return;
    this.low -= TWO_POW_32;
    this.high = (this.high + 1) | 0;
  }

  remove(digest: number): void {
    this.low -= digest >>> 0;
    if (this.low >= 0) return;
    this.low += TWO_POW_32;
    this.high = (this.high - 1) | 0;
  }

  /** As a signed long, which is how it is written. */
  get value(): bigint {
    // Through memory: to put a bigint together from two halves takes several of them.
    valueBytes.setInt32(0, this.high);
    valueBytes.setUint32(4, this.low);
    return valueBytes.getBigInt64(0);
  }

  copy(): AdHash {
    const copy = new AdHash();
    copy.high = this.high;
    copy.low = this.low;
    return copy;
  }
}

const TWO_POW_32 = 0x1_0000_0000;
const valueBytes = new DataView(new ArrayBuffer(8));

/**
 * The digest of one node.
 * @returns a signed int of 32 bits; 0 for what is not in the tree's digest
 */
export function nodeDigest(path: string, data: Uint8Array | null, stat: StatPersisted): number {
  if (path.startsWith(NOT_IN_DIGEST)) return 0;
  return finishCrc32(updateStat(updatePathAndData(path, data), stat));
}

/** Mostly it is a parent's stat that has changed once more: what stands before it in the checksum is still known. */
function updatePathAndData(path: string, data: Uint8Array | null): number {
  if (data === newer.data && path === newer.path) return newer.crc;
  [newer, older] = [older, newer];
  if (data === newer.data && path === newer.path) return newer.crc;
  let crc = updatePath(CRC32_START, path);
  if (data !== null) crc = updateCrc32(crc, data, 0, data.length);
  newer.path = path;
  newer.data = data;
  newer.crc = crc;
  return crc;
}

/** The last two: a child that comes or goes, and its parent. */
let newer: { path: string | null; data: Uint8Array | null; crc: number } = { path: null, data: null, crc: 0 };
let older: typeof newer = { path: null, data: null, crc: 0 };

/** The root has no name: as the parent of "/x" it is what stands before the slash. */
function updatePath(crc: number, path: string): number {
  if (path === '/') return crc;
  const ofAscii = updateCrc32ByAscii(crc, path);
  if (ofAscii !== null) return ofAscii;
  const lengthBytes = juteStringByteLength(path);
  if (lengthBytes > pathBytes.length) pathBytes = Buffer.alloc(2 * lengthBytes);
  writeJuteString(pathBytes, 0, path);
  return updateCrc32(crc, pathBytes, 0, lengthBytes);
}

let pathBytes = Buffer.alloc(1024);

function updateStat(crcBefore: number, stat: StatPersisted): number {
  let crc = updateLong(crcBefore, stat.czxid);
  crc = updateLong(crc, stat.mzxid);
  crc = updateLong(crc, stat.pzxid);
  crc = updateCrc32ByInts(crc, upperHalf(stat.ctime), stat.ctime >>> 0);
  crc = updateCrc32ByInts(crc, upperHalf(stat.mtime), stat.mtime >>> 0);
  crc = updateCrc32ByInts(crc, stat.version, stat.cversion);
  long[0] = stat.ephemeralOwner;
  crc = updateCrc32ByInts(crc, stat.aversion, halves[UPPER] as number);
  return updateCrc32ByInt(crc, halves[LOWER] as number);
}

function updateLong(crc: number, value: bigint): number {
  long[0] = value;
  return updateCrc32ByInts(crc, halves[UPPER] as number, halves[LOWER] as number);
}

const upperHalf = (timeMs: number): number => Math.floor(timeMs / TWO_POW_32);

/** Through memory: to take a bigint apart by calculation makes several others. */
const long = new BigInt64Array(1);
const halves = new Int32Array(long.buffer);
long[0] = 1n;
const LOWER = halves[0] === 1 ? 0 : 1;
const UPPER = 1 - LOWER;
