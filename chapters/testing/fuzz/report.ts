/** How a fuzzing run went, in a few lines. */
import type { FuzzReport } from '#testing/fuzz/fuzz.node.js';

export function fuzzReport(target: string, seed: number, report: FuzzReport, tookMs: number): string {
  const { inputs, kept, blocks, outcomes } = report;
  const perSecond = Math.round(inputs / (tookMs / 1000));
  return [
    `${target}, seed ${seed}: ${inputs} inputs, ${perSecond} a second, all borne; ` +
      `${kept} reached something new, ${blocks} blocks of code in all.`,
    ...[...outcomes]
      .sort(([, a], [, b]) => b - a)
      .map(([outcome, count]) => `  ${String(count).padStart(8)}  ${outcome}`),
  ].join('\n');
}
