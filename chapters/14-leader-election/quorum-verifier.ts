/** The configuration of an ensemble: who is in it, and which sets of its servers may decide for all. */
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/**
 * Its one law, whatever the kind: **two quorums always have a server in common**. That server has seen what the first
 * of them decided, and so the second can't decide otherwise in ignorance.
 *
 * @apache server.quorum.flexible.QuorumVerifier
 */
export interface QuorumVerifier {
  /** The zxid of the transaction that made this configuration; 0 for one that was read from a file. */
  readonly version: bigint;
  /** By their ids, as all three maps. */
  readonly votingMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly observingMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly allMembers: ReadonlyMap<ServerId, QuorumServer>;

  /** How much the server's vote counts. 0 for one that does not vote, and such a server must not lead. */
  weightOf(id: ServerId): number;

  /** Whether these servers may decide for all. Those among them that don't vote don't count. */
  containsQuorum(ids: ReadonlySet<ServerId>): boolean;

  /** How many servers may fail, whichever they are, so that the others can still decide. */
  readonly failuresTolerated: number;

  /** As it goes into notifications, `/zookeeper/config` and the dynamic configuration file. */
  toText(): string;

  /** Whether both have one version, or else say the same of every server. */
  equals(other: QuorumVerifier): boolean;
}
