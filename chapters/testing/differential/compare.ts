/** Compares what two servers showed, observation by observation. */
import { type KnownDifference, knownDifferences } from '#testing/differential/known-differences.js';
import { firstDifference, type Observation, type Value } from '#testing/differential/observation.js';
import type { Slot, Step } from '#testing/differential/step.js';
import { isAtLeast } from '#testing/versions.js';

/** How often each row explained a difference. */
export type ExplainedCounts = Map<string, number>;

export interface Difference {
  /** Of the session that saw it. */
  readonly slot: Slot;
  /** The field, as `fields.body.stat.version`; empty when one of the two saw nothing. */
  readonly at: string;
  /** Null: nothing came, or nothing any more. */
  readonly apache: Observation | null;
  readonly zoowalk: Observation | null;
}

export interface Compared {
  readonly difference: Difference | null;
  /** To be played before the next step. */
  readonly afterwards: readonly Step[];
}

export class Comparer {
  readonly explained: ExplainedCounts = new Map();
  /** Those that explained something of the step at hand. */
  private readonly used = new Set<KnownDifference>();
  private readonly known: readonly KnownDifference[];

  /** @param apacheVersion decides which differences are to be expected */
  constructor(apacheVersion: string) {
    this.known = knownDifferences.filter(({ since }) => since === null || !isAtLeast(apacheVersion, since));
  }

  /**
   * @param apache normalized, like `zoowalk`; in their order for each session
   * @returns the first difference that is not a known one, and what the known ones ask for
   */
  compare(step: Step | null, apache: readonly Observation[], zoowalk: readonly Observation[]): Compared {
    this.used.clear();
    const difference = this.difference(apache, zoowalk);
    const afterwards = step === null ? [] : [...this.used].flatMap(({ afterwards }) => afterwards?.(step) ?? []);
    return { difference, afterwards };
  }

  private difference(apache: readonly Observation[], zoowalk: readonly Observation[]): Difference | null {
    const slots = new Set([...apache, ...zoowalk].map(({ slot }) => slot));
    for (const slot of slots) {
      const theirs = this.comparable(apache, slot);
      const ours = this.comparable(zoowalk, slot);
      for (let i = 0; i < Math.max(theirs.length, ours.length); i++) {
        const difference = this.comparePair(slot, theirs[i] ?? null, ours[i] ?? null);
        if (difference) return difference;
      }
    }
    return null;
  }

  /** What a session saw, without what a known difference leaves out. */
  private comparable(observations: readonly Observation[], slot: Slot): Observation[] {
    const seen = observations.filter((observation) => observation.slot === slot);
    return seen.filter((observation) => {
      const known = this.known.find(({ leaveOut }) => leaveOut?.(observation, seen));
      if (known) this.explain(known);
      return !known;
    });
  }

  private explain(known: KnownDifference): void {
    const { row } = known;
    this.used.add(known);
    this.explained.set(row, (this.explained.get(row) ?? 0) + 1);
  }

  private comparePair(slot: Slot, apache: Observation | null, zoowalk: Observation | null): Difference | null {
    if (!apache || !zoowalk) return { slot, at: '', apache, zoowalk };
    const at = differenceAt(apache, zoowalk);
    if (at === null) return null;
    for (const known of this.known) {
      const mended = known.mend?.(apache, zoowalk);
      if (!mended || differenceAt(mended, zoowalk) !== null) continue;
      this.explain(known);
      return null;
    }
    return { slot, at, apache, zoowalk };
  }
}

const differenceAt = (a: Observation, b: Observation): string | null =>
  firstDifference(a as unknown as Value, b as unknown as Value);
