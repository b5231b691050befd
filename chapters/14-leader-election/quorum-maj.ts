/** Majority: more than half of the servers that vote. */

import { membersOf, rolesOf, sameMembers, serverLines } from '#14-leader-election/quorum-members.js';
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { failuresTolerated, hasMajority } from '#14-leader-election/quorums.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** @apache server.quorum.flexible.QuorumMaj */
export class QuorumMaj implements QuorumVerifier {
  readonly version: bigint;
  readonly allMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly votingMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly observingMembers: ReadonlyMap<ServerId, QuorumServer>;

  constructor(servers: Iterable<QuorumServer>, version = 0n) {
    const members = membersOf(servers);
    this.version = version;
    this.allMembers = members.all;
    this.votingMembers = members.voting;
    this.observingMembers = members.observing;
  }

  weightOf(id: ServerId): number {
    return this.votingMembers.has(id) ? 1 : 0;
  }

  containsQuorum(ids: ReadonlySet<ServerId>): boolean {
    return hasMajority(ids, this.votingMembers);
  }

  get failuresTolerated(): number {
    // A majority is what one group decides in which all weigh the same.
    const groups = new Map([[1n, [...this.votingMembers.keys()]]]);
    return failuresTolerated({ roles: rolesOf(this.allMembers), groups, weights: new Map() });
  }

  toText(): string {
    return [...serverLines(this), `version=${this.version.toString(16)}`].join('\n');
  }

  equals(other: QuorumVerifier): boolean {
    return other instanceof QuorumMaj && (this.version === other.version || sameMembers(this, other));
  }
}
