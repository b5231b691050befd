/** What the grader tells the process in which the learner's file runs, and what that process tells back. */
import type { CheckResult, Place, Trace } from './result.js';

/** The variable with the name of the file in which the request is. Without it the checks run as ordinary tests. */
export const REQUEST_VARIABLE = 'ZOOWALK_LAB_RUN';

export interface RunRequest {
  /** Lines of JSON go there, as things happen: they are there even when the process is not any more. */
  readonly eventsFile: string;
  /** When this file appears, the watchdog wants to know where the code is. */
  readonly stuckFile: string;
  /** The learner's file, to find it in stacks. */
  readonly learnerFile: string;
  /** Run only these checks. */
  readonly only: readonly string[] | null;
  /** Seeds of the simulated runs; null for those of the checks themselves. */
  readonly seeds: readonly number[] | null;
  /** Show the run whether it passes or not, and signs of life too. */
  readonly isReplay: boolean;
  /** Simulated checks run though unit checks fail. */
  readonly goesOn: boolean;
}

export type RunEvent =
  /** The grade file is about to load the learner's. */
  | { readonly event: 'loading'; readonly pid: number }
  | { readonly event: 'check'; readonly check: CheckResult }
  | { readonly event: 'start'; readonly id: string; readonly printedBefore: string }
  /** Something is done to the learner's code: with it, a check that hangs can be explained. */
  | { readonly event: 'sent'; readonly call: string }
  | { readonly event: 'seed'; readonly seed: number }
  | StuckEvent
  | { readonly event: 'end'; readonly check: CheckResult };

/** The code does not come back, and was stopped to see where it is. */
export interface StuckEvent {
  readonly event: 'stuck';
  /** Null when it is not in the learner's file. */
  readonly place: Place | null;
  /** A `StuckStory` as JSON; null when there is none to be had. */
  readonly story: string | null;
}

/** What is known of the check that does not come back. */
export type StuckStory = Pick<Trace, 'diagram' | 'printed'>;
