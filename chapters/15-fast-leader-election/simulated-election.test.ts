/** Elections under faults: from fixed seeds, with the wrong ones among them found out. */
import { describe, expect, test } from 'vitest';
import { emptyTally, SITUATIONS } from '#15-fast-leader-election/election-counts.js';
import { ELECTION_DEFECTS } from '#15-fast-leader-election/election-defects.js';
import { type ElectionPlan, makePlan, makeQuietPlan } from '#15-fast-leader-election/election-plan.js';
import { type FailedRun, failureText, runPlan, shrink } from '#15-fast-leader-election/planned-run.js';
import type { SimulatedElectionOptions } from '#15-fast-leader-election/simulated-election.js';

/** Quiet runs and troubled ones in turns. */
const planOf = (seed: number): ElectionPlan => (seed % 4 === 0 ? makeQuietPlan(seed) : makePlan(seed));

/** @returns the first run that fails, made small; null when none does */
async function firstFailure(seeds: number, options: SimulatedElectionOptions): Promise<FailedRun | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { failure } = await runPlan(planOf(seed), options);
    if (failure) return failure;
  }
  return null;
}

test('a leader is elected, whatever goes wrong, and everything that could be difficult was', async () => {
  const tally = emptyTally();
  let longestMs = 0;
  for (let seed = 1; seed <= 400; seed++) {
    const { zoo, decisionMs, failure } = await runPlan(planOf(seed));
    if (failure) expect.fail(failureText(await shrink(failure)));
    for (const situation of SITUATIONS) tally[situation] += zoo.counts.tally[situation];
    longestMs = Math.max(longestMs, decisionMs);
  }
  console.log(tally, longestMs);
  for (const situation of SITUATIONS) expect([situation, tally[situation] >= 20]).toEqual([situation, true]);
});

describe('an election is found to be wrong when it goes by:', () => {
  test.each(ELECTION_DEFECTS)('$belief', async ({ Election, caughtBy }) => {
    const failure = await firstFailure(400, { Election });
    console.log(failure?.invariant, failure?.plan.seed);
    expect(caughtBy).toContain(failure?.invariant);
  });
});
