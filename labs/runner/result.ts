/** What a graded run found: made by the grader, read by the report, by JSON, by a class's CSV and by `labs:verify`. */
import type { Unwritten } from './unwritten.js';

export type Layer = 'types' | 'unit' | 'simulation' | 'benchmark';

/** In the order in which they run; for a learner the first that fails is the last. */
export const LAYERS: readonly Layer[] = ['types', 'unit', 'simulation', 'benchmark'];

export interface CheckText {
  /** The gap that it is about: `11.2`. */
  readonly gap: string;
  /** What is so when it passes, in a few words. */
  readonly name: string;
  /** What must hold whatever happens: the sentence of which this check is an example. */
  readonly invariant: string;
  readonly points: number;
}

export interface CheckResult extends CheckText {
  /** `u3`, `s1`, `b2`: the layer, and a number that counts from 1 in the order of the file. */
  readonly id: string;
  readonly layer: Layer;
  readonly state: 'passed' | 'failed' | 'unwritten' | 'not run';
  readonly failure: Failure | null;
  /** Of a check that passed, when it was asked for. */
  readonly trace?: Trace;
  /** What a benchmark measured, in one line. */
  readonly measured?: string;
}

export interface Failure extends Trace {
  readonly kind: 'wrong' | 'error' | 'unwritten' | 'hang' | 'memory' | 'crash';
  /** One line: what went wrong. */
  readonly summary: string;
  /** Of what something was expected; null when it is the result of what was done last, or something else happened. */
  readonly subject: string | null;
  readonly expected: string | null;
  readonly got: string | null;
  /** Where in the learner's file; null when it is not known. */
  readonly place: Place | null;
  /** Of the kind `unwritten`: which gap was reached, and in which function. */
  readonly unwritten?: Unwritten;
}

/** What happened in a check. */
export interface Trace {
  /** What was done to the learner's code, in order; what a callback of it did is indented. */
  readonly sent: readonly string[];
  /** Of a simulated run: its seed, and what happened in it. */
  readonly seed: number | null;
  readonly diagram: readonly DiagramEntry[];
  /** What the learner's file has printed meanwhile. */
  readonly printed: string;
}

export interface Place {
  /** Counted from 1. */
  readonly line: number;
  readonly column: number;
}

/** What happened in a run, as far as a diagram shows it. */
export interface DiagramEntry {
  readonly atMs: number;
  readonly kind: 'packet' | 'event' | 'note';
  /** The machine; empty for a note of the check. */
  readonly from: string;
  /** Empty for what happens at one machine. */
  readonly to: string;
  readonly text: string;
  /** Of a packet: whether it has not reached the other side. */
  readonly isLost: boolean;
}

export interface GradeResult {
  /** `11-session-buckets`. */
  readonly lab: string;
  readonly points: number;
  readonly of: number;
  /** `expected start`: the file is the starter, and fails as a starter has to. */
  readonly state: 'passed' | 'failed' | 'expected start' | 'refused' | 'partial run';
  readonly layers: Readonly<Record<Layer, 'passed' | 'failed' | 'not run'>>;
  readonly checks: readonly CheckResult[];
  /** What stands in the way of every check: types, an import, a file that can't be loaded. */
  readonly obstacle: Obstacle | null;
  /** The proof: which file ran. Null when none ran. */
  readonly ran: string | null;
  /** Files that were loaded, by absolute path. */
  readonly modules: readonly string[];
  readonly seconds: number;
}

export interface Obstacle {
  readonly layer: Layer;
  readonly why: 'types' | 'refused' | 'error' | 'hang' | 'memory' | 'crash';
  /** A heading: `Your file does not compile`. */
  readonly title: string;
  /** Lines; those that begin with spaces are of a source, and stay as they are. */
  readonly details: readonly string[];
  /** The same in one line, for a list. */
  readonly summary: string;
}

/** The first check that did not pass, of those that ran. */
export const firstFailure = (result: GradeResult): CheckResult | null =>
  result.checks.find(({ failure }) => failure !== null) ?? null;

/** In a word, why it is no pass; empty when it is one. */
export function whyOf(result: GradeResult): Obstacle['why'] | Failure['kind'] | 'slow' | '' {
  if (result.obstacle !== null) return result.obstacle.why;
  const failed = firstFailure(result);
  if (failed?.failure?.kind === 'wrong' && failed.layer === 'benchmark') return 'slow';
  return failed?.failure?.kind ?? '';
}
