/**
 * Counts who has agreed to something, for every configuration that has a say in it. While an ensemble changes from one
 * configuration to the next there are two, and a decision needs a quorum in both.
 *
 * @apache server.quorum.SyncedLearnerTracker
 */
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';

export class SyncedLearnerTracker {
  private readonly sides: readonly { readonly verifier: QuorumVerifier; readonly acks: Set<ServerId> }[];

  constructor(verifiers: Iterable<QuorumVerifier>) {
    this.sides = [...verifiers].map((verifier) => ({ verifier, acks: new Set() }));
  }

  /** @returns whether the server has a vote in any of the configurations, so that its word counts */
  addAck(id: ServerId): boolean {
    let counts = false;
    for (const { verifier, acks } of this.sides) {
      if (!verifier.votingMembers.has(id)) continue;
      acks.add(id);
      counts = true;
    }
    return counts;
  }

  /** Whether the server has a vote in all of the configurations. */
  hasSid(id: ServerId): boolean {
    return this.sides.every(({ verifier }) => verifier.votingMembers.has(id));
  }

  hasAllQuorums(): boolean {
    return this.sides.every(({ verifier, acks }) => verifier.containsQuorum(acks));
  }

  /** For log lines: the ids, a list for each configuration. */
  toText(): string {
    return this.sides.map(({ acks }) => `[${[...acks].join(', ')}]`).join(',');
  }
}
