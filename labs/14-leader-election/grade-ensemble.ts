/** Ensembles for the checks: started, cut in two, and looked at. */
import { SimulatedEnsemble, type SimulatedEnsembleOptions } from '#08-cluster-startup/simulated-ensemble.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

const TICK_MS = 2000;
/** Until an election is over, and until a leader without a quorum has noticed. */
const SETTLE_TICKS = 30;
/** A leader whom too few follow gives up after `initLimit`, or `syncLimit`. */
const NOTICE_TICKS = 12;

/** Starts an ensemble in which two leaders at once are looked out for. */
export async function startEnsemble(
  attempt: SimulatedAttempt,
  options: Omit<SimulatedEnsembleOptions, 'seed'>,
): Promise<SimulatedEnsemble> {
  const zoo = attempt.watch(new SimulatedEnsemble({ ...options, seed: attempt.seed }));
  await zoo.settle(zoo.startAll());
  return zoo;
}

export async function settle(zoo: SimulatedEnsemble): Promise<void> {
  await zoo.simulation.runFor(SETTLE_TICKS * TICK_MS);
}

/** Cuts off these servers from all others. */
export function cut(attempt: SimulatedAttempt, zoo: SimulatedEnsemble, side: readonly number[]): void {
  const names = new Set(side.map((id) => `zoo${id}`));
  const machines = zoo.members.map(({ machine }) => machine.name);
  for (const one of machines.filter((name) => names.has(name))) {
    for (const other of machines.filter((name) => !names.has(name))) zoo.simulation.network.partition(one, other);
  }
  attempt.did(`${[...names].join(', ')} and the others no longer hear each other`);
}

export function crash(attempt: SimulatedAttempt, zoo: SimulatedEnsemble, ids: readonly number[]): void {
  attempt.did(`${ids.map((id) => `zoo${id}`).join(', ')} crash`);
  for (const id of ids) zoo.member(id).crash();
}

/** @param ids the servers of which one should lead; none: nobody should */
export function expectLeaderAmong(attempt: SimulatedAttempt, zoo: SimulatedEnsemble, ids: readonly number[]): void {
  const leaders = zoo.leaders.map(({ machine }) => machine.name);
  const expected =
    ids.length === 0 ? 'that nobody leads' : `one leader, among ${ids.map((id) => `zoo${id}`).join(', ')}`;
  const got =
    leaders.length === 0 ? 'nobody leads' : `${leaders.join(' and ')} ${leaders.length === 1 ? 'leads' : 'lead'}`;
  const isSo =
    ids.length === 0
      ? leaders.length === 0
      : leaders.length === 1 && ids.some((id) => zoo.member(id).machine.name === leaders[0]);
  attempt.holds(isSo, expected, got);
}

/**
 * Cuts and heals the ensemble again and again.
 * @returns how often somebody was elected
 */
export async function cutAgainAndAgain(
  attempt: SimulatedAttempt,
  zoo: SimulatedEnsemble,
  times: number,
): Promise<void> {
  const { simulation } = zoo;
  for (let round = 0; round < times; round++) {
    const side = zoo.members.filter(() => attempt.random.chance(1 / 2)).map(({ id }) => Number(id));
    cut(attempt, zoo, side);
    await simulation.runFor(SETTLE_TICKS * TICK_MS);
    const leaders = zoo.leaders.map(({ machine }) => machine.name);
    attempt.holds(leaders.length <= 1, 'at most one leader', `${leaders.join(' and ')} lead`);
    attempt.did('all hear each other again');
    simulation.network.heal();
    await simulation.runFor(NOTICE_TICKS * TICK_MS);
  }
  await settle(zoo);
  attempt.holds(zoo.leader !== null, 'one leader in the end', `${zoo.leaders.length} of them`);
}
