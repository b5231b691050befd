/** Elections for the checks: what there is to vote for, and runs that are looked at while they go. */
import { InvariantViolation } from '#00-introduction/invariant.js';
import { zxid } from '#06-network-protocol/ids.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import type { ElectionPlan, PlannedFault } from '#15-fast-leader-election/election-plan.js';
import { type Candidate, ElectionRound } from '#15-fast-leader-election/election-round.js';
import { runPlan } from '#15-fast-leader-election/planned-run.js';
import { SimulatedElection } from '#15-fast-leader-election/simulated-election.js';
import { voteText } from '#15-fast-leader-election/vote-text.js';
import type { Attempt } from '../runner/attempt.js';
import type { SimulatedAttempt } from '../runner/simulated-attempt.js';

export const sid = (id: number): ServerId => serverId(BigInt(id));

/** A log of an epoch, with so many transactions in it. */
export function candidate(id: number, epoch: number, transactions: number): Candidate {
  return { leader: sid(id), zxid: zxid((BigInt(epoch) << 32n) + BigInt(transactions)), peerEpoch: BigInt(epoch) };
}

/** What a server says: for whom, in which round, and what it is doing. */
export function says(of: Candidate, round: number, state: PeerState = 'looking'): Vote {
  const { leader, zxid, peerEpoch } = of;
  return inWords({ leader, zxid, peerEpoch, electionEpoch: BigInt(round), state, version: 2 });
}

/** The same vote; in a report it stands as a sentence instead of six fields. */
function inWords(vote: Vote): Vote {
  return Object.defineProperty(vote, Symbol.for('nodejs.util.inspect.custom'), { value: () => voteText(vote) });
}

/** Expects what a server says, or what it has kept of others: `round 1, votes 2 (epoch 1, zxid 0x10000000a)`. */
export function expectVote(attempt: Attempt, got: Vote | undefined, expected: Vote | undefined, what: string): void {
  attempt.equal(got && voteText(got), expected && voteText(expected), what);
}

/** Servers 1, 2, 3 … of whom the first ones vote. */
export function ensemble(voters: number, observers = 0, version = 0n): QuorumMaj {
  const servers = Array.from({ length: voters + observers }, (_, index): QuorumServer => {
    const host = `zk${index + 1}`;
    return {
      id: sid(index + 1),
      addresses: [{ quorum: { host, port: 2888 }, election: { host, port: 3888 } }],
      clientAddress: null,
      role: index < voters ? 'participant' : 'observer',
    };
  });
  return new QuorumMaj(servers, version);
}

/** Server `id` in its first round, with a log of epoch 1 and ten transactions. */
export function roundOf(attempt: Attempt, id: number, ...verifiers: QuorumVerifier[]): ElectionRound {
  const elector = { id: sid(id), initialVote: candidate(id, 1, 10), verifiers };
  return attempt.make('round', ElectionRound, elector, 1n);
}

/** What has to hold, and is looked at by name in every run. */
const EXPECTED: Readonly<Record<string, string>> = {
  'a-leader-has-a-quorum-behind-it':
    'who ends its search has heard a quorum, and from a leader that was there before, itself',
  'the-winner-is-the-greatest-of-a-quorum': 'who begins to lead is the greatest of a quorum, by what is in its log',
  'one-leader-per-established-round': 'one leader in each round that is established',
  'talk-comes-to-an-end': 'two servers do not talk without end',
  'everybody-decides-in-bounded-time': 'all who can reach a quorum are under one leader, in the end',
  'the-greatest-of-all-wins-when-all-is-quiet': 'the greatest of all leads, since nothing has kept it from being heard',
  'the-run-comes-to-an-end': 'the run comes to its end',
};

/** Runs a plan, and expects that everything holds that has to. */
export async function expectGood(attempt: SimulatedAttempt, plan: ElectionPlan): Promise<SimulatedElection> {
  const { zoo, failure } = await runPlan(plan, {}, (created) => attempt.watch(created));
  if (failure) attempt.wrong(EXPECTED[failure.invariant] ?? failure.invariant, failure.story);
  return zoo;
}

export interface Member {
  readonly epoch?: number;
  readonly transactions?: number;
  readonly startMs?: number;
  readonly pastRounds?: number;
}

/** A plan for servers that are named one by one. */
export function planOf(
  attempt: SimulatedAttempt,
  voters: readonly Member[],
  observers: readonly Member[] = [],
  faults: readonly PlannedFault[] = [],
): ElectionPlan {
  const servers = [...voters, ...observers].map((member, index) => ({
    id: index + 1,
    role: index < voters.length ? ('participant' as const) : ('observer' as const),
    epoch: 1,
    transactions: 0,
    startMs: 0,
    pastRounds: 0,
    ...member,
  }));
  return { seed: attempt.seed, servers, network: 'ordinary', faults, lost: [] };
}

/** An ensemble that the check runs by itself. */
export function elect(attempt: SimulatedAttempt, plan: ElectionPlan): SimulatedElection {
  return attempt.watch(new SimulatedElection(plan));
}

/** Lets time pass, in which everything has to hold that always has to. */
export function runFor(attempt: SimulatedAttempt, zoo: SimulatedElection, ms: number): Promise<void> {
  return watched(attempt, zoo, zoo.simulation.runFor(ms));
}

async function watched(attempt: SimulatedAttempt, zoo: SimulatedElection, run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (error) {
    if (!(error instanceof InvariantViolation)) throw error;
    attempt.wrong(EXPECTED[error.invariant] ?? error.invariant, zoo.checker.story);
  }
}

/** How long an election may take, with everything that a lost leader takes. */
const SETTLED_WITHIN_MS = 40_000;

/** Expects that all but some are under one leader before long. */
export async function expectSettled(
  attempt: SimulatedAttempt,
  zoo: SimulatedElection,
  except: readonly number[] = [],
): Promise<void> {
  const untilMs = zoo.simulation.nowMs + SETTLED_WITHIN_MS;
  await watched(attempt, zoo, zoo.simulation.run({ until: () => zoo.isSettled(except), untilMs }));
  attempt.holds(zoo.isSettled(except), 'all are under one leader', zoo.statesText);
}
