/** What a differential run has compared, and what it has not: every rule that was used, and how often. */
import { knownDifferences } from '#testing/differential/known-differences.js';
import { normalisations } from '#testing/differential/normalize.js';
import type { DifferentialRunner } from '#testing/differential/run.node.js';

type Counted = Pick<DifferentialRunner, 'normalised' | 'explained' | 'steps' | 'answers'>;

export function differentialReport({ normalised, explained, steps, answers }: Counted): string {
  const line = (count: number, name: string, reason: string): string =>
    `  ${String(count).padStart(8)}  ${name.padEnd(20)} ${reason}`;
  return [
    `${steps} steps. Requests that succeeded and that failed:`,
    ...[...answers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([about, { succeeded, failed }]) =>
          `  ${String(succeeded).padStart(8)}  ${String(failed).padStart(8)}  ${about}`,
      ),
    'Normalised:',
    ...Object.entries(normalisations).map(([name, reason]) => line(normalised.get(name as never) ?? 0, name, reason)),
    'Known differences:',
    ...knownDifferences.map(({ row, reason }) => line(explained.get(row) ?? 0, row, reason)),
  ].join('\n');
}
