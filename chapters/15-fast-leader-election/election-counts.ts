/**
 * What simulated elections have come to see. A run in which nothing difficult happens proves nothing; so it is counted
 * what did, and tests ask for each of these at least so many times.
 */
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import { sameVote, type Vote } from '#14-leader-election/vote.js';
import type { ElectionNotice } from '#15-fast-leader-election/fast-leader-election.js';
import type { QuorumCnxNotice } from '#15-fast-leader-election/quorum-cnx-manager.js';

export const SITUATIONS = [
  /** Two candidates of one round each had a vote besides their own. */
  'split vote',
  /** The winner had supporters whose logs were as good as its own. */
  'tie broken by the id',
  /** The winner's log was longer than that of some supporter, of the same epoch. */
  'won by the zxid',
  /** A supporter had more transactions, and the winner a later epoch. */
  'won by the epoch',
  /** A leader was found that others had elected. */
  'late joiner',
  /** An observer found its leader. */
  'observer',
  /** Somebody better, because of a later epoch, turned up. */
  'vote changed for a newer epoch',
  /** A quorum was there, and in the time of waiting somebody better turned up. */
  'wait ended by a better vote',
  /** A server heard of a later round. */
  'round left behind',
  /** A server found its leader in an earlier round than the one that it was in. */
  'round went back',
  /** A vote of an earlier round arrived. */
  'vote of an old round',
  /** A server in an earlier round was told so. */
  'straggler answered',
  /** Silence: the vote was said again. */
  'said again',
  /** A connection was closed since its opener had the smaller id. */
  'dropped by the sid rule',
  /** A new connection began with the last message of the one before. */
  'last message repeated',
  /** A server that was down takes part again. */
  'restart',
  /** The one that leads did not get enough followers, or lost them. */
  'leader gave up',
  /** Two servers believed at the same time that they lead. */
  'two leaders at once',
] as const;

export type Situation = (typeof SITUATIONS)[number];

/** A tally of situations. */
export type SituationTally = Record<Situation, number>;

export const emptyTally = (): SituationTally =>
  Object.fromEntries(SITUATIONS.map((situation) => [situation, 0])) as SituationTally;

export class ElectionCounts {
  readonly tally: SituationTally = emptyTally();
  private readonly verifier: QuorumVerifier;
  /** What each server votes for. */
  private readonly own = new Map<ServerId, Vote>();
  /** What each server voted for when its last search began. */
  private readonly initial = new Map<ServerId, Vote>();
  /** By listener and speaker: the last word that was heard in the present search. */
  private readonly lastWords = new Map<ServerId, Map<ServerId, Vote>>();
  /** By round and candidate: who else voted for it. */
  private readonly supporters = new Map<bigint, Map<ServerId, Set<ServerId>>>();
  private readonly leading = new Set<ServerId>();

  constructor(verifier: QuorumVerifier) {
    this.verifier = verifier;
  }

  count(situation: Situation): void {
    this.tally[situation]++;
  }

  connectionNotice(what: QuorumCnxNotice): void {
    if (what === 'knocked') this.count('dropped by the sid rule');
    if (what === 'repeats the last message') this.count('last message repeated');
  }

  heard(listener: ServerId, speaker: ServerId, vote: Vote): void {
    const own = this.own.get(listener);
    if (own === undefined) return;
    const isOld = vote.state === 'looking' && vote.electionEpoch < own.electionEpoch;
    if (isOld && this.verifier.votingMembers.has(speaker)) this.count('vote of an old round');
    this.lastWords.get(listener)?.set(speaker, vote);
  }

  /** As `FastLeaderElection` tells it. */
  notice(server: ServerId, what: ElectionNotice, vote: Vote, other: ServerId): void {
    const before = this.own.get(server);
    if (what === 'begins') this.begin(server, vote);
    else if (what === 'changes its vote') this.change(server, before, vote);
    else if (what === 'leaves a round behind') this.count('round left behind');
    else if (what === 'says it again') this.count('said again');
    else if (what === 'answers') this.answer(vote, other);
    else if (what === 'joins') this.join(server, before, vote);
    else if (what === 'elects' && vote.leader === server) this.win(server, vote);
    if (what === 'begins' || what === 'changes its vote' || what === 'leaves a round behind') this.votes(server, vote);
    if (what === 'joins' || what === 'elects') this.end(server, vote);
  }

  crashed(server: ServerId): void {
    this.own.delete(server);
    this.lastWords.delete(server);
    this.leading.delete(server);
  }

  private begin(server: ServerId, vote: Vote): void {
    this.lastWords.set(server, new Map());
    this.initial.set(server, vote);
    if (this.leading.delete(server)) this.count('leader gave up');
    this.own.set(server, vote);
  }

  private change(server: ServerId, before: Vote | undefined, vote: Vote): void {
    if (before === undefined) return;
    if (vote.peerEpoch > before.peerEpoch) this.count('vote changed for a newer epoch');
    const words = this.lastWords.get(server) ?? new Map<ServerId, Vote>();
    const same = [...words].filter(([, word]) => sameVote(word, before)).map(([id]) => id);
    if (this.verifier.containsQuorum(new Set([server, ...same]))) this.count('wait ended by a better vote');
  }

  private votes(server: ServerId, vote: Vote): void {
    this.own.set(server, vote);
    if (vote.leader === server || !this.verifier.votingMembers.has(server)) return;
    const round = this.supporters.get(vote.electionEpoch) ?? new Map<ServerId, Set<ServerId>>();
    this.supporters.set(vote.electionEpoch, round);
    const others = round.get(vote.leader);
    if (others) others.add(server);
    else if (round.set(vote.leader, new Set([server])).size === 2) this.count('split vote');
  }

  private answer(vote: Vote, to: ServerId): void {
    if (vote.state === 'looking' && this.verifier.votingMembers.has(to)) this.count('straggler answered');
  }

  private join(server: ServerId, before: Vote | undefined, vote: Vote): void {
    this.count('late joiner');
    if (before !== undefined && vote.electionEpoch < before.electionEpoch) this.count('round went back');
    if (!this.verifier.votingMembers.has(server)) this.count('observer');
  }

  private win(server: ServerId, vote: Vote): void {
    const losers = [...(this.lastWords.get(server) ?? [])].filter(([, word]) => word.leader === server);
    const logs = losers.flatMap(([id]) => this.initial.get(id) ?? []);
    const sameEpoch = logs.filter(({ peerEpoch }) => peerEpoch === vote.peerEpoch);
    if (sameEpoch.some((log) => log.zxid === vote.zxid)) this.count('tie broken by the id');
    if (sameEpoch.some((log) => log.zxid < vote.zxid)) this.count('won by the zxid');
    const transactions = (zxid: bigint): bigint => zxid & 0xffff_ffffn;
    const earlier = logs.filter(({ peerEpoch }) => peerEpoch < vote.peerEpoch);
    if (earlier.some((log) => transactions(log.zxid) > transactions(vote.zxid))) this.count('won by the epoch');
  }

  private end(server: ServerId, vote: Vote): void {
    this.own.delete(server);
    if (vote.leader !== server) return;
    this.leading.add(server);
    if (this.leading.size > 1) this.count('two leaders at once');
  }
}
