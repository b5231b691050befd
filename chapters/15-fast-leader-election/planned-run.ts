/**
 * Runs a plan: lets everything go wrong that is in it, mends it all, and asks whether the servers that can reach each
 * other come to an end. A plan that fails is made smaller until nothing more can be left out of it.
 */
import { InvariantViolation, invariant } from '#00-introduction/invariant.js';
import { SimulationError } from '#00-introduction/simulation.js';
import {
  byWorth,
  type ElectionPlan,
  FAULTS_UNTIL_MS,
  isQuiet,
  type PlannedServer,
  planText,
  smallerPlans,
} from '#15-fast-leader-election/election-plan.js';
import { PlannedFaults } from '#15-fast-leader-election/planned-faults.js';
import { TICK_MS } from '#15-fast-leader-election/simulated-allegiance.js';
import { SimulatedElection, type SimulatedElectionOptions } from '#15-fast-leader-election/simulated-election.js';

/**
 * What has to hold besides what `ElectionChecker` looks at: `everybody-decides-in-bounded-time`, and where nothing goes
 * wrong and all begin together, `the-greatest-of-all-wins-when-all-is-quiet`.
 *
 * So many ticks after everything is mended, all have decided and are in step with one leader. Most of it is silence: the
 * pause between two notifications has doubled up to here, and a leader without followers waits for five ticks.
 */
export const DECISION_LIMIT_TICKS = 20;

/** A run that broke an invariant, or did not come to an end. */
export interface FailedRun {
  readonly plan: ElectionPlan;
  /** The name of the invariant. */
  readonly invariant: string;
  /** What was so instead, in a sentence. */
  readonly story: string;
  readonly zoo: SimulatedElection;
}

export interface PlannedRunResult {
  readonly zoo: SimulatedElection;
  /** How long it took after everything was mended. */
  readonly decisionMs: number;
  readonly failure: FailedRun | null;
}

/** @param created is shown the ensemble before anything happens */
export async function runPlan(
  plan: ElectionPlan,
  options: SimulatedElectionOptions = {},
  created: (zoo: SimulatedElection) => void = () => {},
): Promise<PlannedRunResult> {
  const zoo = new SimulatedElection(plan, options);
  created(zoo);
  const faults = new PlannedFaults(zoo);
  for (const fault of plan.faults) zoo.simulation.schedule(fault.atMs, () => faults.strike(fault));
  try {
    await zoo.simulation.runFor(lastMs(plan));
    faults.mendAll(plan.lost);
    const mendedMs = zoo.simulation.nowMs;
    await zoo.simulation.run({
      until: () => zoo.isSettled(plan.lost),
      untilMs: mendedMs + DECISION_LIMIT_TICKS * TICK_MS,
    });
    const decisionMs = zoo.simulation.nowMs - mendedMs;
    zoo.checker.story = `${(decisionMs / 1000).toFixed(0)} s after all was mended: ${zoo.statesText}`;
    invariant('everybody-decides-in-bounded-time', zoo.isSettled(plan.lost));
    zoo.checker.story = `server ${zoo.leader?.id} leads`;
    if (isQuiet(plan)) invariant('the-greatest-of-all-wins-when-all-is-quiet', greatestLeads(plan, zoo));
    return { zoo, decisionMs, failure: null };
  } catch (error) {
    const name = brokenInvariant(error);
    if (name === null) throw error;
    return { zoo, decisionMs: Number.NaN, failure: { plan, zoo, invariant: name, story: zoo.checker.story } };
  }
}

/** Makes the plan of a failed run smaller, as long as the same invariant fails. */
export async function shrink(
  failure: FailedRun,
  options: SimulatedElectionOptions = {},
  mostRuns = 200,
): Promise<FailedRun> {
  let smallest = failure;
  let runs = 0;
  for (let isSmaller = true; isSmaller && runs < mostRuns; ) {
    isSmaller = false;
    for (const plan of smallerPlans(smallest.plan)) {
      if (runs++ === mostRuns) break;
      const { failure: smaller } = await runPlan(plan, options);
      if (smaller?.invariant !== failure.invariant) continue;
      smallest = smaller;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** What a person needs to understand a failed run. */
export function failureText({ plan, invariant, story, zoo }: FailedRun): string {
  return `${invariant} does not hold: ${story}.\n\n${planText(plan)}\n${zoo.transcript.text()}`;
}

/** The name of what is wrong; null for an error that is something else. */
function brokenInvariant(error: unknown): string | null {
  if (error instanceof InvariantViolation) return error.invariant;
  return error instanceof SimulationError ? 'the-run-comes-to-an-end' : null;
}

function lastMs({ faults, servers }: ElectionPlan): number {
  const ends = [...faults.map(({ atMs, forMs }) => atMs + forMs), ...servers.map(({ startMs }) => startMs)];
  return Math.min(Math.max(1000, ...ends), FAULTS_UNTIL_MS);
}

function greatestLeads({ servers }: ElectionPlan, zoo: SimulatedElection): boolean {
  const greatest = [...servers].sort(byWorth).findLast(({ role }) => role === 'participant') as PlannedServer;
  return zoo.leader === zoo.server(greatest.id);
}
