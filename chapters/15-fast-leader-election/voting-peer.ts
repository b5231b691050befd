/**
 * A server that can do nothing but vote. Elections need no more, and so they can be tried without all that comes after
 * them: in simulations, and among servers of Apache.
 *
 * What it does under a leader, or as one, is up to whoever made it: `onElected` is told, and `look` begins anew.
 */
import type { World } from '#00-introduction/world.js';
import type { Zxid } from '#06-network-protocol/ids.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { FastLeaderElection, type FastLeaderElectionOptions } from '#15-fast-leader-election/fast-leader-election.js';
import { QuorumCnxManager, type QuorumCnxOptions } from '#15-fast-leader-election/quorum-cnx-manager.js';

export interface VotingPeerOptions {
  readonly id: ServerId;
  readonly verifier: QuorumVerifier;
  /** What it votes with. Asked for at the beginning of each search. */
  readonly log: { readonly zxid: Zxid; readonly epoch: bigint };
  /** A search has ended; the state has changed already. */
  readonly onElected?: (vote: Vote) => void;
  readonly connections?: Partial<QuorumCnxOptions>;
  readonly election?: FastLeaderElectionOptions;
  /** Another election, for tests that need a wrong one. */
  readonly Election?: typeof FastLeaderElection;
  readonly Connections?: typeof QuorumCnxManager;
}

export class VotingPeer implements ElectingPeer {
  readonly id: ServerId;
  readonly role: PeerRole;
  readonly verifier: QuorumVerifier;
  readonly lastSeenVerifier = null;
  readonly election: FastLeaderElection;
  private readonly options: VotingPeerOptions;
  private vote: Vote | null = null;

  /** @throws {Error} the configuration has no such server */
  constructor(world: World, options: VotingPeerOptions) {
    const { id, verifier } = options;
    const me = verifier.allMembers.get(id);
    if (me === undefined) throw new Error(`server ${id} is not in the configuration`);
    this.id = id;
    this.role = me.role;
    this.verifier = verifier;
    this.options = options;
    const { Election = FastLeaderElection, Connections = QuorumCnxManager } = options;
    const addresses = me.addresses.map(({ election }) => election);
    const cnxOptions = { id, electionAddresses: addresses, ...options.connections };
    this.election = new Election(
      world,
      this,
      (election) => new Connections(world, cnxOptions, election),
      options.election,
    );
  }

  get state(): PeerState {
    return this.vote?.state ?? 'looking';
  }

  get currentVote(): Vote | null {
    return this.vote;
  }

  /** Listens for other servers, and looks for a leader. */
  async start(): Promise<void> {
    await this.election.start();
    this.look();
  }

  /** Gives up its leader, or its own lead, and looks for another one. */
  look(): void {
    this.vote = null;
    void this.election.lookForLeader();
  }

  stop(): void {
    this.election.shutdown();
  }

  /** It is in step with its leader: from now on its answers name the leader's new epoch. */
  joinEpoch(peerEpoch: bigint): void {
    if (this.vote !== null) this.vote = { ...this.vote, peerEpoch };
  }

  lastLoggedZxid(): Zxid {
    return this.options.log.zxid;
  }

  currentEpoch(): bigint {
    return this.options.log.epoch;
  }

  elected(vote: Vote): void {
    this.vote = vote;
    this.options.onElected?.(vote);
  }
}
