/**
 * The names in a data folder. A log is named after its first transaction, a snapshot after the last transaction that
 * was surely in it when it was begun:
 *
 *     version-2/log.1  version-2/log.2a3  version-2/snapshot.0  version-2/snapshot.2a2  version-2/snapshot.3ff.gz
 *
 * Other names in the folder (currentEpoch, an editor's backup, `snapshot.5.tmp`) are no business of this file and are
 * passed over.
 *
 * @apache server.persistence.Util
 */
import { hex, type Zxid, zxid } from '#06-network-protocol/ids.js';

/** The folder inside `dataDir` and `dataLogDir`. The number is the version of the formats. */
export const VERSION_FOLDER = 'version-2';

/** How a snapshot is packed: `snapshot.compression.method`. A reader goes by the end of the name. */
export type SnapshotCompression = 'none' | 'gz' | 'snappy';

export interface LogFileName {
  readonly name: string;
  /** The first transaction in the file. */
  readonly zxid: Zxid;
}

export interface SnapshotFileName {
  readonly name: string;
  /** Everything up to this transaction is in the file; parts of later ones may be. */
  readonly zxid: Zxid;
  readonly compression: SnapshotCompression;
}

export function formatLogName(firstZxid: Zxid): string {
  return `log.${hex(firstZxid)}`;
}

export function formatSnapshotName(lastZxid: Zxid, compression: SnapshotCompression = 'none'): string {
  const name = `snapshot.${hex(lastZxid)}`;
  return compression === 'none' ? name : `${name}.${compression}`;
}

/** @returns null when it is not the name of a log */
export function parseLogName(name: string): LogFileName | null {
  const match = /^log\.([0-9a-fA-F]{1,16})$/.exec(name);
  const id = match && parseZxid(match[1] as string);
  return id === null ? null : { name, zxid: id };
}

/** @returns null when it is not the name of a snapshot */
export function parseSnapshotName(name: string): SnapshotFileName | null {
  const match = /^snapshot\.([0-9a-fA-F]{1,16})(?:\.(gz|snappy))?$/.exec(name);
  const id = match && parseZxid(match[1] as string);
  if (!match || id === null) return null;
  return { name, zxid: id, compression: (match[2] as 'gz' | 'snappy' | undefined) ?? 'none' };
}

/** The logs among the names, oldest first. */
export function sortLogNames(names: Iterable<string>): LogFileName[] {
  return parseAll(names, parseLogName).sort(byZxid);
}

/** The snapshots among the names, newest first: the order in which a server tries them. */
export function sortSnapshotNames(names: Iterable<string>): SnapshotFileName[] {
  return parseAll(names, parseSnapshotName).sort((a, b) => byZxid(b, a));
}

/**
 * The logs that may hold transactions from `fromZxid` on: those named after it, and the last one named before it or
 * exactly so.
 *
 * @param logs oldest first
 */
export function logsFrom(logs: readonly LogFileName[], fromZxid: Zxid): readonly LogFileName[] {
  const first = logs.findLastIndex((log) => log.zxid <= fromZxid);
  return first === -1 ? logs : logs.slice(first);
}

function parseAll<T>(names: Iterable<string>, parse: (name: string) => T | null): T[] {
  const parsed: T[] = [];
  for (const name of names) {
    const file = parse(name);
    if (file !== null) parsed.push(file);
  }
  return parsed;
}

function byZxid(a: { readonly zxid: Zxid }, b: { readonly zxid: Zxid }): number {
  return a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : 0;
}

/** Numbers above the largest signed 64-bit one were never a zxid. */
function parseZxid(digits: string): Zxid | null {
  const value = BigInt(`0x${digits}`);
  return value >> 63n === 0n ? zxid(value) : null;
}
