/** The checks of lab 15, in the order of the text. Each unit check needs only gaps up to its own. */
import { SeededRandom } from '#00-introduction/seeded-random.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import { makePlan, makeQuietPlan } from '#15-fast-leader-election/election-plan.js';
import { owesAnswer, totalOrderPredicate } from '#15-fast-leader-election/election-round.js';
import { simulated, unit } from '../runner/checks.node.js';
import {
  candidate,
  elect,
  ensemble,
  expectGood,
  expectSettled,
  expectVote,
  planOf,
  roundOf,
  runFor,
  says,
  sid,
} from './grade-elections.js';

const NOTHING_LOST = 'Who leads has everything that was ever acknowledged.';
const TWO_QUORUMS = 'Two quorums have a server in common, so they can’t decide differently.';
const ONE_ROUND = 'Votes of two rounds are never counted together.';
const ONLY_BETTER = 'Within a round a vote is only ever replaced by a better one.';
const NOT_TOO_SOON = 'A better candidate that is only a little late is not passed over.';
const NOT_THE_DEAD = 'Nobody follows a leader that is not there.';
const ALL_HEAR = 'Whoever looks for a leader hears of it.';
const SILENCE_COMES = 'Talk comes to an end.';

// ------------------------------------------------------------------------------------- 15.1 the total order

unit(
  { gap: '15.1', name: 'a later epoch outweighs any number of transactions', invariant: NOTHING_LOST },
  (attempt) => {
    const isBetter = attempt.function('totalOrderPredicate', totalOrderPredicate);
    const three = [ensemble(3)];
    attempt.equal(isBetter(candidate(1, 2, 0), candidate(3, 1, 99), three), true);
    attempt.equal(isBetter(candidate(3, 1, 99), candidate(1, 2, 0), three), false);
    // It has come into epoch 2, and no transaction has come to it there.
    const empty = { ...candidate(1, 1, 5), peerEpoch: 2n };
    attempt.equal(isBetter(empty, candidate(3, 1, 99), three), true);
    attempt.equal(isBetter(candidate(3, 1, 99), empty, three), false);
  },
);

unit({ gap: '15.1', name: 'in one epoch the longer log is better', invariant: NOTHING_LOST }, (attempt) => {
  const isBetter = attempt.function('totalOrderPredicate', totalOrderPredicate);
  const three = [ensemble(3)];
  attempt.equal(isBetter(candidate(1, 1, 6), candidate(3, 1, 5), three), true);
  attempt.equal(isBetter(candidate(3, 1, 5), candidate(1, 1, 6), three), false);
});

unit({ gap: '15.1', name: 'of equals the larger id is better', invariant: ONLY_BETTER }, (attempt) => {
  const isBetter = attempt.function('totalOrderPredicate', totalOrderPredicate);
  const three = [ensemble(3)];
  attempt.equal(isBetter(candidate(2, 1, 5), candidate(1, 1, 5), three), true);
  attempt.equal(isBetter(candidate(1, 1, 5), candidate(2, 1, 5), three), false);
});

unit({ gap: '15.1', name: 'a server without weight is never better', invariant: TWO_QUORUMS }, (attempt) => {
  const isBetter = attempt.function('totalOrderPredicate', totalOrderPredicate);
  const weightless = (of: ServerId): QuorumVerifier => {
    const verifier: QuorumVerifier = Object.create(ensemble(3));
    return Object.assign(verifier, { weightOf: (id: ServerId) => (id === of ? 0 : 2) });
  };
  attempt.equal(isBetter(candidate(3, 9, 9), candidate(1, 1, 1), [weightless(sid(3))]), false);
  attempt.equal(isBetter(candidate(2, 1, 2), candidate(3, 1, 1), [weightless(sid(3))]), true);
  attempt.equal(isBetter(candidate(3, 9, 9), candidate(1, 1, 1), [weightless(sid(3)), ensemble(3)]), true);
});

// ------------------------------------------------------------------------------------------ 15.2 a quorum

unit({ gap: '15.2', name: 'a quorum says the same', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(5));
  const vote = says(candidate(3, 1, 10), 1);
  const votes = new Map([1, 2].map((id) => [sid(id), vote]));
  attempt.equal(round.hasQuorum(votes, vote), false);
  votes.set(sid(5), vote);
  attempt.equal(round.hasQuorum(votes, vote), true);
});

