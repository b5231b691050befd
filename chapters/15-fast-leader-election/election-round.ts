/**
 * What one server thinks while a leader is being elected: whom it wants, what it has heard from others, and whether that
 * is enough. Only decisions are here. It has no clock, no timer and no connection; `FastLeaderElection` has those, hands
 * in what arrives, and does what comes out.
 *
 * Servers vote in *rounds*, which have numbers (`electionEpoch`, the logical clock). Whoever looks for a leader begins a
 * round by voting for itself. A server that hears of a better candidate takes over that vote and tells everybody; so the
 * best one gets through to all who can hear each other, and a quorum ends up with the same vote.
 *
 * Invariants: within a round a vote is only ever replaced by a better one; votes of two rounds are never counted
 * together; whoever is elected has a quorum behind it in every configuration that has a say.
 *
 * @apache quorum.FastLeaderElection
 */
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import { sameVote, type Vote } from '#14-leader-election/vote.js';

/** Somebody who could lead, and what speaks for it: the last transaction in its log, and of which epoch that log is. */
export type Candidate = Pick<Vote, 'leader' | 'zxid' | 'peerEpoch'>;

/** The server that votes. */
export interface Elector {
  readonly id: ServerId;
  /** What it votes for at the beginning of a round: itself. One that has no vote names a candidate that loses to all. */
  readonly initialVote: Candidate;
  /** The configuration in force, and a newer one that has been proposed, if there is one. */
  readonly verifiers: readonly QuorumVerifier[];
}

/** How long a server that has seen a quorum waits for somebody better. */
export const FINALIZE_WAIT_MS = 200;

/** Of the messages that this release sends. */
export const NOTIFICATION_VERSION = 2;

/**
 * Whether a candidate is to be preferred to another one.
 *
 * The order is chosen so that nothing is lost that was acknowledged. A transaction is acknowledged when a quorum has
 * it. Among the servers of any quorum, then, one has it; and the one with the latest log has all that the others have.
 * First comes the epoch of the log: what a later leader has decided outweighs any number of transactions of an earlier
 * one. Then the last zxid. The id only breaks the tie, so that two equals don't wait for each other.
 *
 * A candidate whose vote has no weight, in any of the configurations, is never preferred.
 * @apache quorum.FastLeaderElection#totalOrderPredicate
 * @lab 15.1
 */
export function totalOrderPredicate(
  challenger: Candidate,
  champion: Candidate,
  verifiers: readonly QuorumVerifier[],
): boolean {
  if (verifiers.every((verifier) => verifier.weightOf(challenger.leader) === 0)) return false;
  if (challenger.peerEpoch !== champion.peerEpoch) return challenger.peerEpoch > champion.peerEpoch;
  if (challenger.zxid !== champion.zxid) return challenger.zxid > champion.zxid;
  return challenger.leader > champion.leader;
}

export class ElectionRound {
  /** The number of the round. It changes when this server hears that others are further. */
  electionEpoch: bigint;
  /** Whom this server wants at present. */
  proposal: Candidate;
  /** What voters say in this round, this server included: the last word of each. */
  readonly votes = new Map<ServerId, Vote>();
  /** What voters say who are not looking, in whatever round they were elected: the last word of each. */
  readonly established = new Map<ServerId, Vote>();
  private readonly elector: Elector;
  /** The vote for which a quorum was seen, and when that was first seen; null when there is none. */
  private waiting: { readonly vote: Vote; readonly sinceMs: number } | null = null;

  /** @param electionEpoch the number of the new round */
  constructor(elector: Elector, electionEpoch: bigint) {
    this.elector = elector;
    this.electionEpoch = electionEpoch;
    this.proposal = elector.initialVote;
    this.propose(elector.initialVote);
  }

  /** What this server says in this round, to all voters. */
  get vote(): Vote {
    const { leader, zxid, peerEpoch } = this.proposal;
    const { electionEpoch } = this;
    return { leader, zxid, peerEpoch, electionEpoch, state: 'looking', version: NOTIFICATION_VERSION };
  }

  /** Whether a server has a vote in any of the configurations. */
  isVoter(id: ServerId): boolean {
    return this.elector.verifiers.some((verifier) => verifier.votingMembers.has(id));
  }

  /**
   * Whether a quorum says the same as `vote`, in each of the configurations.
   * @param votes the last word of each server; all of them are voters
   * @apache quorum.FastLeaderElection#getVoteTracker
   * @lab 15.2
   */
  hasQuorum(votes: ReadonlyMap<ServerId, Vote>, vote: Vote): boolean {
    const supporters = new Set<ServerId>();
    for (const [id, said] of votes) {
      if (sameVote(said, vote)) supporters.add(id);
    }
    return this.elector.verifiers.every((verifier) => verifier.containsQuorum(supporters));
  }

