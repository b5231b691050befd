/** What `labs/NN-name/lab.ts` says of a lab: the one place for its title, gaps, points, hints and limits. */

export interface LabManifest {
  /** As people read it: `Session buckets`. */
  readonly title: string;
  /** What the learner can do afterwards, in one sentence. */
  readonly goal: string;
  /** The chapter's file with the gaps, and so the learner's: `expiry-queue.ts`. */
  readonly file: string;
  /** How long it takes somebody who has read the chapter. */
  readonly effortMinutes: readonly [number, number];
  /** Numbers of labs, or of chapters, that help: `04`. */
  readonly after: readonly string[];
  /** In the order of the text. */
  readonly gaps: readonly GapText[];
  /** The sum of all checks; `npm run labs:verify` makes sure of it. */
  readonly points: number;
}

export interface GapText {
  readonly id: string;
  readonly title: string;
  /** From a nudge to nearly the answer. */
  readonly hints: readonly string[];
}

export const defineLab = (manifest: LabManifest): LabManifest => manifest;
