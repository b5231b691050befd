/**
 * A member of an ensemble: knows who it is and who the others are, reads what it has on its disk, and lives through the
 * states of `PeerStateMachine`. What it does in each of them are roles, which it is given.
 *
 * The order of a start: the port for clients first, so that a second server with the same configuration gets no further;
 * then the data, without which it does not know what to vote for; then the election.
 *
 * @apache server.quorum.QuorumPeer
 */
import { addressText } from '#00-introduction/network-error.js';
import type { Address, World } from '#00-introduction/world.js';
import { hex, type Zxid } from '#06-network-protocol/ids.js';
import { ServerCnxnFactory } from '#07-standalone-startup/server-cnxn-factory.js';
import { ConfigError } from '#07-standalone-startup/zoo-cfg-entry.js';
import type { PeerConfiguration } from '#08-cluster-startup/configuration.js';
import { fastLeaderElection } from '#08-cluster-startup/fast-leader-election.js';
import { NotServingServer } from '#08-cluster-startup/not-serving-server.js';
import { PeerStateMachine } from '#08-cluster-startup/peer-state-machine.js';
import { PresentLeader } from '#08-cluster-startup/present-leader.js';
import { PresentLearner } from '#08-cluster-startup/present-learner.js';
import type { Election, Roles } from '#08-cluster-startup/role.js';
import { parseQuorum } from '#14-leader-election/quorum-config.js';
import type { PeerRole } from '#14-leader-election/quorum-server.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import type { ServerId } from '#14-leader-election/server-id.js';
import type { PeerState, Vote } from '#14-leader-election/vote.js';
import type { ElectingPeer } from '#15-fast-leader-election/electing-peer.js';
import { VERSION_FOLDER } from '#20-data-files/file-names.js';
import { Epochs } from '#29-zab/epochs.js';
import { type Database, openDatabase } from '#32-storage/database.js';

export interface QuorumPeerOptions {
  /** What `envi` shows besides the version. */
  readonly environment?: ReadonlyMap<string, string>;
  /** Makes an election, as often as one is needed. Default: fast leader election. */
  readonly makeElection?: (peer: QuorumPeer) => Election;
  /** What it does in the states. Default: it is there, and serves nobody. */
  readonly roles?: (peer: QuorumPeer) => Roles;
}

export class QuorumPeer implements ElectingPeer {
  readonly world: World;
  readonly id: ServerId;
  readonly configuration: PeerConfiguration;
  /** The configuration in force. */
  verifier: QuorumVerifier;
  /** The last one that was proposed, if it is known. */
  lastSeenVerifier: QuorumVerifier | null;
  /** Settles when the peer had to stop itself: its disk failed, its ports are taken, or it found itself wrong. */
  readonly failed: Promise<Error>;

  private readonly options: QuorumPeerOptions;
  private readonly states: PeerStateMachine;
  private readonly cnxns: ServerCnxnFactory;
  private stored: { readonly database: Database; readonly epochs: Epochs } | null = null;
  private stopping: Promise<void> | null = null;
  private reportFailure!: (error: Error) => void;

  constructor(world: World, configuration: PeerConfiguration, options: QuorumPeerOptions = {}) {
    this.world = world;
    this.configuration = configuration;
    this.options = options;
    this.id = configuration.myId;
    this.verifier = configuration.quorum;
    this.lastSeenVerifier = configuration.lastSeenQuorum;
    this.cnxns = new ServerCnxnFactory(world, configuration.server);
    this.failed = new Promise((resolve) => {
      this.reportFailure = resolve;
    });
    this.states = new PeerStateMachine({
      world,
      id: this.id,
      role: () => this.role,
      makeElection: () => (options.makeElection ?? fastLeaderElection)(this),
      roles: (options.roles ?? onlyPresent)(this),
      tickTimeMs: configuration.server.tickTimeMs,
      observerElectionDelayMs: configuration.peer.observerElectionDelayMs,
    });
  }

  // --------------------------------------------------------------------------------------- life cycle