  /**
   * Hears the vote of a server that is looking, too.
   *
   * A vote counts if the sender has a vote, and the one that it is for has one. Then its round decides:
   * - an earlier round: the vote is worth nothing. The sender will be told (`owesAnswer`).
   * - the same round: if the candidate is better than the present proposal, this server changes its vote.
   * - a later round: this server leaves its own round behind, and all votes in it. In the new one it starts from its
   *   initial vote, as always, and votes for whoever is better, that or what it has just heard.
   *
   * What the sender said is kept in `votes`, if it belongs to the round in which this server is now.
   * @returns true when this server's own vote is another one now, or in another round: all voters must be told
   * @apache quorum.FastLeaderElection#lookForLeader
   * @lab 15.3
   */
  hearLooking(sender: ServerId, heard: Vote): boolean {
    if (!this.isVoter(sender) || !this.isVoter(heard.leader)) return false;
    if (heard.electionEpoch < this.electionEpoch) return false;
    const isLater = heard.electionEpoch > this.electionEpoch;
    if (isLater) {
      this.electionEpoch = heard.electionEpoch;
      this.votes.clear();
      this.propose(this.elector.initialVote);
    }
    const isBetter = this.isBetter(heard, this.proposal);
    if (isBetter) this.propose(heard);
    this.votes.set(sender, heard);
    return isLater || isBetter;
  }

  /**
   * When to stop waiting. A quorum behind the present proposal is not the end: the vote of somebody better may be on its
   * way, and whoever changes its vote takes its support along. So the proposal has to hold for `FINALIZE_WAIT_MS` from the
   * moment when the quorum was first seen. Another proposal, another round or a lost quorum: the wait is over, and the
   * next one begins anew.
   *
   * Called after everything that this server has heard, and when the time is over that was returned last.
   * @param nowMs monotonic milliseconds
   * @returns how long to wait still, milliseconds; 0: the proposal is elected; null: there is no quorum behind it
   * @apache quorum.FastLeaderElection#lookForLeader
   * @lab 15.4
   */
  remainingWaitMs(nowMs: number): number | null {
    const { vote } = this;
    if (!this.hasQuorum(this.votes, vote)) {
      this.waiting = null;
      return null;
    }
    if (this.waiting === null || !sameVote(this.waiting.vote, vote)) this.waiting = { vote, sinceMs: nowMs };
    return Math.max(0, this.waiting.sinceMs + FINALIZE_WAIT_MS - nowMs);
  }

  /**
   * Hears from a server that follows or leads: there is a leader already, or there was one a moment ago.
   *
   * It counts on the same conditions as a vote of one that is looking. If it is about the round in which this server
   * is, it is kept in `votes`, and counted with the votes there. In any case it is kept in `established`: those who
   * have a leader may have elected it in a round of which this server knows nothing, and then it is counted with what
   * the others there say.
   *
   * In both places the leader is believed only if a quorum says the same and the leader is there (`isThere`). Whoever is
   * elected by what is in `established` was elected in the round of that vote, which may be an earlier one: it becomes
   * this server's round.
   * @returns what the sender said, if that is the leader; null when this server has to go on looking
   * @apache quorum.FastLeaderElection#receivedFollowingNotification
   * @lab 15.5
   */
  hearEstablished(sender: ServerId, heard: Vote): Vote | null {
    if (!this.isVoter(sender) || !this.isVoter(heard.leader)) return null;
    if (heard.electionEpoch === this.electionEpoch) {
      this.votes.set(sender, heard);
      if (this.hasQuorum(this.votes, heard) && this.isThere(this.votes, heard)) return heard;
    }
    this.established.set(sender, heard);
    if (!this.hasQuorum(this.established, heard) || !this.isThere(this.established, heard)) return null;
    this.electionEpoch = heard.electionEpoch;
    return heard;
  }

  /**
   * Whether the leader of a vote can be believed to lead. Others may not have noticed yet that it is gone, and would
   * elect it again and again. If it is somebody else, it must have said itself that it leads. If it is this server, it
   * can only lead in the round in which it is now: it does not remember what it was before it began to look.
   * @param votes the last word of each server
   * @apache quorum.FastLeaderElection#checkLeader
   * @lab 15.5
   */
  isThere(votes: ReadonlyMap<ServerId, Vote>, vote: Vote): boolean {
    if (vote.leader === this.elector.id) return vote.electionEpoch === this.electionEpoch;
    return votes.get(vote.leader)?.state === 'leading';
  }

  /** The total order, with the weights of this election. */
  protected isBetter(challenger: Candidate, champion: Candidate): boolean {
    return totalOrderPredicate(challenger, champion, this.elector.verifiers);
  }

  /** Votes for a candidate. The own vote counts like those of others; a server without a vote only has an opinion. */
  protected propose(candidate: Candidate): void {
    this.proposal = candidate;
    if (this.isVoter(this.elector.id)) this.votes.set(this.elector.id, this.vote);
  }
}

/**
 * Whether a message has to be answered with what this server thinks. Only a server that looks for a leader wants to
 * know. To one that looks, this server tells what it would not hear otherwise:
 * - If this server has a leader, it says so to whoever asks. A server that comes late hears the same from a quorum.
 * - If this server is looking, too, it tells one that is still in an earlier round. In the same round voters tell each
 *   other every change unasked; but nobody tells a server that has no vote, so that one is answered there as well.
 *
 * Nothing else is answered. Two servers that answer each other's answers would never stop.
 * @param me what this server is doing, and its round
 * @param isVoter whether the sender has a vote
 * @apache quorum.FastLeaderElection.Messenger.WorkerReceiver
 * @lab 15.6
 */
export function owesAnswer(me: Pick<Vote, 'state' | 'electionEpoch'>, heard: Vote, isVoter: boolean): boolean {
  if (heard.state !== 'looking') return false;
  if (me.state !== 'looking') return true;
  return isVoter ? heard.electionEpoch < me.electionEpoch : heard.electionEpoch <= me.electionEpoch;
}