unit({ gap: '15.2', name: 'votes that differ are not counted together', invariant: ONE_ROUND }, (attempt) => {
  const vote = says(candidate(3, 1, 10), 1);
  for (const other of [says(candidate(2, 1, 10), 1), says(candidate(3, 1, 10), 2), says(candidate(3, 2, 10), 1)]) {
    const round = roundOf(attempt, 1, ensemble(3));
    const votes = new Map([
      [sid(1), vote],
      [sid(2), other],
    ]);
    attempt.equal(round.hasQuorum(votes, vote), false);
  }
});

unit({ gap: '15.2', name: 'a quorum is needed in each configuration', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(3), ensemble(5, 0, 7n));
  const vote = says(candidate(3, 1, 10), 1);
  const votesOf = (...ids: number[]): Map<ServerId, Vote> => new Map(ids.map((id) => [sid(id), vote]));
  attempt.equal(round.hasQuorum(votesOf(1, 2), vote), false);
  attempt.equal(round.hasQuorum(votesOf(3, 4, 5), vote), false);
  attempt.equal(round.hasQuorum(votesOf(1, 2, 4), vote), true);
});

// ----------------------------------------------------------------- 15.3 the vote of a server that is looking

unit({ gap: '15.3', name: 'a better vote is taken over, and told', invariant: ONLY_BETTER }, (attempt) => {
  const round = roundOf(attempt, 2, ensemble(3));
  attempt.equal(round.hearLooking(sid(3), says(candidate(3, 1, 10), 1)), true);
  expectVote(attempt, round.vote, says(candidate(3, 1, 10), 1), 'the own vote');
  expectVote(attempt, round.votes.get(sid(2)), says(candidate(3, 1, 10), 1), 'the own vote as it is counted');
  expectVote(attempt, round.votes.get(sid(3)), says(candidate(3, 1, 10), 1), 'the vote of server 3');
});

unit({ gap: '15.3', name: 'a vote that is not better is only kept', invariant: ONLY_BETTER }, (attempt) => {
  const round = roundOf(attempt, 2, ensemble(3));
  attempt.equal(round.hearLooking(sid(1), says(candidate(1, 1, 10), 1)), false);
  expectVote(attempt, round.vote, says(candidate(2, 1, 10), 1), 'the own vote');
  expectVote(attempt, round.votes.get(sid(1)), says(candidate(1, 1, 10), 1), 'the vote of server 1');
});

unit({ gap: '15.3', name: 'a vote of an earlier round is worth nothing', invariant: ONE_ROUND }, (attempt) => {
  const round = roundOf(attempt, 2, ensemble(3));
  round.hearLooking(sid(1), says(candidate(1, 1, 10), 5));
  attempt.equal(round.hearLooking(sid(3), says(candidate(3, 9, 99), 4)), false);
  expectVote(attempt, round.vote, says(candidate(2, 1, 10), 5), 'the own vote');
  expectVote(attempt, round.votes.get(sid(3)), undefined, 'the vote of server 3');
});

unit({ gap: '15.3', name: 'a later round begins with the initial vote', invariant: ONE_ROUND }, (attempt) => {
  const round = roundOf(attempt, 2, ensemble(5));
  round.hearLooking(sid(3), says(candidate(3, 2, 0), 1));
  attempt.equal(round.hearLooking(sid(1), says(candidate(1, 1, 9), 4)), true);
  expectVote(attempt, round.vote, says(candidate(2, 1, 10), 4), 'the own vote');
  expectVote(attempt, round.votes.get(sid(1)), says(candidate(1, 1, 9), 4), 'the vote of server 1');
  expectVote(attempt, round.votes.get(sid(2)), says(candidate(2, 1, 10), 4), 'the own vote as it is counted');
  attempt.equal([...round.votes.keys()].length, 2, 'how many votes there are of this round');
});

unit({ gap: '15.3', name: 'in a later round what was heard may be better', invariant: ONLY_BETTER }, (attempt) => {
  const round = roundOf(attempt, 2, ensemble(3));
  attempt.equal(round.hearLooking(sid(1), says(candidate(3, 1, 12), 4)), true);
  expectVote(attempt, round.vote, says(candidate(3, 1, 12), 4), 'the own vote');
  expectVote(attempt, round.votes.get(sid(2)), says(candidate(3, 1, 12), 4), 'the own vote as it is counted');
});

