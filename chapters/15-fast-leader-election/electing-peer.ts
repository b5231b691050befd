/** What an election has to know of the server that it elects for, and what it tells it. */
import type { Zxid } from '#06-network-protocol/ids.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { Vote } from '#14-leader-election/vote.js';

/** @apache quorum.QuorumPeer */
export interface ElectingPeer {
  readonly id: ServerId;
  readonly role: PeerRole;
  /** The configuration in force. */
  readonly verifier: QuorumVerifier;
  /** The last one that was proposed, if it is known. */
  readonly lastSeenVerifier: QuorumVerifier | null;
  /**
   * Under whom this server is, with its state and, once it is in step with the leader, the leader's new epoch. Answers are
   * made from it. Null while it is looking.
   */
  readonly currentVote: Vote | null;

  /** The last transaction in its log. */
  lastLoggedZxid(): Zxid;
  /** The epoch that it has last taken part in. */
  currentEpoch(): bigint;

  /** A search has ended: the peer has to take on the state of the vote at once, and the vote as its `currentVote`. */
  elected(vote: Vote): void;
  /** While this server leads, another one is looking: a follower that gave up may be counted on no more. */
  heardLooking?(id: ServerId): void;
  /**
   * While this server looks, another one goes by a newer configuration. If it is taken over and says anything else than the
   * one before, the election has to be shut down, and another one made.
   * @param config as text
   */
  learnConfig?(config: string): void;
}
