/**
 * Which sets of servers may decide for all: the arithmetic behind every `QuorumVerifier`.
 *
 * There are two kinds. By **majority**, more than half of the servers that vote. By **groups**, as for servers in
 * several data centres: each server has a weight and is in one group; a group is won with more than half of its
 * weight, and the decision with more than half of the groups that weigh anything.
 *
 * Both keep the law of quorums: two of them always have a server in common, one that votes and, among groups, one whose
 * vote weighs something. "More than half" is what makes it so, once for majorities, twice for groups.
 */
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** Groups as they are configured: `group.1=1:2:3`, `weight.3=0`. */
export interface GroupConfig {
  /** Every server of the ensemble; at least one participant. */
  readonly roles: ReadonlyMap<ServerId, PeerRole>;
  /** Servers by the number of their group; in the order of the configuration, where one may stand twice by mistake. */
  readonly groups: ReadonlyMap<bigint, readonly ServerId[]>;
  /** Whole numbers, for the servers that were given one. */
  readonly weights: ReadonlyMap<ServerId, number>;
}

/** A configuration that would break the law of quorums, or under which nothing could ever be decided. */
export interface GroupMistake {
  /** The key that is wrong: `group.2`, `weight.3`, `server.5`; of several any. */
  readonly key: string;
  /** What about it: a clause that follows the key. */
  readonly problem: string;
}

/** The servers that vote: a set of their ids, or a map by them. */
export type Voters = Pick<ReadonlySet<ServerId>, 'has' | 'size'>;

/**
 * Whether more than half of the voters are in a set.
 * @param ids servers that have agreed to something; some of them may not be voters, and don't count
 * @param voters at least one
 * @lab 14.1
 */
export function hasMajority(ids: ReadonlySet<ServerId>, voters: Voters): boolean {
  throw new Error('lab 14.1 is not written yet: hasMajority');
}

/**
 * How much a server's vote counts: what was configured, or 1. The vote of a server that is no participant does not
 * count, which is 0.
 * @lab 14.2
 */
export function weightIn(config: Pick<GroupConfig, 'roles' | 'weights'>, id: ServerId): number {
  throw new Error('lab 14.2 is not written yet: weightIn');
}

/**
 * What is wrong with groups and weights. Each participant has to be in one group and no server in two; who is in a group
 * or has a weight has to be a server; no weight is negative, and an observer's is 0 if it has one; of all participants
 * at least one has a vote that counts.
 * @returns the first mistake that is found; null when there is none
 * @lab 14.3
 */
export function findGroupMistake(config: GroupConfig): GroupMistake | null {
  throw new Error('lab 14.3 is not written yet: findGroupMistake');
}

/**
 * Whether a group is won: more than half of its weight has agreed. A group without weight is never won.
 * @param ids servers that have agreed to something; some may be in other groups
 * @param group the servers of this one
 * @lab 14.4
 */
export function isGroupWon(ids: ReadonlySet<ServerId>, group: readonly ServerId[], config: GroupConfig): boolean {
  throw new Error('lab 14.4 is not written yet: isGroupWon');
}

/**
 * Whether more than half of the groups are won. Groups without weight are as if they were not there.
 * @param ids servers that have agreed to something
 * @param config without mistakes
 * @lab 14.5
 */
export function hasGroupMajority(ids: ReadonlySet<ServerId>, config: GroupConfig): boolean {
  throw new Error('lab 14.5 is not written yet: hasGroupMajority');
}

/**
 * How many servers may fail, whichever they are, so that those that are left can still decide. With a majority of n
 * servers it is the largest number below n / 2. Among groups it is what it takes to keep enough of them from being won,
 * if the failures hit where it hurts most, less one.
 * @param config without mistakes
 * @lab 14.6
 */
export function failuresTolerated(config: GroupConfig): number {
  throw new Error('lab 14.6 is not written yet: failuresTolerated');
}