unit(
  { gap: '15.3', name: 'a vote for somebody who has none counts for nothing', invariant: TWO_QUORUMS },
  (attempt) => {
    const round = roundOf(attempt, 2, ensemble(3, 1));
    attempt.equal(round.hearLooking(sid(1), says(candidate(4, 9, 99), 7)), false);
    expectVote(attempt, round.vote, says(candidate(2, 1, 10), 1), 'the own vote');
    expectVote(attempt, round.votes.get(sid(1)), undefined, 'the vote of server 1');
  },
);

// ------------------------------------------------------------------------------- 15.4 when to stop waiting

unit({ gap: '15.4', name: 'without a quorum nobody waits for the end', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 3, ensemble(5));
  round.hearLooking(sid(1), says(candidate(3, 1, 10), 1));
  attempt.equal(round.remainingWaitMs(1000), null);
});

unit({ gap: '15.4', name: 'with a quorum the end comes after 200 ms', invariant: NOT_TOO_SOON }, (attempt) => {
  const round = roundOf(attempt, 3, ensemble(3));
  round.hearLooking(sid(1), says(candidate(3, 1, 10), 1));
  attempt.equal(round.remainingWaitMs(1000), 200);
  attempt.equal(round.remainingWaitMs(1150.5), 49.5);
  attempt.equal(round.remainingWaitMs(1200), 0);
  attempt.equal(round.remainingWaitMs(1300), 0);
});

// -------------------------------------------------------------------------- 15.5 there is a leader already

unit({ gap: '15.5', name: 'a quorum and its leader are believed', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(5));
  const follows = says(candidate(3, 1, 10), 7, 'following');
  const leads = says(candidate(3, 1, 10), 7, 'leading');
  attempt.equal(round.hearEstablished(sid(3), leads), null);
  attempt.equal(round.hearEstablished(sid(2), follows), null);
  attempt.equal(round.hearEstablished(sid(4), follows), follows);
  attempt.equal(round.electionEpoch, 7n, 'the round');
});

unit({ gap: '15.5', name: 'the leader’s round counts, also an earlier one', invariant: ONE_ROUND }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(3));
  round.hearLooking(sid(2), says(candidate(2, 1, 10), 9));
  const leads = says(candidate(3, 1, 10), 4, 'leading');
  attempt.equal(round.hearEstablished(sid(2), says(candidate(3, 1, 10), 4, 'following')), null);
  attempt.equal(round.hearEstablished(sid(3), leads), leads);
  attempt.equal(round.electionEpoch, 4n, 'the round');
});

unit({ gap: '15.5', name: 'in this round votes count as well', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(3));
  round.hearLooking(sid(2), says(candidate(3, 1, 10), 1));
  const leads = says(candidate(3, 1, 10), 1, 'leading');
  attempt.equal(round.hearEstablished(sid(3), leads), leads);
  const other = roundOf(attempt, 1, ensemble(3));
  other.hearLooking(sid(2), says(candidate(3, 1, 10), 1));
  attempt.equal(other.hearEstablished(sid(3), says(candidate(3, 1, 10), 2, 'leading')), null);
});

unit({ gap: '15.5', name: 'nobody is made to lead in a round of others', invariant: NOT_THE_DEAD }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(3));
  for (const id of [2, 3]) {
    attempt.equal(round.hearEstablished(sid(id), says(candidate(1, 1, 10), 5, 'following')), null);
  }
  attempt.equal(round.hearEstablished(sid(2), says(candidate(1, 1, 10), 1, 'following'))?.leader, 1n, 'the leader');
});

unit({ gap: '15.5', name: 'the word of one without a vote counts for nothing', invariant: TWO_QUORUMS }, (attempt) => {
  const round = roundOf(attempt, 1, ensemble(3, 1));
  const leads = says(candidate(3, 1, 10), 7, 'leading');
  attempt.equal(round.hearEstablished(sid(3), leads), null);
  attempt.equal(round.hearEstablished(sid(4), says(candidate(3, 1, 10), 7, 'following')), null);
  expectVote(attempt, round.established.get(sid(4)), undefined, 'the word of server 4');
});

// ----------------------------------------------------------------------------------- 15.6 who gets an answer

