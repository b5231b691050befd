/** One server of an ensemble, as every other server knows it. */
import type { Address } from '#00-introduction/world.js';
import type { ServerId } from '#14-leader-election/server-id.js';

/** Participants vote and may lead; observers do neither, and only learn what was decided. */
export type PeerRole = 'participant' | 'observer';

/**
 * What a line `server.N=…` says.
 *
 * @apache server.quorum.QuorumPeer.QuorumServer
 */
export interface QuorumServer {
  readonly id: ServerId;
  /** At least one; more than one when the server can be reached over several networks. */
  readonly addresses: readonly ServerAddress[];
  /** Where its clients connect to. Null when the line does not say. */
  readonly clientAddress: Address | null;
  readonly role: PeerRole;
}

/** A server on one network: one host, two ports. */
export interface ServerAddress {
  /** Where a leader waits for its followers. */
  readonly quorum: Address;
  /** Where votes arrive. */
  readonly election: Address;
}

/** As the line is printed: the role always stands in it, addresses are sorted by host, IPv6 is in brackets. */
export function formatQuorumServer(server: QuorumServer): string {
  const addresses = [...server.addresses]
    .sort((a, b) => (a.quorum.host < b.quorum.host ? -1 : Number(a.quorum.host > b.quorum.host)))
    .map(({ quorum, election }) => `${formatHost(quorum.host)}:${quorum.port}:${election.port}`);
  return `${addresses.join('|')}:${server.role}${server.clientAddress ? `;${formatAddress(server.clientAddress)}` : ''}`;
}

/** `host:port`, and `[host]:port` for IPv6, whose hosts have colons of their own. */
export const formatAddress = (address: Address): string => `${formatHost(address.host)}:${address.port}`;

const formatHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);
