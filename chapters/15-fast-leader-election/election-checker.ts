/**
 * Watches a simulated election from outside, and knows what nobody in it can know: what each server has really said,
 * what the others have really heard of it, and what is in all logs.
 *
 * Invariants, by name:
 *
 * - `a-leader-has-a-quorum-behind-it`: when a server ends its search, a quorum of voters is for that leader, by the last
 *   words of each that this server has heard in this search: in that round, its own vote included, or else as servers
 *   that have a leader, and then the leader itself has said that it leads.
 * - `the-winner-is-the-greatest-of-a-quorum`: when a server begins to lead, none of the voters of some quorum behind it
 *   had a greater (epoch, zxid, id) when it said so; and the vote says of the leader what is true.
 * - `one-leader-per-established-round`: a leader under which a quorum has come in a round is the only one of that round.
 *   A server that forgets, because it has crashed or because it has gone back to an earlier round, begins anew.
 * - `talk-comes-to-an-end`: no server says more to another one within a second than an election can need.
 */
import { invariant } from '#00-introduction/invariant.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';
import type { Candidate } from '#15-fast-leader-election/election-round.js';
import { candidateText } from '#15-fast-leader-election/vote-text.js';

/** What a server has said, and what was in its own log at that moment. */
export interface Statement {
  readonly vote: Vote;
  readonly speaker: Candidate;
}

/** Of what one server says to another one within a second. The most that was seen in ten thousand runs is a half of it. */
const MOST_MESSAGES_A_SECOND = 50;

export class ElectionChecker {
  private readonly verifier: QuorumVerifier;
  /** By listener and speaker: everything that was heard since the listener's search began. */
  private readonly heard = new Map<ServerId, Map<ServerId, Statement[]>>();
  /** By server and round: the leaders under which it has been in that round. */
  private readonly leaders = new Map<ServerId, Map<bigint, Set<ServerId>>>();

  /** What was looked at last: when an invariant is broken, what went wrong. */
  story = '';
  /** By speaker and listener: how much was said since when. */
  private readonly said = new Map<string, { sinceMs: number; messages: number }>();

  constructor(verifier: QuorumVerifier) {
    this.verifier = verifier;
  }

  /** @throws {InvariantViolation} */
  sent(speaker: ServerId, listener: string, atMs: number): void {
    const link = `${speaker} ${listener}`;
    let said = this.said.get(link);
    if (said === undefined || atMs - said.sinceMs >= 1000) {
      said = { sinceMs: atMs, messages: 0 };
      this.said.set(link, said);
    }
    said.messages++;
    if (said.messages > MOST_MESSAGES_A_SECOND) {
      this.story = `server ${speaker} has sent ${said.messages} messages to ${listener} within a second`;
    }
    invariant('talk-comes-to-an-end', said.messages <= MOST_MESSAGES_A_SECOND);
  }

  searchBegins(listener: ServerId): void {
    this.heard.set(listener, new Map());
  }

  arrived(listener: ServerId, speaker: ServerId, statement: Statement): void {
    const bySpeaker = this.heard.get(listener);
    const statements = bySpeaker?.get(speaker);
    if (statements) statements.push(statement);
    else bySpeaker?.set(speaker, [statement]);
  }

  /** The server has lost what was not in its log. */
  crashed(server: ServerId): void {
    this.heard.delete(server);
    this.leaders.delete(server);
  }

  /**
   * A server has ended its search.
   * @param own what it voted for when it did
   * @param self what is in its own log
   * @throws {InvariantViolation}
   */
  elected(server: ServerId, vote: Vote, own: Candidate & { readonly electionEpoch: bigint }, self: Candidate): void {
    const inRound = this.behind(server, vote, (said) => said.electionEpoch === vote.electionEpoch);
    const established = this.behind(server, vote, (said) => said.state === 'following' || said.state === 'leading');
    const ownVote = own.leader === vote.leader && own.electionEpoch === vote.electionEpoch ? [server] : [];
    this.story =
      `server ${server} ends its search with server ${vote.leader}, round ${vote.electionEpoch}; for that are in this ` +
      `round ${listText([...inRound.keys(), ...ownVote])}, and as their leader have it ${listText(established.keys())}`;
    invariant(
      'a-leader-has-a-quorum-behind-it',
      this.isQuorum([...inRound.keys(), ...ownVote]) ||
        (this.isQuorum(established.keys()) && established.get(vote.leader)?.vote.state === 'leading'),
    );
    if (vote.leader === server) this.checkWinner(server, vote, inRound, self);
    this.noteLeader(server, vote);
    this.checkRound(vote.electionEpoch);
  }

  /** Who is for the leader of a vote, by the last word of each of which something is true. */
  private behind(server: ServerId, vote: Vote, counts: (said: Vote) => boolean): Map<ServerId, Statement> {
    const behind = new Map<ServerId, Statement>();
    for (const [speaker, statements] of this.heard.get(server) ?? []) {
      const last = statements.findLast(({ vote: said }) => counts(said));
      if (last?.vote.leader === vote.leader) behind.set(speaker, last);
    }
    return behind;
  }

  private isQuorum(servers: Iterable<ServerId>): boolean {
    return this.verifier.containsQuorum(new Set(servers));
  }

  private checkWinner(server: ServerId, vote: Vote, behind: Map<ServerId, Statement>, self: Candidate): void {
    const notGreater = [...behind].filter(([, { speaker }]) => !isGreater(speaker, vote)).map(([id]) => id);
    const greater = [...behind].filter(([, { speaker }]) => isGreater(speaker, vote));
    this.story =
      `server ${server} leads with ${candidateText(vote)}, and has in its log ${candidateText(self)}; ` +
      `of those for it are greater: ${greater.map(([, { speaker }]) => candidateText(speaker)).join(', ') || 'none'}`;
    invariant(
      'the-winner-is-the-greatest-of-a-quorum',
      this.isQuorum([server, ...notGreater]) && vote.zxid === self.zxid && vote.peerEpoch === self.peerEpoch,
    );
  }

  private noteLeader(server: ServerId, vote: Vote): void {
    const rounds = this.leaders.get(server) ?? new Map<bigint, Set<ServerId>>();
    this.leaders.set(server, rounds);
    for (const round of rounds.keys()) if (round > vote.electionEpoch) rounds.delete(round);
    rounds.set(vote.electionEpoch, (rounds.get(vote.electionEpoch) ?? new Set()).add(vote.leader));
  }

  private checkRound(round: bigint): void {
    const followers = new Map<ServerId, Set<ServerId>>();
    for (const [server, rounds] of this.leaders) {
      for (const leader of rounds.get(round) ?? []) {
        followers.set(leader, (followers.get(leader) ?? new Set()).add(server));
      }
    }
    const established = [...followers.values()].filter((servers) => this.verifier.containsQuorum(servers));
    if (established.length > 1) this.story = `in round ${round} quorums have been under ${listText(followers.keys())}`;
    invariant('one-leader-per-established-round', established.length <= 1);
  }
}

const listText = (servers: Iterable<ServerId>): string => [...servers].sort().join(', ') || 'none';

/** The order of the facts, written down once more: the checker must not believe the code that it checks. */
function isGreater(one: Candidate, other: Candidate): boolean {
  if (one.peerEpoch !== other.peerEpoch) return one.peerEpoch > other.peerEpoch;
  return one.zxid === other.zxid ? one.leader > other.leader : one.zxid > other.zxid;
}