unit({ gap: '15.6', name: 'one that leads answers whoever is looking', invariant: ALL_HEAR }, (attempt) => {
  const owes = attempt.function('owesAnswer', owesAnswer);
  const me = { state: 'leading', electionEpoch: 5n } as const;
  for (const round of [1, 5, 9]) attempt.equal(owes(me, says(candidate(1, 1, 1), round), true), true);
  attempt.equal(owes(me, says(candidate(1, 1, 1), 9), false), true);
});

unit({ gap: '15.6', name: 'one that is looking answers those who are behind', invariant: ALL_HEAR }, (attempt) => {
  const owes = attempt.function('owesAnswer', owesAnswer);
  const me = { state: 'looking', electionEpoch: 5n } as const;
  attempt.equal(owes(me, says(candidate(1, 1, 1), 4), true), true);
  attempt.equal(owes(me, says(candidate(1, 1, 1), 4), false), true);
  attempt.equal(owes(me, says(candidate(1, 1, 1), 5), false), true);
});

unit({ gap: '15.6', name: 'who has a leader is not answered', invariant: SILENCE_COMES }, (attempt) => {
  const owes = attempt.function('owesAnswer', owesAnswer);
  for (const state of ['looking', 'leading'] as const) {
    const me = { state, electionEpoch: 5n };
    attempt.equal(owes(me, says(candidate(1, 1, 1), 4, 'following'), true), false);
    attempt.equal(owes(me, says(candidate(1, 1, 1), 4, 'leading'), false), false);
  }
});

// ------------------------------------------------------------------------------------ an ensemble, simulated

simulated(
  { gap: '15.1', name: 'where nothing goes wrong the greatest leads', invariant: NOTHING_LOST, points: 2, seeds: 12 },
  async (attempt) => {
    const random = new SeededRandom(attempt.seed);
    const member = () => ({
      epoch: 1 + random.integer(2),
      transactions: random.integer(3),
      startMs: random.integer(100),
    });
    await expectGood(attempt, planOf(attempt, [member(), member(), member(), member(), member()]));
  },
);

simulated(
  { gap: '15.3', name: 'an election of five takes few messages', invariant: SILENCE_COMES, points: 2, seeds: 6 },
  async (attempt) => {
    const zoo = elect(attempt, { ...planOf(attempt, [{}, {}, {}, {}, {}]), network: 'calm' });
    await expectSettled(attempt, zoo);
    const told = zoo.transcript.entries.filter((entry) => entry.kind === 'message' && entry.vote !== null).length;
    attempt.holds(told <= MOST_NOTIFICATIONS, `at most ${MOST_NOTIFICATIONS} notifications`, `${told} of them`);
  },
);

simulated(
  { gap: '15.2', name: 'observers don’t make a quorum', invariant: TWO_QUORUMS, points: 2, seeds: 6 },
  async (attempt) => {
    const later = { startMs: 15_000 };
    const zoo = elect(attempt, planOf(attempt, [{}, later, later], [{}, {}]));
    await runFor(attempt, zoo, 14_000);
    const leading = [...zoo.servers.values()].filter(({ state }) => state !== 'looking' && state !== 'down');
    attempt.holds(leading.length === 0, 'nobody has a leader: of three voters one is there', zoo.statesText);
    attempt.did('servers 2 and 3 start');
    await runFor(attempt, zoo, 1000);
    await expectSettled(attempt, zoo, [4, 5]);
  },
);

simulated(
  {
    gap: '15.3',
    name: 'servers in different rounds come together',
    invariant: ONE_ROUND,
    points: 2,
    seeds: 20,
  },
  async (attempt) => {
    const random = new SeededRandom(attempt.seed);
    const member = () => ({
      pastRounds: random.integer(4),
      transactions: random.integer(3),
      startMs: random.integer(3000),
    });
    const slow = (server: number) =>
      ({ kind: 'slow server', server, latencyMs: 50 + random.integer(250), atMs: 0, forMs: 12_000 }) as const;
    const faults = [slow(1 + random.integer(5)), slow(1 + random.integer(5))];
    await expectGood(attempt, planOf(attempt, [member(), member(), member(), member(), member()], [], faults));
  },
);

