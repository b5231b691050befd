/** What a run of the benchmark found: what `--json` prints and `--save` keeps. */
import type { LoadResult } from './load-plan.js';

export const serverKinds = ['ours', 'apache', 'echo'] as const;
export type ServerKind = (typeof serverKinds)[number];

export interface BenchResults {
  /** ISO 8601. */
  readonly startedAt: string;
  /** The commit of this checkout; null when git does not tell. */
  readonly commit: string | null;
  readonly machine: Machine;
  readonly settings: Settings;
  /** In the order of the columns and of the runs in a round: the first one is compared with the second. */
  readonly servers: readonly ServerKind[];
  readonly loads: readonly Measured<LoadResult>[];
  readonly startUp: Measured<StartUpResult> | null;
  /** One for each server, in the order of `servers`; empty when it was not measured. */
  readonly memory: readonly MemoryResult[];
  readonly micro: readonly MicroResult[];
}

export interface Settings {
  readonly rounds: number;
  readonly startUpRounds: number;
  readonly warmUpSeconds: number;
  readonly measuredSeconds: number;
}

/** All rounds of one thing. Each round has one result per server, in the order of `servers`. */
export interface Measured<Result> {
  /** Such as `get 10:16`. */
  readonly name: string;
  readonly rounds: readonly (readonly Result[])[];
}

export interface StartUpResult {
  /** From the start of the process to the first session that it answered. */
  readonly startUpMs: number;
  /** Resident memory then; null where /proc does not tell. */
  readonly rssBytes: number | null;
}

/** What a server needs for things that do nothing. */
export interface MemoryResult {
  readonly sessions: HeldResult;
  readonly watches: HeldResult;
}

export interface HeldResult {
  readonly count: number;
  /** How long it took until all of them were there. */
  readonly seconds: number;
  /** Resident memory that came with all of them together. */
  readonly rssBytes: number;
  /** The same of the heap after a collection; null where nobody tells. */
  readonly heapBytes: number | null;
}

export interface MicroResult {
  readonly name: string;
  readonly callsPerSecond: number;
  /** The mean lies this close to the true one with 95 % certainty. */
  readonly marginPercent: number;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  /** fdatasync calls per second, one after the other, of 512 B in a file that is full of zeros already. */
  readonly fsyncsPerSecond: number;
  readonly node: string;
  /** null when Apache's server takes no part. */
  readonly java: string | null;
  readonly apacheVersion: string | null;
}
