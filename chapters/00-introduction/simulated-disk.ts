/**
 * The disk of a simulated machine: what stays when the machine crashes, and the faults that a test may ask for.
 *
 *     machine.disk.faults.failSyncs = 1;          // the next sync fails, and fsync never tells again
 *     machine.disk.faults.limitBytes = 1 << 20;   // a small disk
 */
import { Buffer } from 'node:buffer';
import type { SeededRandom } from '#00-introduction/seeded-random.js';
import { SimulatedNames } from '#00-introduction/simulated-names.js';
import type { SparseBytes } from '#00-introduction/sparse-bytes.js';

/** All of them may be changed at any time. `Infinity` failures: always. */
export interface DiskFaults {
  /** What all files may hold together. A write beyond it fails with ENOSPC and changes nothing. */
  limitBytes: number;

  /** How many of the coming reads, of files and of folders, fail with EIO. */
  failReads: number;

  /** How many of the coming writes fail with EIO and change nothing. */
  failWrites: number;

  /**
   * How many of the coming syncs of files fail with EIO. What they should have made durable is durable or not, by
   * chance, and later syncs succeed without making up for it: that is how operating systems do it.
   */
  failSyncs: number;

  /** How many of the coming syncs of folders fail with EIO and leave the names uncertain. */
  failDirectorySyncs: number;

  /** How many of the coming changes of names (new, renamed, removed) fail with EIO. */
  failNameChanges: number;

  /** The time that `sync` takes; least and most. `syncNow` takes none. */
  syncMs: readonly [number, number];

  /** The time after which `write` reads the memory and writes it. `writeNow` takes none. */
  writeMs: readonly [number, number];
}

/** A disk without a fault: the default. */
export const SOUND_DISK: Readonly<DiskFaults> = {
  limitBytes: Number.POSITIVE_INFINITY,
  failReads: 0,
  failWrites: 0,
  failSyncs: 0,
  failDirectorySyncs: 0,
  failNameChanges: 0,
  syncMs: [0.1, 2],
  writeMs: [0.1, 2],
};

/** A fault that is counted down. */
export type CountedFault = 'failReads' | 'failWrites' | 'failSyncs' | 'failDirectorySyncs' | 'failNameChanges';

export class SimulatedDisk {
  readonly faults: DiskFaults = { ...SOUND_DISK };
  readonly names = new SimulatedNames();
  readonly random: SeededRandom;

  constructor(random: SeededRandom) {
    this.random = random;
  }

  get usedBytes(): number {
    return this.names.usedBytes;
  }

  /**
   * What is certain to be in a file if the power failed now; null when not even its name is certain.
   * A power cut may leave more.
   */
  durableBytes(path: string): Buffer | null {
    const entry = this.names.getDurable(path);
    return entry === undefined || entry === 'directory' ? null : allBytes(entry.durable);
  }

  /** What programs read in a file, whether the machine runs or not; null when there is none. */
  currentBytes(path: string): Buffer | null {
    const entry = this.names.get(path);
    return entry === undefined || entry === 'directory' ? null : allBytes(entry.content);
  }

  /** Loses what was not synced, in part or whole. */
  cutPower(): void {
    this.names.cutPower(this.random);
  }

  takeFault(fault: CountedFault): boolean {
    if (this.faults[fault] <= 0) return false;
    this.faults[fault]--;
    return true;
  }
}

function allBytes(content: SparseBytes): Buffer {
  const bytes = Buffer.alloc(content.sizeBytes);
  content.read(bytes, 0);
  return bytes;
}
