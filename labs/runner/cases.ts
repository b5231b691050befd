/** What has to be so for a lab to be in order: each a file of a learner, and what the grader has to say to it. */
import { firstFailure, type GradeResult } from './result.js';

export interface Case {
  /** `wrong touch-only-later`. */
  readonly name: string;
  /** The learner's file. */
  readonly text: string;
  readonly expectation: Expectation;
}

export type Expectation =
  /** Nothing is written, and every check says so. */
  | { readonly kind: 'starter' }
  /** Everything up to a gap is written: its checks pass, and the next gap is asked for. */
  | { readonly kind: 'on the way'; readonly upTo: string }
  | { readonly kind: 'full marks' }
  | { readonly kind: 'caught'; readonly by: string; readonly message: string };

/** @returns what is not so; null when all is */
export function complaint(expectation: Expectation, result: GradeResult): string | null {
  if (result.obstacle !== null) return `${result.obstacle.title}: ${result.obstacle.details.join(' ')}`;
  switch (expectation.kind) {
    case 'starter':
      return starterComplaint(result);
    case 'on the way':
      return onTheWayComplaint(expectation.upTo, result);
    case 'full marks':
      return fullMarksComplaint(result);
    case 'caught':
      return caughtComplaint(expectation, result);
  }
}

function starterComplaint({ state, checks }: GradeResult): string | null {
  if (state !== 'expected start') return `the result is "${state}"`;
  const ran = checks.filter((check) => check.state !== 'not run');
  const silent = ran.find(({ state }) => state !== 'unwritten');
  return silent ? `check ${silent.id} does not say that its gap is not written` : null;
}

function onTheWayComplaint(upTo: string, { checks }: GradeResult): string | null {
  const units = checks.filter(({ layer }) => layer === 'unit');
  for (const { id, gap, state } of units) {
    const isWritten = gapNumber(gap) <= gapNumber(upTo);
    if (isWritten && state !== 'passed') return `check ${id} of gap ${gap} does not pass, so it needs a later gap`;
    if (!isWritten && state !== 'unwritten') return `check ${id} does not notice that gap ${gap} is not written`;
  }
  return null;
}

const gapNumber = (gap: string): number => Number(gap.slice(3));

function fullMarksComplaint(result: GradeResult): string | null {
  const failed = firstFailure(result);
  if (failed?.failure) return `check ${failed.id} fails: ${failed.failure.summary}`;
  const sum = result.checks.reduce((total, { points }) => total + points, 0);
  if (sum !== result.of) return `the checks have ${sum} points, lab.ts says ${result.of}`;
  return result.points === result.of && result.state === 'passed' ? null : `${result.points} of ${result.of} points`;
}

function caughtComplaint({ by, message }: Expectation & { kind: 'caught' }, result: GradeResult): string | null {
  const failed = firstFailure(result);
  if (failed?.failure == null) return `nobody notices: ${result.points} of ${result.of} points`;
  if (failed.id !== by) return `caught by ${failed.id} (${failed.failure.summary}), and not by ${by}`;
  return failed.failure.summary.includes(message)
    ? null
    : `${by} catches it, but says "${failed.failure.summary}" and not "${message}"`;
}
