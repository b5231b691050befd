/**
 * A whole ensemble in one simulation: each server on a machine of its own, with its disk, and clients on others. Tests, the
 * grader of the labs and the site use the same one.
 *
 *     const zoo = new SimulatedEnsemble({ seed: 7, participants: 3, observers: 1 });
 *     await zoo.settle(zoo.startAll());
 *     await zoo.untilAgreed();
 *     zoo.leader?.crash();
 *     await zoo.untilAgreed();
 *     console.log(zoo.states(), zoo.transcript.text());
 *
 * Server N runs on the machine `zooN`. Faults are asked for where they belong: `zoo.member(1).machine.freeze(ms)`,
 * `zoo.simulation.network.partition('zoo1', 'zoo2')`.
 */
import type { NetworkConditions } from '#00-introduction/network-conditions.js';
import type { SimulatedMachine } from '#00-introduction/simulated-machine.js';
import { type RunLimits, Simulation } from '#00-introduction/simulation.js';
import { type ServerConfig, withDefaults } from '#07-standalone-startup/server-config.js';
import type { PeerConfiguration } from '#08-cluster-startup/configuration.js';
import { type PeerConfig, peerConfig } from '#08-cluster-startup/peer-config.js';
import { QuorumPeer } from '#08-cluster-startup/quorum-peer.js';
import { type ConnectOptions, connect } from '#10-client-cnxn/connect.js';
import type { ZooKeeper } from '#10-client-cnxn/zookeeper.js';
import { parseQuorum } from '#14-leader-election/quorum-config.js';
import type { QuorumVerifier } from '#14-leader-election/quorum-verifier.js';
import { type ServerId, serverId } from '#14-leader-election/server-id.js';
import type { PeerState } from '#14-leader-election/vote.js';
import { ElectionTranscript } from '#15-fast-leader-election/election-transcript.js';

export interface SimulatedEnsembleOptions {
  /** A whole number. The same one gives the same run. */
  readonly seed: number;
  /** Servers that vote, from server 1 on. Default: 3. */
  readonly participants?: number;
  /** Servers that don't, after those. Default: none. */
  readonly observers?: number;
  /** More lines of the configuration, such as groups and weights. */
  readonly lines?: readonly string[];
  /** What is not as Apache ZooKeeper has it by default. */
  readonly server?: Partial<ServerConfig>;
  readonly peer?: Partial<PeerConfig>;
  /** How the network is to behave; may be changed later. Default: as an ordinary one. */
  readonly network?: Partial<NetworkConditions>;
}

export const CLIENT_PORT = 2181;
export const QUORUM_PORT = 2888;
export const ELECTION_PORT = 3888;

/** As in the zoo.cfg that comes with Apache's server. */
const SIMULATED_SERVER = { dataDir: '/data', clientPort: CLIENT_PORT, tickTimeMs: 2000, preAllocSizeBytes: 0x1_0000 };
const SIMULATED_PEER = { initLimitTicks: 10, syncLimitTicks: 5 };

export class SimulatedEnsemble {
  readonly simulation: Simulation;
  readonly verifier: QuorumVerifier;
  /** What all members have in common. */
  readonly configuration: Omit<PeerConfiguration, 'myId'>;
  readonly members: readonly SimulatedMember[];
  /** Every vote, what befell the machines, and what they logged. */
  readonly transcript: ElectionTranscript;

  constructor({ seed, participants = 3, observers = 0, lines = [], server, peer, network }: SimulatedEnsembleOptions) {
    this.simulation = new Simulation({ seed });
    Object.assign(this.simulation.network.conditions, network);
    this.transcript = new ElectionTranscript(this.simulation, { electionPort: ELECTION_PORT, withLogs: true });
    const serverLines = Array.from({ length: participants + observers }, (_, index) => {
      const role = index < participants ? 'participant' : 'observer';
      return `server.${index + 1}=zoo${index + 1}:${QUORUM_PORT}:${ELECTION_PORT}:${role};${CLIENT_PORT}`;
    });
    this.verifier = parseQuorum([...serverLines, ...lines].join('\n'), 'the simulated configuration');
    this.configuration = {
      kind: 'peer',
      server: withDefaults({ ...SIMULATED_SERVER, ...server }),
      peer: peerConfig({ ...SIMULATED_PEER, ...peer }),
      quorum: this.verifier,
      lastSeenQuorum: null,
      warnings: [],
    };
    this.members = serverLines.map(
      (_, index) => new SimulatedMember(this.simulation, { ...this.configuration, myId: serverId(BigInt(index + 1)) }),
    );
  }

  /** @throws {Error} there is none */
  member(id: number | bigint): SimulatedMember {
    const member = this.members.find((other) => other.id === BigInt(id));
    if (!member) throw new Error(`the ensemble has no server ${id}`);
    return member;
  }

