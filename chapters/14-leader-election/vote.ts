/** A vote: whom a server wants to lead, and what speaks for it. */
import type { Zxid } from '#06-network-protocol/ids.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** What a server is doing. It looks for a leader, or it has one, or it is one. */
export type PeerState = 'looking' | 'following' | 'leading' | 'observing';

/** @apache server.quorum.Vote */
export interface Vote {
  /** The server that should lead. */
  readonly leader: ServerId;
  /** The last transaction in that server's log. */
  readonly zxid: Zxid;
  /** The epoch that this server has last taken part in; a log of a later epoch goes before a longer one. */
  readonly peerEpoch: bigint;
  /** The round of voting in which this was said. */
  readonly electionEpoch: bigint;
  /** What the server that cast it was doing. */
  readonly state: PeerState;
  /** Of the message that brought it; 0 for those of releases that did not send `peerEpoch`. */
  readonly version: number;
}

/**
 * Whether two votes speak for the same leader, so that they count together. While servers are looking, all that was
 * said has to match. A leader that is established was elected in a round that the others may not have seen, so there
 * only it and its epoch count; and among servers of different releases only it.
 */
export function sameVote(one: Vote, other: Vote): boolean {
  if (one.leader !== other.leader) return false;
  if (one.state === 'looking' || other.state === 'looking') {
    return one.zxid === other.zxid && one.electionEpoch === other.electionEpoch && one.peerEpoch === other.peerEpoch;
  }
  return one.version > 0 !== other.version > 0 || one.peerEpoch === other.peerEpoch;
}
