/** Groups: servers have weights and are in groups, and a decision needs most groups, each by most of its weight. */
import { inTextOrder, membersOf, rolesOf, sameMembers, serverLines } from '#14-leader-election/quorum-members.js';
import type { QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { failuresTolerated, type GroupConfig, hasGroupMajority, weightIn } from '#14-leader-election/quorums.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** @apache server.quorum.flexible.QuorumHierarchical */
export class QuorumHierarchical implements QuorumVerifier {
  readonly version: bigint;
  readonly allMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly votingMembers: ReadonlyMap<ServerId, QuorumServer>;
  readonly observingMembers: ReadonlyMap<ServerId, QuorumServer>;
  private readonly config: GroupConfig;

  /** @param groups without mistakes: see `findGroupMistake` */
  constructor(
    servers: Iterable<QuorumServer>,
    { groups, weights }: Pick<GroupConfig, 'groups' | 'weights'>,
    version = 0n,
  ) {
    const members = membersOf(servers);
    this.version = version;
    this.allMembers = members.all;
    this.votingMembers = members.voting;
    this.observingMembers = members.observing;
    this.config = { roles: rolesOf(members.all), groups, weights };
  }

  weightOf(id: ServerId): number {
    return weightIn(this.config, id);
  }

  containsQuorum(ids: ReadonlySet<ServerId>): boolean {
    return hasGroupMajority(ids, this.config);
  }

  get failuresTolerated(): number {
    return failuresTolerated(this.config);
  }

  toText(): string {
    return [...serverLines(this), ...this.groupLines(), `version=${this.version.toString(16)}`].join('\n');
  }

  equals(other: QuorumVerifier): boolean {
    if (!(other instanceof QuorumHierarchical)) return false;
    if (this.version === other.version) return true;
    return sameMembers(this, other) && this.groupLines().join('\n') === other.groupLines().join('\n');
  }

  private groupLines(): string[] {
    const { groups, weights } = this.config;
    const groupOf = new Map([...groups].flatMap(([group, ids]) => ids.map((id) => [id, group] as const)));
    const idsOf = new Map([...groups.keys()].map((group) => [group, [] as ServerId[]]));
    for (const [id, group] of inTextOrder(groupOf)) idsOf.get(group)?.push(id);
    const weighed = inTextOrder(new Map([...weights.keys(), ...this.votingMembers.keys()].map((id) => [id, id])));
    return [
      ...[...inTextOrder(idsOf)].map(([group, ids]) => `group.${group}=${ids.join(':')}`),
      ...[...weighed.keys()].map((id) => `weight.${id}=${this.weightOf(id)}`),
    ];
  }
}
