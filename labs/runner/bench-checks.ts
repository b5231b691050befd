/**
 * What `labs/NN-name/grade.bench.ts` is written with. Nothing here is judged by how long it takes: only by how the time
 * grows with the size, and by comparing with the reference, measured in turns on the same machine.
 */
import type { CheckText } from './result.js';

export type BenchCheck = SlopeCheck | RatioCheck;

type Text = Omit<CheckText, 'points'> & { readonly points?: number };

export interface SlopeCheck extends Text {
  readonly kind: 'slope';
  /** What there are so many of: `sessions`. */
  readonly of: string;
  readonly sizes: readonly number[];
  /** Time grows as the size to this power, at most. Work in proportion to the size is 1, its square is 2. */
  readonly limit: number;
  /** @returns the work to be measured, of a size; what goes before is not */
  readonly prepare: (size: number) => () => void;
}

export interface RatioCheck extends Text {
  readonly kind: 'ratio';
  /** So many times the reference's time is too long. */
  readonly limit: number;
  /** @returns the work to be measured: some milliseconds of it */
  readonly prepare: () => () => void;
}

export const slope = (check: Omit<SlopeCheck, 'kind'>): BenchCheck => ({ ...check, kind: 'slope' });
export const ratio = (check: Omit<RatioCheck, 'kind' | 'limit'> & { limit?: number }): BenchCheck => ({
  limit: DEFAULT_RATIO_LIMIT,
  ...check,
  kind: 'ratio',
});

const DEFAULT_RATIO_LIMIT = 3;

/** The exponent of the power law that fits times best: the slope of a line through the logarithms. */
export function slopeOf(sizes: readonly number[], times: readonly number[]): number {
  const xs = sizes.map(Math.log);
  const ys = times.map(Math.log);
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const covariance = mean(xs.map((x, index) => (x - meanX) * ((ys[index] as number) - meanY)));
  return covariance / mean(xs.map((x) => (x - meanX) ** 2));
}

/**
 * What a slope means, for people.
 * @param growth so many times as many things
 * @param slope the power by which the time grows with their number
 */
export function growthText(of: string, growth: number, slope: number, limit: number): string {
  return (
    `${growth} times the ${of} take ${timesText(growth ** slope)} the time; ` +
    `in proportion it would be ${growth} times, and up to ${timesText(growth ** limit)} is allowed`
  );
}

export const timesText = (factor: number): string => `${factor.toFixed(factor < 10 ? 1 : 0)} times`;

export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
