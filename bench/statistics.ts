/** The few numbers that a handful of rounds can honestly give: a middle and the two ends. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws {RangeError} when there is nothing to take the middle of */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * How many times `ours` is of `theirs`, round by round: the two numbers of a pair were measured one right after the
 * other, so what the machine did meanwhile touched both.
 * @throws {RangeError} when the rounds don't pair up
 */
export function ratioSpread(ours: readonly number[], theirs: readonly number[]): Spread {
  if (ours.length !== theirs.length) throw new RangeError(`${ours.length} rounds against ${theirs.length}`);
  return spreadOf(ours.map((value, round) => value / (theirs[round] as number)));
}
