/** The election of a peer: its votes, its connections, and the ports at which it can be reached by others. */
import type { World } from '#00-introduction/world.js';
import type { PeerConfiguration } from '#08-cluster-startup/configuration.js';
import type { Election } from '#08-cluster-startup/role.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { FastLeaderElection } from '#15-fast-leader-election/fast-leader-election.js';
import { QuorumCnxManager, type QuorumCnxOptions } from '#15-fast-leader-election/quorum-cnx-manager.js';

export interface FastElectingPeer extends ElectingPeer {
  readonly world: World;
  readonly configuration: PeerConfiguration;
}

/** Begins to listen at once. The first search waits until that works. */
export function fastLeaderElection(peer: FastElectingPeer): Election {
  const { world, configuration } = peer;
  const { minNotificationIntervalMs, maxNotificationIntervalMs } = configuration.peer;
  const election = new FastLeaderElection(
    world,
    peer,
    (owner) => new QuorumCnxManager(world, connectionOptions(peer), owner),
    { minNotificationIntervalMs, maxNotificationIntervalMs },
  );
  const listening = election.start();
  // It is told of by the search that waits for it.
  listening.catch(() => {});
  return {
    async lookForLeader() {
      await listening;
      return election.lookForLeader();
    },
    shutdown: () => election.shutdown(),
  };
}

function connectionOptions({ id, verifier, configuration: { peer, server } }: FastElectingPeer): QuorumCnxOptions {
  const handshakeTimeoutMs = peer.quorumConnectionTimeoutMs;
  return {
    id,
    electionAddresses: verifier.allMembers.get(id)?.addresses.map(({ election }) => election) ?? [],
    quorumListenOnAllIPs: peer.quorumListenOnAllIps,
    multiAddressEnabled: peer.multiAddressEnabled,
    connectTimeoutMs: peer.connectionTimeoutMs,
    handshakeTimeoutMs: handshakeTimeoutMs > 0 ? handshakeTimeoutMs : peer.syncLimitTicks * server.tickTimeMs,
    reachabilityTimeoutMs: peer.multiAddressReachabilityCheckTimeoutMs,
    bindRetries: peer.electionPortBindRetry,
  };
}
