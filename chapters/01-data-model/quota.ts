/**
 * How many nodes, and how many bytes of data, there may be below a path. Limits and usage are nodes themselves:
 *
 *     /zookeeper/quota/payout/zookeeper_limits    count=10,bytes=-1=;byteHardLimit=1000;countHardLimit=-1
 *     /zookeeper/quota/payout/zookeeper_stats     count=3,bytes=27
 *
 * The usage is kept up by the tree itself, on every server alike, without a transaction and without a new version.
 *
 * Invariant: of the paths above a node only the nearest with limits counts it.
 *
 * @apache Quotas, StatsTrack, server.ZooKeeperServer#checkQuota
 */
import { Buffer } from 'node:buffer';
import { nodeName, parentPath } from '#01-data-model/node-path.js';
import { ErrorCode, KeeperException } from '#06-network-protocol/error-codes.js';

export const QUOTA_PATH = '/zookeeper/quota';
const BELOW_QUOTA_PATH = `${QUOTA_PATH}/`;
const LIMITS = 'zookeeper_limits';
const STATS = 'zookeeper_stats';

/** -1 is no limit. */
export interface QuotaNumbers {
  readonly count: number;
  readonly bytes: number;
  readonly countHardLimit: number;
  readonly byteHardLimit: number;
}

/** What quotas need of the tree. */
export interface QuotaNodes {
  get(path: string): { readonly data: Buffer | null; readonly children: Iterable<string> } | undefined;
  /** Changes the data of a node, and nothing else of it: no version, no event. */
  setUsage(path: string, data: Buffer): void;
}

export class Quotas {
  private readonly nodes: QuotaNodes;
  private readonly limited = new Set<string>();

  constructor(nodes: QuotaNodes) {
    this.nodes = nodes;
  }

  /**
   * Whether a change is within the hard limits.
   * @param countDiff how many nodes more
   * @param bytesDiff how many bytes of data more
   * @param warn is told of a soft limit that the change would cross
   * @throws {KeeperException} QuotaExceeded
   */
  check(path: string, countDiff: number, bytesDiff: number, warn: (message: string) => void): void {
    const prefix = this.nearestLimited(path);
    const limits = prefix === null ? null : this.read(prefix, LIMITS);
    const used = prefix === null ? null : this.read(prefix, STATS);
    if (prefix === null || !limits || !used) return;
    const judge = (what: string, now: number, diff: number, hard: number, soft: number): void => {
      if (diff === 0) return;
      if (hard > -1 && now + diff > hard) throw KeeperException.of(ErrorCode.QuotaExceeded);
      if (hard === -1 && soft > -1 && now <= soft && now + diff > soft) {
        warn(`${prefix} goes beyond its quota of ${soft} ${what}: with ${path} it has ${now + diff}`);
      }
    };
    judge('nodes', used.count, countDiff, limits.countHardLimit, limits.count);
    judge('bytes', used.bytes, bytesDiff, limits.byteHardLimit, limits.bytes);
  }

  /** A node was created, with so many bytes of data. */
  nodeCreated(path: string, dataBytes: number): void {
    const limited = limitedBy(path, LIMITS);
    if (limited !== null) this.limited.add(limited);
    const counted = limitedBy(path, STATS);
    if (counted !== null) this.recount(counted);
    this.changed(path, 1, dataBytes);
  }

  /** A node was deleted, with so many bytes of data. */
  nodeDeleted(path: string, dataBytes: number): void {
    const limited = limitedBy(path, LIMITS);
    if (limited !== null) this.limited.delete(limited);
    this.changed(path, -1, -dataBytes);
  }

  dataChanged(path: string, bytesDiff: number): void {
    this.changed(path, 0, bytesDiff);
  }

  /** Finds the limits that a snapshot has brought, and counts what they limit. */
  restore(): void {
    const waiting = [QUOTA_PATH];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const limited = limitedBy(at, LIMITS);
      if (limited !== null) {
        this.limited.add(limited);
        this.recount(limited);
      }
      for (const name of this.nodes.get(at)?.children ?? []) waiting.push(`${at}/${name}`);
    }
  }

  private changed(path: string, countDiff: number, bytesDiff: number): void {
    const prefix = this.nearestLimited(path);
    const used = prefix === null ? null : this.read(prefix, STATS);
    if (prefix === null || !used) return;
    this.write(prefix, { ...used, count: used.count + countDiff, bytes: used.bytes + bytesDiff });
  }

  /** The root can't be limited. */
  private nearestLimited(path: string): string | null {
    if (this.limited.size === 0) return null;
    for (let at = path; at !== '/'; at = parentPath(at)) if (this.limited.has(at)) return at;
    return null;
  }

  private recount(prefix: string): void {
    let count = 0;
    let bytes = 0;
    const waiting = [prefix];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const node = this.nodes.get(at);
      if (!node) continue;
      count++;
      bytes += node.data?.length ?? 0;
      for (const name of node.children) waiting.push(`${at}/${name}`);
    }
    this.write(prefix, { ...UNLIMITED, count, bytes });
  }

  private read(prefix: string, name: string): QuotaNumbers | null {
    const node = this.nodes.get(`${QUOTA_PATH}${prefix}/${name}`);
    return node ? parseQuota(node.data?.toString('utf8') ?? '') : null;
  }

  private write(prefix: string, used: QuotaNumbers): void {
    this.nodes.setUsage(`${QUOTA_PATH}${prefix}/${STATS}`, Buffer.from(formatQuota(used), 'utf8'));
  }
}

/** The path that a node below /zookeeper/quota is about, when it has this name. */
function limitedBy(path: string, name: string): string | null {
  if (!path.startsWith(BELOW_QUOTA_PATH) || nodeName(path) !== name) return null;
  const limited = parentPath(path).slice(QUOTA_PATH.length);
  return limited === '' ? null : limited;
}

const UNLIMITED: QuotaNumbers = { count: -1, bytes: -1, countHardLimit: -1, byteHardLimit: -1 };

/** Any text will do: it comes from clients. What is no number is no limit. */
export function parseQuota(text: string): QuotaNumbers {
  const numbers = { ...UNLIMITED };
  for (const pair of text.split(/[,;]+/)) {
    const [key = '', value = ''] = pair.split('=');
    if (key in numbers && /^-?\d+$/.test(value)) numbers[key as keyof QuotaNumbers] = Number(value);
  }
  return numbers;
}

/** As Apache's clients write and read it; the odd `=` keeps those that know no hard limits from reading on. */
export function formatQuota({ count, bytes, countHardLimit, byteHardLimit }: QuotaNumbers): string {
  const soft = `count=${count},bytes=${bytes}`;
  const hard = [
    ...(byteHardLimit === -1 ? [] : [`byteHardLimit=${byteHardLimit}`]),
    ...(countHardLimit === -1 ? [] : [`countHardLimit=${countHardLimit}`]),
  ];
  return hard.length === 0 ? soft : `${soft}=;${hard.join(';')}`;
}
