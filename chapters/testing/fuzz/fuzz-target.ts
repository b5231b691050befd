/** What is fuzzed: something that reads bytes of a stranger, and a way to tell whether it bore them. */
import type { Buffer } from 'node:buffer';

/**
 * Bytes for one run. A stream of frames is kept frame by frame, so that a change inside one leaves the others readable.
 */
export interface FuzzInput {
  readonly frames: readonly Frame[];
  /** Where the stream is cut into chunks: 0 is nowhere, each other number is one way to do it. */
  readonly cuts: number;
}

export interface Frame {
  readonly body: Buffer;
  /** What its length is said to be; null is the truth, and `none` is no length at all. */
  readonly length: number | null | 'none';
}

export interface FuzzTarget {
  readonly name: string;
  /** Whether its bytes are frames with a length. */
  readonly isFramed: boolean;
  /** Inputs that make sense. All others are made of these. */
  readonly seeds: readonly FuzzInput[];
  /**
   * Reads the input.
   * @returns how it went, in a word or two, to be counted
   * @throws {Error} (as a rejection) when it did not bear it
   */
  run(input: FuzzInput): Promise<string>;
}
