/** Elections under faults: from fixed seeds, and with wrong ones among them, which have to be found. */
import { describe, expect, test } from 'vitest';
import { emptyTally, SITUATIONS } from '#15-fast-leader-election/election-counts.js';
import { ELECTION_DEFECTS } from '#15-fast-leader-election/election-defects.js';
import { type ElectionPlan, makePlan, makeQuietPlan } from '#15-fast-leader-election/election-plan.js';
import { type FailedRun, failureText, runPlan, shrink } from '#15-fast-leader-election/planned-run.js';
import { SimulatedElection, type SimulatedElectionOptions } from '#15-fast-leader-election/simulated-election.js';
import { proves } from '#testing/proves.js';

const SEEDS = 400;

/** Each of the difficult situations has to come up so often. */
const LEAST_OFTEN = 20;

/** Quiet runs and troubled ones in turns. */
const planOf = (seed: number): ElectionPlan => (seed % 4 === 0 ? makeQuietPlan(seed) : makePlan(seed));

/** @returns the first run that fails; null when none does */
async function firstFailure(options: SimulatedElectionOptions): Promise<FailedRun | null> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { failure } = await runPlan(planOf(seed), options);
    if (failure) return failure;
  }
  return null;
}

test('a leader is elected, whatever goes wrong, and everything that could be difficult was', async () => {
  proves('EL-01', 'EL-05', 'EL-06', 'EL-08', 'EL-09', 'QC-05', 'QC-08');
  const tally = emptyTally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { zoo, failure } = await runPlan(planOf(seed));
    if (failure) expect.fail(failureText(await shrink(failure)));
    for (const situation of SITUATIONS) tally[situation] += zoo.counts.tally[situation];
  }
  const rare = SITUATIONS.filter((situation) => tally[situation] < LEAST_OFTEN);
  expect(rare.map((situation) => `${situation}: ${tally[situation]}`)).toEqual([]);
});

test.each([3, 5, 7])('all of %i servers agree on the greatest when nothing goes wrong', async (voters) => {
  for (let seed = 1; seed <= 40; seed++) {
    const { zoo, failure } = await runPlan(makeQuietPlan(seed, { voters, observers: seed % 3 }));
    if (failure) expect.fail(failureText(failure));
    expect(zoo.isSettled()).toBe(true);
  }
});

describe('an election is found to be wrong when it goes by:', () => {
  test.each(ELECTION_DEFECTS)('$belief', async ({ Election, caughtBy }) => {
    const failure = await firstFailure({ Election });
    expect(caughtBy).toContain(failure?.invariant);
  });
});

test('a run that fails is made smaller, and told', async () => {
  const defect = ELECTION_DEFECTS.find(({ belief }) => belief.startsWith('A vote is a vote'));
  const options = defect ? { Election: defect.Election } : {};
  const failure = (await firstFailure(options)) as FailedRun;
  const smallest = await shrink(failure, options);
  expect(smallest.invariant).toBe(failure.invariant);
  expect(smallest.plan.servers.length).toBeLessThanOrEqual(failure.plan.servers.length);
  expect(smallest.plan.faults.length).toBeLessThanOrEqual(failure.plan.faults.length);
  const size = ({ plan }: FailedRun): number => plan.servers.length + plan.faults.length;
  expect(size(smallest)).toBeLessThan(size(failure));
  const text = failureText(smallest);
  expect(text).toContain(`${failure.invariant} does not hold`);
  expect(text).toContain(`seed ${failure.plan.seed}`);
  expect(text).toMatch(/ms +zk\d -> zk\d +round \d+, votes \d/);
  // A plan that does not fail any more would be no help.
  const { failure: again } = await runPlan(smallest.plan, options);
  expect(again?.invariant).toBe(failure.invariant);
});

test('the same seed gives the same run, byte by byte', async () => {
  const [one, other] = [await runPlan(makePlan(7)), await runPlan(makePlan(7))];
  expect(one.zoo.transcript.text()).toBe(other.zoo.transcript.text());
  expect(one.zoo.transcript.entries.length).toBeGreaterThan(100);
  const another = await runPlan(makePlan(8));
  expect(another.zoo.transcript.text()).not.toBe(one.zoo.transcript.text());
});

test('an observer of a later round, and a voter that looks, do not talk without end', async () => {
  const at = { transactions: 0, epoch: 1, startMs: 0 };
  const servers = [
    { ...at, id: 1, role: 'participant' as const, pastRounds: 0 },
    { ...at, id: 2, role: 'participant' as const, pastRounds: 0, startMs: 3000 },
    { ...at, id: 3, role: 'observer' as const, pastRounds: 5 },
  ];
  const zoo = new SimulatedElection({ seed: 1, network: 'calm', servers });
  await zoo.simulation.runFor(2900);
  const between = zoo.transcript.entries.filter((entry) => entry.kind === 'message' && entry.to !== 'zk2');
  expect(between.length).toBeLessThan(20);
  await zoo.runUntilSettled(20_000);
});
