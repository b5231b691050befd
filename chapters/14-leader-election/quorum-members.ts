/** What every kind of configuration has in common: its servers, by id, in the order in which Apache's prints them. */
import { formatQuorumServer, type PeerRole, type QuorumServer } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';

export interface Members {
  readonly all: ReadonlyMap<ServerId, QuorumServer>;
  readonly voting: ReadonlyMap<ServerId, QuorumServer>;
  readonly observing: ReadonlyMap<ServerId, QuorumServer>;
}

export function membersOf(servers: Iterable<QuorumServer>): Members {
  const all = inTextOrder(new Map([...servers].map((server) => [server.id, server])));
  const withRole = (role: QuorumServer['role']): ReadonlyMap<ServerId, QuorumServer> =>
    new Map([...all].filter(([, server]) => server.role === role));
  return { all, voting: withRole('participant'), observing: withRole('observer') };
}

/** What each server may do. */
export function rolesOf(servers: ReadonlyMap<ServerId, QuorumServer>): ReadonlyMap<ServerId, PeerRole> {
  return new Map([...servers].map(([id, { role }]) => [id, role]));
}

/** The lines `server.N=…` of a configuration's text. */
export function serverLines(config: Pick<QuorumVerifier, 'allMembers'>): string[] {
  return [...config.allMembers.values()].map((server) => `server.${server.id}=${formatQuorumServer(server)}`);
}

/** Whether two configurations say the same of every server. */
export function sameMembers(one: QuorumVerifier, other: QuorumVerifier): boolean {
  // Both print their servers in an order that depends on the ids only.
  return serverLines(one).join('\n') === serverLines(other).join('\n');
}

/**
 * Sorts a map by its keys as Java's `HashMap<Long, …>` would run through it. For ids below 16 that is their order. It
 * matters to nobody but to those who compare the texts of two servers, which thereby are the same byte for byte.
 */
export function inTextOrder<Id extends bigint, T>(map: ReadonlyMap<Id, T>): ReadonlyMap<Id, T> {
  let buckets = 16;
  while (map.size > buckets * 0.75) buckets *= 2;
  const bucketOf = (id: bigint): number => {
    const hash = Number(BigInt.asIntN(32, id ^ (BigInt.asUintN(64, id) >> 32n)));
    return (hash ^ (hash >>> 16)) & (buckets - 1);
  };
  return new Map([...map].sort(([a], [b]) => bucketOf(a) - bucketOf(b) || (a < b ? -1 : Number(a > b))));
}