  /**
   * Takes the port for clients, reads the data, and begins to look for a leader.
   * @returns where clients will be served
   * @throws {DiskError | RecoveryError | TxnLogError | EpochFileError | NetworkError} (as a rejection)
   */
  async start(): Promise<Address> {
    const { world, id } = this;
    const { server } = this.configuration;
    try {
      const { clientPort: port, clientPortAddress: host } = server;
      const address = await this.cnxns.listen({ host, port });
      const maxElementBytes = server.juteMaxBufferBytes + server.juteMaxBufferExtraBytes;
      const database = await openDatabase(world, { ...server, maxElementBytes });
      const { lastProcessedZxid } = database.tree;
      const epochs = Epochs.load(world, `${server.dataDir}/${VERSION_FOLDER}`, lastProcessedZxid);
      this.stored = { database, epochs };
      world.log.info(
        `server ${id} of ${this.verifier.allMembers.size}, ${this.role === 'observer' ? 'an observer' : 'a participant'}, with zxid 0x${hex(lastProcessedZxid)} ` +
          `and epoch ${epochs.current}`,
      );
      const environment = this.options.environment ?? new Map();
      this.cnxns.serve(new NotServingServer(world, server, this.cnxns, environment, (error) => this.fail(error)));
      this.states.run().catch((error) => this.fail(error));
      return address;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Leaves the ensemble, and closes connections and files. */
  stop(): Promise<void> {
    this.stopping ??= this.close();
    return this.stopping;
  }

  private async close(): Promise<void> {
    await this.states.stop();
    await this.cnxns.close();
    await this.stored?.database.close();
  }

  private fail(error: unknown): void {
    if (this.stopping) return;
    const cause = error instanceof Error ? error : new Error(String(error));
    this.world.log.error('stopping: this server can take no part any more', cause);
    this.stop().finally(() => this.reportFailure(cause));
  }

  // ------------------------------------------------------------------------------------ what it is now

  get role(): PeerRole {
    return this.verifier.allMembers.get(this.id)?.role ?? 'observer';
  }

  get state(): PeerState {
    return this.states.state;
  }

  /** Under whom this server is, with its state; null while it is looking. */
  get currentVote(): Vote | null {
    return this.states.vote;
  }

  get database(): Database {
    return this.started.database;
  }

  get epochs(): Epochs {
    return this.started.epochs;
  }

  // --------------------------------------------------------------------------------- for the election

  /** The last transaction in its log. */
  lastLoggedZxid(): Zxid {
    return this.started.database.tree.lastProcessedZxid;
  }

  /** The epoch that it has last taken part in. */
  currentEpoch(): bigint {
    return this.started.epochs.current;
  }

  /** A search has ended. The state changes at once. */
  elected(vote: Vote): void {
    this.states.elected(vote);
  }

  /**
   * While this server looks, another one goes by a newer configuration. Where clients may change the ensemble, this server
   * was away when they did, and takes it over.
   * @apache server.quorum.QuorumPeer#processReconfig
   */
  learnConfig(text: string): void {
    const { peer } = this.configuration;
    if (!peer.reconfigEnabled || this.state !== 'looking') return;
    try {
      const { multiAddressEnabled } = peer;
      const newer = parseQuorum(text, 'the configuration of another server', { multiAddressEnabled });
      if (newer.version <= this.verifier.version) return;
      const before = this.verifier;
      this.verifier = newer;
      if (newer.equals(before)) return;
      this.world.log.info(`the ensemble has changed: looking again, among\n${text}`);
      this.states.restartElection();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.world.log.warn('a configuration that another server has sent is passed over', error);
    }
  }

  private get started(): NonNullable<QuorumPeer['stored']> {
    if (this.stored === null) throw new Error('the peer has not been started');
    return this.stored;
  }
}

function onlyPresent(peer: QuorumPeer): Roles {
  const { world, id, configuration } = peer;
  const presence = (vote: Vote) => {
    const where = peer.verifier.allMembers.get(vote.leader)?.addresses[0]?.quorum;
    const leader = `server ${vote.leader}${where ? ` at ${addressText(where)}` : ''}`;
    const what = vote.leader === id ? 'this server leads' : `${leader} leads, this server is ${vote.state}`;
    world.log.info(`${what}. Clients are not served: for that, servers have to be synchronised, which is yet to come.`);
    return {
      world,
      id,
      verifier: peer.verifier,
      acceptedEpoch: peer.epochs.accepted,
      tickTimeMs: configuration.server.tickTimeMs,
      initLimitTicks: configuration.peer.initLimitTicks,
      syncLimitTicks: configuration.peer.syncLimitTicks,
      quorumListenOnAllIps: configuration.peer.quorumListenOnAllIps,
    };
  };
  return {
    leading: (vote) => new PresentLeader(presence(vote)),
    following: (vote) => new PresentLearner(presence(vote), vote),
    observing: (vote) => new PresentLearner(presence(vote), vote),
  };
}