simulated(
  { gap: '15.4', name: 'who comes a moment later and is better leads', invariant: NOT_TOO_SOON, points: 2, seeds: 12 },
  async (attempt) => {
    await expectGood(attempt, { ...makeQuietPlan(attempt.seed, { voters: 5, observers: 0 }), network: 'calm' });
    attempt.did('each of them came before those before it had waited to the end');
  },
);

simulated(
  {
    gap: '15.5',
    name: 'who comes late finds the leader, and disturbs nobody',
    invariant: ALL_HEAR,
    points: 2,
    seeds: 8,
  },
  async (attempt) => {
    const zoo = elect(attempt, planOf(attempt, [{}, {}, {}, {}, { startMs: 20_000, transactions: 99, pastRounds: 7 }]));
    await expectSettled(attempt, zoo, [5]);
    const { leader } = zoo;
    attempt.did('server 5 starts: its log is longer, and it has been in later rounds');
    await runFor(attempt, zoo, 20_000);
    await expectSettled(attempt, zoo);
    const same = zoo.leader === leader;
    attempt.holds(same, `server ${leader?.id} goes on leading`, `server ${zoo.leader?.id} leads`);
  },
);

simulated(
  { gap: '15.5', name: 'a leader that is out of reach is not followed', invariant: NOT_THE_DEAD, points: 2, seeds: 12 },
  async (attempt) => {
    const zoo = elect(attempt, planOf(attempt, [{}, {}, {}, {}, { startMs: 30_000 }]));
    await expectSettled(attempt, zoo, [5]);
    const { leader } = zoo;
    if (leader === null) return;
    zoo.simulation.network.isolate(leader.name);
    attempt.did(`server ${leader.id} is cut off. Server 5 starts, before the others have noticed`);
    zoo.server(5).start();
    for (let ms = 0; ms < 1500; ms += 50) {
      await runFor(attempt, zoo, 50);
      const { state, stateText } = zoo.server(5);
      attempt.holds(state === 'looking', 'server 5 looks, as long as it hears of nobody who leads', stateText);
    }
    await runFor(attempt, zoo, 20_000);
    await expectSettled(attempt, zoo, [Number(leader.id)]);
    attempt.did('all hear each other again');
    zoo.simulation.network.heal();
    await expectSettled(attempt, zoo);
  },
);

simulated(
  { gap: '15.6', name: 'everybody who asks is told by a quorum', invariant: ALL_HEAR, points: 2, seeds: 8 },
  async (attempt) => {
    const zoo = elect(attempt, planOf(attempt, [{}, {}, {}], [{ startMs: 5000 }, { startMs: 9000 }]));
    await expectSettled(attempt, zoo, [4, 5]);
    await runFor(attempt, zoo, 10_000);
    await expectSettled(attempt, zoo);
    const back = zoo.server(1 + attempt.random.integer(2));
    attempt.did(`server ${back.id} crashes, and comes back`);
    back.crash();
    await runFor(attempt, zoo, 100);
    back.start();
    await expectSettled(attempt, zoo);
  },
);

simulated(
  {
    gap: '15.6',
    name: 'an observer and a voter who look do not talk without end',
    invariant: SILENCE_COMES,
    points: 2,
    seeds: 6,
  },
  async (attempt) => {
    const late = { startMs: 8000 };
    // To an observer that is rounds ahead the voter has nothing to say, so it hears nothing but questions.
    const isAhead = attempt.seed % 2 === 0;
    const most = isAhead ? 8 : 20;
    const zoo = elect(attempt, planOf(attempt, [{}, late, late], [{ pastRounds: isAhead ? 5 : 0 }]));
    await runFor(attempt, zoo, 7900);
    const told = zoo.transcript.entries.filter((entry) => entry.kind === 'message' && entry.vote !== null).length;
    attempt.holds(told <= most, `at most ${most} notifications in eight seconds`, `${told} of them`);
    await runFor(attempt, zoo, 200);
    await expectSettled(attempt, zoo);
  },
);

simulated(
  {
    gap: '15.5',
    name: 'whatever goes wrong, one leader is found in the end',
    invariant: 'Partitions, crashes, slow links, frozen machines: when they are over, all are under one leader.',
    points: 4,
    seeds: 60,
  },
  async (attempt) => {
    await expectGood(attempt, makePlan(attempt.seed));
  },
);

/** Our answer needs 70. */
const MOST_NOTIFICATIONS = 100;
