import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zxid } from '#06-network-protocol/ids.js';
import { QuorumMaj } from '#14-leader-election/quorum-maj.js';
import type { PeerRole, QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import {
  type Candidate,
  ElectionRound,
  FINALIZE_WAIT_MS,
  NOTIFICATION_VERSION,
  owesAnswer,
  totalOrderPredicate,
} from '#15-fast-leader-election/election-round.js';
import { proves } from '#testing/proves.js';

const sid = (id: number): ServerId => serverId(BigInt(id));

/** (epoch, zxid, id), as in log lines. */
const candidate = (peerEpoch: number, lastZxid: number, id: number): Candidate => ({
  leader: sid(id),
  zxid: zxid(BigInt(lastZxid)),
  peerEpoch: BigInt(peerEpoch),
});

const server = (id: number, role: PeerRole = 'participant'): QuorumServer => ({
  id: sid(id),
  addresses: [{ quorum: { host: `s${id}`, port: 2888 }, election: { host: `s${id}`, port: 3888 } }],
  clientAddress: null,
  role,
});

const ensemble = (voters: number, observers = 0, version = 0n): QuorumMaj =>
  new QuorumMaj(
    Array.from({ length: voters + observers }, (_, i) => server(i + 1, i < voters ? 'participant' : 'observer')),
    version,
  );

/** Some servers count, some have no weight. */
const weighted = (weights: Record<number, number>): QuorumVerifier => {
  const majority = ensemble(Object.keys(weights).length);
  return Object.assign(Object.create(majority) as QuorumVerifier, {
    weightOf: (id: ServerId) => weights[Number(id)] ?? 0,
  });
};

function said(from: Candidate, electionEpoch: number, state: PeerState = 'looking'): Vote {
  return { ...from, electionEpoch: BigInt(electionEpoch), state, version: NOTIFICATION_VERSION };
}

/** Server `id` of three or more, in round 1, with epoch 1 and zxid 10. */
function roundOf(id: number, verifiers: QuorumVerifier[] = [ensemble(3)], own = candidate(1, 10, id)): ElectionRound {
  return new ElectionRound({ id: sid(id), initialVote: own, verifiers }, 1n);
}

describe('the total order', () => {
  const three = [ensemble(3)];

  test('goes by epoch, then by zxid, then by id', () => {
    proves('EL-01');
    expect(totalOrderPredicate(candidate(2, 1, 1), candidate(1, 99, 3), three)).toBe(true);
    expect(totalOrderPredicate(candidate(1, 99, 3), candidate(2, 1, 1), three)).toBe(false);
    expect(totalOrderPredicate(candidate(1, 11, 1), candidate(1, 10, 3), three)).toBe(true);
    expect(totalOrderPredicate(candidate(1, 10, 3), candidate(1, 11, 1), three)).toBe(false);
    expect(totalOrderPredicate(candidate(1, 10, 2), candidate(1, 10, 1), three)).toBe(true);
    expect(totalOrderPredicate(candidate(1, 10, 1), candidate(1, 10, 2), three)).toBe(false);
    expect(totalOrderPredicate(candidate(1, 10, 1), candidate(1, 10, 1), three)).toBe(false);
  });

  test('never prefers a server without weight', () => {
    proves('EL-01');
    const verifiers = [weighted({ 1: 1, 2: 1, 3: 0 })];
    expect(totalOrderPredicate(candidate(9, 99, 3), candidate(1, 1, 1), verifiers)).toBe(false);
    expect(totalOrderPredicate(candidate(1, 2, 2), candidate(9, 99, 3), verifiers)).toBe(false);
    expect(totalOrderPredicate(candidate(1, 2, 2), candidate(1, 1, 3), verifiers)).toBe(true);
  });

  test('takes a server that only has weight in the configuration to come', () => {
    const verifiers = [weighted({ 1: 1, 2: 1, 3: 1 }), ensemble(4, 0, 5n)];
    expect(totalOrderPredicate(candidate(1, 2, 4), candidate(1, 1, 1), verifiers)).toBe(true);
    proves('ED-06');
  });

  test('is a strict total order: of two that differ exactly one is better, and better than better is better', () => {
    const any = fc.tuple(
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(any, any, any, (one, two, three_) => {
        const [a, b, c] = [candidate(...one), candidate(...two), candidate(...three_)];
        const isBetter = (x: Candidate, y: Candidate) => totalOrderPredicate(x, y, three);
        const isSame = `${one}` === `${two}`;
        expect(isBetter(a, b) !== isBetter(b, a)).toBe(!isSame);
        if (isBetter(a, b) && isBetter(b, c)) expect(isBetter(a, c)).toBe(true);
      }),
    );
  });

  test('holds for the candidates of observers and of servers that know nothing: they lose to all', () => {
    const nobody = { leader: serverId(-(2n ** 63n)), zxid: zxid(-(2n ** 63n)), peerEpoch: -(2n ** 63n) };
    expect(totalOrderPredicate(candidate(0, 0, 1), nobody, three)).toBe(true);
    expect(totalOrderPredicate(nobody, candidate(0, 0, 1), three)).toBe(false);
  });
});

describe('a quorum', () => {
  const vote = said(candidate(1, 10, 3), 1);

  test('is more than half of the voters, all of whom say the same', () => {
    const round = roundOf(1, [ensemble(5)]);
    const votes = new Map<ServerId, Vote>();
    votes.set(sid(1), vote).set(sid(2), vote);
    expect(round.hasQuorum(votes, vote)).toBe(false);
    votes.set(sid(3), said(candidate(1, 10, 4), 1)).set(sid(4), said(candidate(1, 10, 3), 2));
    expect(round.hasQuorum(votes, vote)).toBe(false);
    votes.set(sid(5), vote);
    expect(round.hasQuorum(votes, vote)).toBe(true);
  });

  test('is needed in each of the configurations', () => {
    proves('EL-06');
    const round = roundOf(1, [ensemble(3), ensemble(5, 0, 7n)]);
    const votes = new Map([1, 2].map((id) => [sid(id), vote]));
    expect(round.hasQuorum(votes, vote)).toBe(false);
    votes.set(sid(4), vote);
    expect(round.hasQuorum(votes, vote)).toBe(true);
    // Three of the new ones are no majority of the old ones.
    const others = new Map([3, 4, 5].map((id) => [sid(id), vote]));
    expect(round.hasQuorum(others, vote)).toBe(false);
  });
});

describe('the vote of a server that is looking', () => {
  test('begins with oneself', () => {
    const round = roundOf(2);
    expect(round.vote).toEqual(said(candidate(1, 10, 2), 1));
    expect([...round.votes]).toEqual([[sid(2), said(candidate(1, 10, 2), 1)]]);
    proves('ED-05');
  });

  test('is taken over when it is better, and then everybody is told', () => {
    proves('EL-05');
    const round = roundOf(2);
    expect(round.hearLooking(sid(1), said(candidate(1, 10, 1), 1))).toBe(false);
    expect(round.proposal).toEqual(candidate(1, 10, 2));
    expect(round.hearLooking(sid(3), said(candidate(1, 10, 3), 1))).toBe(true);
    expect(round.vote).toEqual(said(candidate(1, 10, 3), 1));
    expect([...round.votes.keys()]).toEqual([sid(2), sid(1), sid(3)]);
    expect(round.votes.get(sid(2))).toEqual(round.vote);
    // The same again changes nothing.
    expect(round.hearLooking(sid(3), said(candidate(1, 10, 3), 1))).toBe(false);
  });

  test('of an earlier round is worth nothing', () => {
    proves('EL-05');
    const round = new ElectionRound({ id: sid(1), initialVote: candidate(1, 10, 1), verifiers: [ensemble(3)] }, 5n);
    expect(round.hearLooking(sid(3), said(candidate(9, 99, 3), 4))).toBe(false);
    expect(round.proposal).toEqual(candidate(1, 10, 1));
    expect([...round.votes.keys()]).toEqual([sid(1)]);
  });

  test('of a later round takes this server along, and its votes are forgotten', () => {
    proves('EL-05');
    const round = roundOf(2);
    round.hearLooking(sid(3), said(candidate(2, 5, 3), 1));
    expect(round.proposal).toMatchObject(candidate(2, 5, 3));
    // Worse than the proposal, worse than the initial vote: the new round begins with the latter.
    expect(round.hearLooking(sid(1), said(candidate(1, 10, 1), 4))).toBe(true);
    expect(round.electionEpoch).toBe(4n);
    expect(round.vote).toEqual(said(candidate(1, 10, 2), 4));
    expect(new Map(round.votes)).toEqual(
      new Map([
        [sid(1), said(candidate(1, 10, 1), 4)],
        [sid(2), said(candidate(1, 10, 2), 4)],
      ]),
    );
  });

  test('of a later round is taken over at once when it is better than the initial vote', () => {
    const round = roundOf(2);
    expect(round.hearLooking(sid(1), said(candidate(1, 11, 1), 4))).toBe(true);
    expect(round.vote).toEqual(said(candidate(1, 11, 1), 4));
  });

  test('counts only from a voter, and for a voter', () => {
    proves('EL-12');
    const round = roundOf(2, [ensemble(3, 1)]);
    for (const sender of [4, 9, -1]) {
      expect(round.hearLooking(sid(sender), said(candidate(1, 99, 3), 7))).toBe(false);
      expect(round.hearEstablished(sid(sender), said(candidate(1, 99, 3), 1, 'following'))).toBeNull();
    }
    for (const leader of [4, 9, -1]) {
      expect(round.hearLooking(sid(1), said(candidate(1, 99, leader), 7))).toBe(false);
      expect(round.hearEstablished(sid(1), said(candidate(1, 99, leader), 1, 'following'))).toBeNull();
    }
    expect([...round.votes.keys()]).toEqual([sid(2)]);
    expect(round.established.size).toBe(0);
    expect(round.electionEpoch).toBe(1n);
  });

  test('counts when its sender votes only in the configuration to come', () => {
    const round = roundOf(2, [ensemble(3), ensemble(4, 0, 9n)]);
    expect(round.hearLooking(sid(4), said(candidate(1, 11, 4), 1))).toBe(true);
  });

  test('of this server does not count when it has none', () => {
    const round = roundOf(4, [ensemble(3, 1)], candidate(-1, -1, -9));
    expect(round.votes.size).toBe(0);
    expect(round.hearLooking(sid(1), said(candidate(0, 0, 1), 1))).toBe(true);
    expect(round.vote).toEqual(said(candidate(0, 0, 1), 1));
    expect([...round.votes.keys()]).toEqual([sid(1)]);
  });
});

describe('the end of waiting', () => {
  test('comes 200 ms after a quorum was first seen', () => {
    proves('EL-06');
    const round = roundOf(3);
    expect(round.remainingWaitMs(1000)).toBeNull();
    round.hearLooking(sid(1), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(1000)).toBe(FINALIZE_WAIT_MS);
    expect(round.remainingWaitMs(1150.5)).toBe(49.5);
    expect(round.remainingWaitMs(1200)).toBe(0);
    expect(round.remainingWaitMs(9999)).toBe(0);
  });

  test('is not put off by votes that change nothing', () => {
    const round = roundOf(3, [ensemble(5)]);
    for (const id of [1, 2]) round.hearLooking(sid(id), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(0)).toBe(200);
    round.hearLooking(sid(4), said(candidate(1, 9, 4), 1));
    round.hearLooking(sid(1), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(150)).toBe(50);
    proves('ED-02');
  });

  test('is begun anew by a better vote', () => {
    proves('EL-06');
    const round = roundOf(1, [ensemble(5)]);
    for (const id of [2, 3]) round.hearLooking(sid(id), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(0)).toBe(200);
    round.hearLooking(sid(5), said(candidate(1, 10, 5), 1));
    expect(round.remainingWaitMs(100)).toBeNull();
    for (const id of [2, 3]) round.hearLooking(sid(id), said(candidate(1, 10, 5), 1));
    expect(round.remainingWaitMs(190)).toBe(200);
    expect(round.remainingWaitMs(389)).toBe(1);
    expect(round.remainingWaitMs(390)).toBe(0);
  });

  test('is begun anew by the same candidate in a later round', () => {
    const round = roundOf(3);
    round.hearLooking(sid(1), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(0)).toBe(200);
    round.hearLooking(sid(2), said(candidate(1, 10, 3), 2));
    expect(round.remainingWaitMs(100)).toBe(200);
    expect(round.remainingWaitMs(250)).toBe(50);
  });

  test('is begun anew when the quorum was lost meanwhile', () => {
    const round = roundOf(3);
    round.hearLooking(sid(1), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(0)).toBe(200);
    // It has a leader, so it does not say any more what it said.
    round.hearEstablished(sid(1), said(candidate(2, 0, 2), 1, 'following'));
    expect(round.remainingWaitMs(100)).toBeNull();
    round.hearLooking(sid(1), said(candidate(1, 10, 3), 1));
    expect(round.remainingWaitMs(150)).toBe(200);
  });

  test('comes for a server alone, which is its own quorum', () => {
    const round = roundOf(1, [ensemble(1)]);
    expect(round.remainingWaitMs(0)).toBe(200);
    expect(round.remainingWaitMs(200)).toBe(0);
  });
});

describe('the word of a server that has a leader', () => {
  const leader = candidate(1, 10, 3);

  test('is believed when a quorum says the same and the leader is there', () => {
    proves('EL-08', 'EL-09');
    const round = roundOf(1, [ensemble(5)], candidate(1, 12, 1));
    expect(round.hearEstablished(sid(2), said(leader, 7, 'following'))).toBeNull();
    expect(round.hearEstablished(sid(4), said(leader, 7, 'following'))).toBeNull();
    expect(round.electionEpoch).toBe(1n);
    const word = said(leader, 7, 'leading');
    expect(round.hearEstablished(sid(3), word)).toEqual(word);
    expect(round.electionEpoch).toBe(7n);
  });

  test('is not believed without the leader, however many say so', () => {
    proves('EL-09');
    const round = roundOf(1, [ensemble(5)]);
    for (const id of [2, 4, 5, 3]) {
      expect(round.hearEstablished(sid(id), said(leader, 7, 'following'))).toBeNull();
    }
  });

  test('may be of an earlier round than the own one, and that is then the round', () => {
    proves('EL-08');
    const round = new ElectionRound({ id: sid(1), initialVote: candidate(1, 10, 1), verifiers: [ensemble(3)] }, 9n);
    round.hearEstablished(sid(2), said(leader, 4, 'following'));
    expect(round.hearEstablished(sid(3), said(leader, 4, 'leading'))).not.toBeNull();
    expect(round.electionEpoch).toBe(4n);
  });

  test('may be of different rounds: followers that came later elected the same leader in another one', () => {
    proves('EL-08', 'EL-10');
    const round = roundOf(1, [ensemble(3)]);
    round.hearEstablished(sid(2), said({ ...leader, zxid: zxid(4n) }, 6, 'following'));
    expect(round.hearEstablished(sid(3), said(leader, 7, 'leading'))).not.toBeNull();
  });

  test('is not counted with that of another epoch', () => {
    proves('EL-10');
    const round = roundOf(1);
    round.hearEstablished(sid(2), said({ ...leader, peerEpoch: 2n }, 6, 'following'));
    expect(round.hearEstablished(sid(3), said(leader, 7, 'leading'))).toBeNull();
  });

  test('is not counted with votes of another round', () => {
    const round = roundOf(1, [ensemble(3)]);
    round.hearLooking(sid(2), said(leader, 1));
    expect(round.votes.get(sid(1))).toEqual(said(leader, 1));
    expect(round.hearEstablished(sid(3), said(leader, 2, 'leading'))).toBeNull();
  });

  test('is counted with the votes of its own round', () => {
    proves('EL-08');
    const round = roundOf(1, [ensemble(3)]);
    // This server votes for 3 as well; with the word of 3 that is a quorum, and there is nothing left to wait for.
    round.hearLooking(sid(2), said(leader, 1));
    expect(round.hearEstablished(sid(3), said(leader, 1, 'leading'))).not.toBeNull();
    expect(round.electionEpoch).toBe(1n);
  });

  test('makes this server the leader only in its own round', () => {
    proves('EL-09');
    const own = candidate(1, 10, 1);
    const other = roundOf(1, [ensemble(3)]);
    for (const id of [2, 3]) expect(other.hearEstablished(sid(id), said(own, 5, 'following'))).toBeNull();
    const same = roundOf(1, [ensemble(3)]);
    expect(same.hearEstablished(sid(2), said(own, 1, 'following'))).not.toBeNull();
  });

  test('is replaced by the next word of the same server', () => {
    const round = roundOf(1, [ensemble(5)]);
    round.hearEstablished(sid(2), said(leader, 7, 'following'));
    round.hearEstablished(sid(3), said(leader, 7, 'leading'));
    round.hearEstablished(sid(2), said(candidate(1, 10, 4), 8, 'following'));
    expect(round.hearEstablished(sid(5), said(leader, 7, 'following'))).toBeNull();
    expect(round.hearEstablished(sid(4), said(leader, 7, 'following'))).not.toBeNull();
  });
});

describe('an answer', () => {
  const mine = (state: PeerState, round: number) => ({ state, electionEpoch: BigInt(round) });
  const heard = (state: PeerState, round: number) => said(candidate(1, 10, 2), round, state);

  test('is owed to whoever is looking, by one that is not', () => {
    proves('EL-11');
    for (const state of ['following', 'leading', 'observing'] as const) {
      for (const round of [1, 5, 9]) expect(owesAnswer(mine(state, 5), heard('looking', round), true)).toBe(true);
    }
  });

  test('is owed to one that is in an earlier round', () => {
    proves('EL-05');
    expect(owesAnswer(mine('looking', 5), heard('looking', 4), true)).toBe(true);
    expect(owesAnswer(mine('looking', 5), heard('looking', 5), true)).toBe(false);
    expect(owesAnswer(mine('looking', 5), heard('looking', 6), true)).toBe(false);
  });

  test('is owed to one that has no vote, but not in a later round: to that one the answer would mean nothing', () => {
    proves('EL-12');
    expect(owesAnswer(mine('looking', 5), heard('looking', 5), false)).toBe(true);
    expect(owesAnswer(mine('looking', 5), heard('looking', 4), false)).toBe(true);
    expect(owesAnswer(mine('looking', 5), heard('looking', 6), false)).toBe(false);
    expect(owesAnswer(mine('leading', 5), heard('looking', 6), false)).toBe(true);
  });

  test('is not owed to one that is not looking: two servers would answer each other for ever', () => {
    for (const state of ['following', 'leading', 'observing'] as const) {
      expect(owesAnswer(mine('looking', 5), heard(state, 4), true)).toBe(false);
      expect(owesAnswer(mine('following', 5), heard(state, 4), false)).toBe(false);
    }
  });
});