  /** Which member could not start, or stopped itself, and why; null when all is well. */
  get failure(): Error | null {
    for (const { id, failure } of this.members) if (failure) return new Error(`server ${id}: ${failure.message}`);
    return null;
  }

  /** Starts all that don't run. */
  async startAll(): Promise<void> {
    await Promise.all(this.members.filter(({ peer }) => peer === null).map((member) => member.start()));
  }

  /**
   * Connects a client that runs on a machine of its own, to any of the servers.
   * @throws (as a rejection) what `connect` of the client throws
   */
  connect(name: string, options: ConnectOptions = {}): Promise<ZooKeeper> {
    const hosts = this.members.map(({ machine }) => `${machine.name}:${CLIENT_PORT}`);
    return connect(this.simulation.machine(name).world, hosts.join(','), options);
  }

  // ------------------------------------------------------------------------------------------- who leads

  /** Those that believe to lead. More than one only as long as one of them has not noticed yet. */
  get leaders(): readonly SimulatedMember[] {
    return this.members.filter(({ state }) => state === 'leading');
  }

  /** The one leader; null when there is none, or more than one. */
  get leader(): SimulatedMember | null {
    return this.leaders.length === 1 ? (this.leaders[0] ?? null) : null;
  }

  /** What each server does, by the name of its machine. */
  states(): Record<string, PeerState | 'down'> {
    return Object.fromEntries(this.members.map(({ machine, state }) => [machine.name, state]));
  }

  /** Whether these servers, by default all that run, have one leader among them and know it. */
  isAgreed(members: readonly SimulatedMember[] = this.members.filter(({ peer }) => peer !== null)): boolean {
    const leaders = new Set(members.map(({ leader }) => leader));
    const [leader] = leaders;
    return leaders.size === 1 && members.some(({ id, state }) => id === leader && state === 'leading');
  }

  /**
   * Runs until these servers agree.
   * @throws {SimulationError} they don't, in time
   */
  untilAgreed(members?: readonly SimulatedMember[], limits?: RunLimits): Promise<void> {
    return this.simulation.runUntil(() => this.isAgreed(members), limits);
  }

  // ----------------------------------------------------------------------------------------- letting it run

  /**
   * Runs the simulation until a promise is settled.
   * @returns what the promise gives
   * @throws what it is rejected with; {SimulationError} when it is not settled in time
   */
  settle<T>(promise: Promise<T>, limits?: RunLimits): Promise<T> {
    return this.simulation.settle(promise, limits);
  }
}

/** One of the servers: its machine, and the process on it. */
export class SimulatedMember {
  readonly id: ServerId;
  readonly machine: SimulatedMachine;
  private readonly configuration: PeerConfiguration;
  private process: QuorumPeer | null = null;
  private stopReason: Error | null = null;

  constructor(simulation: Simulation, configuration: PeerConfiguration) {
    this.id = configuration.myId;
    this.configuration = configuration;
    this.machine = simulation.machine(`zoo${this.id}`);
    simulation.onEvent((event) => {
      const isEnd = event.kind === 'crash' || event.kind === 'kill';
      if (isEnd && event.machine === this.machine.name) this.process = null;
    });
  }

  /** The process that was started last; null when it has ended. */
  get peer(): QuorumPeer | null {
    return this.process;
  }

  get state(): PeerState | 'down' {
    return this.process?.state ?? 'down';
  }

  /** Whom it follows, or itself; null while it looks, and when it is down. */
  get leader(): ServerId | null {
    return this.process?.currentVote?.leader ?? null;
  }

  /** Why the last process could not start, or stopped itself; null when it did not. */
  get failure(): Error | null {
    return this.stopReason;
  }

  /**
   * Starts a process over whatever is on the disk; it looks for a leader then.
   * @throws (as a rejection) what `QuorumPeer.start` throws
   */
  async start(): Promise<void> {
    if (this.process) throw new Error(`server ${this.id} runs already: crash(), kill() or stop() it first`);
    if (!this.machine.isRunning) this.machine.restart();
    const peer = new QuorumPeer(this.machine.world, this.configuration);
    this.process = peer;
    this.stopReason = null;
    const ended = (error: Error): void => {
      if (this.process !== peer) return;
      this.process = null;
      this.stopReason = error;
    };
    void peer.failed.then(ended);
    await peer.start().catch((error: Error) => {
      ended(error);
      throw error;
    });
  }

  /** Cuts its power: what was not synced is lost, in part or whole. */
  crash(): void {
    this.machine.crash();
  }

  /** Kills its process: the operating system keeps what was written. */
  kill(): void {
    this.machine.kill();
  }

  /** Stops it in good order. */
  async stop(): Promise<void> {
    const peer = this.process;
    this.process = null;
    await peer?.stop();
  }
}
