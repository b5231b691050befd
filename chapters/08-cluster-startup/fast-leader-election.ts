/** The election of a peer: its votes, its connections, and the ports at which it can be reached by others. */

import type { World } from '#00-introduction/world.js';
import type { PeerConfiguration } from '#08-cluster-startup/configuration.js';
import type { Election } from '#08-cluster-startup/role.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { FastLeaderElection } from '#15-fast-leader-election/fast-leader-election.js';
import { QuorumCnxManager } from '#15-fast-leader-election/quorum-cnx-manager.js';

export interface FastElectingPeer extends ElectingPeer {
  readonly world: World;
  readonly configuration: PeerConfiguration;
}

/** Begins to listen at once. The first search waits until that works. */
export function fastLeaderElection(peer: FastElectingPeer): Election {
  const { world, id, verifier, configuration } = peer;
  const { peer: config, server } = configuration;
  let listening: Promise<void> = Promise.resolve();
  const election = new FastLeaderElection(
    world,
    peer,
    (owner) => {
      const connections = new QuorumCnxManager(
        world,
        {
          id,
          electionAddresses: verifier.allMembers.get(id)?.addresses.map(({ election }) => election) ?? [],
          quorumListenOnAllIPs: config.quorumListenOnAllIps,
          multiAddressEnabled: config.multiAddressEnabled,
          connectTimeoutMs: config.connectionTimeoutMs,
          handshakeTimeoutMs:
            config.quorumConnectionTimeoutMs > 0
              ? config.quorumConnectionTimeoutMs
              : config.syncLimitTicks * server.tickTimeMs,
          reachabilityTimeoutMs: config.multiAddressReachabilityCheckTimeoutMs,
          bindRetries: config.electionPortBindRetry,
        },
        owner,
      );
      listening = connections.listen();
      // It is told of by the search that waits for it.
      listening.catch(() => {});
      return connections;
    },
    {
      minNotificationIntervalMs: config.minNotificationIntervalMs,
      maxNotificationIntervalMs: config.maxNotificationIntervalMs,
    },
  );
  return {
    async lookForLeader() {
      await listening;
      return election.lookForLeader();
    },
    shutdown: () => election.shutdown(),
  };
}
